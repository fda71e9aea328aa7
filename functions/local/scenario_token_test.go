package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/tools/iphone"
	"walletpasses.example/server/shared/wallet"
)

func TestScenario12_NewPushTokenHoldsForEveryPass(t *testing.T) { // P-8
	w := newWorld(t)
	w.issued("a", 1)
	w.issued("b", 1)
	p := w.holder("a", "b")
	old := p.PushToken()
	if err := p.RenewPushToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := w.apns.pushes(); !slices.Contains(got, p.PushToken()) {
		t.Errorf("the new token earns no push: %v", got)
	}
	w.put("a", 2)
	w.put("b", 2)
	w.settle()
	if got := w.apns.pushes(); slices.Contains(got, old) {
		t.Errorf("pushed to the old token")
	}
	w.update(p)
	wantPoints(t, p, "a", 2)
	wantPoints(t, p, "b", 2)
}

func TestScenario12_OneRegistrationWithTheNewTokenIsEnough(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	w.issued("b", 1)
	p := w.holder("a", "b")
	path := "/v1/devices/" + p.DeviceLibraryIdentifier() + "/registrations/" + passType + "/a"
	request(w.web, "POST", path, `{"pushToken":"0b0b"}`, "Authorization", w.auth("a"))
	w.settle()
	w.apns.forget()
	w.put("b", 2)
	w.settle()
	if got := w.apns.pushes(); !slices.Equal(got, []string{"0b0b"}) {
		t.Errorf("pushes %v", got)
	}
}

func gone(at time.Time) apns.Answer {
	return apns.Answer{Status: 410, Reason: "Unregistered", Timestamp: at, Verdict: apns.Gone}
}

func TestScenario13_StaleAndTrue410(t *testing.T) { // P-9
	for _, c := range []struct {
		name string
		at   time.Duration // of the answer's timestamp, after the confirmation
		stay bool
	}{{"before the confirmation", -time.Second, true}, {"after", time.Second, false}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.issued("a", 1)
			p := w.holder("a")
			w.apns.answer(p.PushToken(), gone(noon.Add(c.at)))
			w.put("a", 2)
			w.settle()
			if got := w.record(p).Revision != 0; got != c.stay {
				t.Errorf("the record stays: %v, want %v", got, c.stay)
			}
		})
	}
}

func TestScenario13_TokenReplacedBetweenPushAndAnswer(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	path := "/v1/devices/" + p.DeviceLibraryIdentifier() + "/registrations/" + passType + "/a"
	w.apns.answer(p.PushToken(), gone(noon.Add(time.Hour)))
	w.apns.before = func(token string) {
		if token == p.PushToken() {
			request(w.web, "POST", path, `{"pushToken":"0b0b"}`, "Authorization", w.auth("a"))
		}
	}
	w.put("a", 2)
	w.settle()
	if d := w.record(p); d.Revision == 0 || d.PushToken.Reveal() != "0b0b" {
		t.Errorf("the record is %+v", d)
	}
	if got := w.apns.pushes(); got[len(got)-1] != "0b0b" {
		t.Errorf("the new token is not pushed to: %v", got)
	}
}

func TestScenario14_NothingButA410DeletesAToken(t *testing.T) {
	for _, answer := range []apns.Answer{
		{Status: 403, Reason: "InvalidProviderToken", Verdict: apns.Halt},
		{Status: 413, Reason: "PayloadTooLarge", Verdict: apns.Bug},
		{Status: 429, Reason: "TooManyRequests", Verdict: apns.Later},
		{Status: 500, Reason: "InternalServerError", Verdict: apns.Later},
		{Status: 503, Verdict: apns.Later},
		{Status: 400, Reason: "BadDeviceToken", Verdict: apns.Refused},
		{Verdict: apns.Later, Err: errors.New("connection reset")},
	} {
		t.Run(answer.String(), func(t *testing.T) {
			w := newWorld(t)
			w.issued("a", 1)
			p := w.holder("a")
			w.apns.answer(p.PushToken(), answer)
			w.put("a", 2)
			w.repackage()
			announcement := w.take(wallet.TopicPassPackaged)[0]
			err := w.deliver(announcement)
			if again := answer.Verdict == apns.Later || answer.Verdict == apns.Halt; (err != nil) != again {
				t.Errorf("delivered again: %v, want %v", err, again)
			}
			if d := w.record(p); d.PushToken.Reveal() != p.PushToken() || len(d.Passes) != 1 {
				t.Errorf("the record is %+v", d)
			}
			if err != nil { // and once the trouble is over, the push goes out
				w.apns.answer(p.PushToken(), apns.Answer{Status: 200, Verdict: apns.Taken})
				w.apns.forget()
				if err := w.deliver(announcement); err != nil {
					t.Fatal(err)
				}
				if got := w.apns.pushes(); len(got) != 1 {
					t.Errorf("%d pushes after the trouble", len(got))
				}
			}
		})
	}
}

func TestScenario14_OneCopyPerTokenAndTopic(t *testing.T) { // P-43, PUSH-1
	w := newWorld(t)
	w.issued("a", 1)
	w.issued("b", 1)
	w.holder("a", "b")
	w.put("a", 2)
	w.put("b", 2)
	w.repackage()
	for _, m := range w.take(wallet.TopicPassPackaged) { // each announcement, twice
		for range 2 {
			if err := w.deliver(m); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := len(w.apns.pushes()); got != 2 {
		t.Errorf("%d pushes for two changes", got)
	}
}

func TestOneTokenUnderTwoDevicesGetsOnePush(t *testing.T) { // WS-REG-12, P-43
	w := newWorld(t)
	w.issued("a", 1)
	for _, device := range []string{"d1", "d2"} {
		request(w.web, "POST", "/v1/devices/"+device+"/registrations/"+passType+"/a", `{"pushToken":"0a0a"}`, "Authorization", w.auth("a"))
	}
	w.settle()
	w.apns.forget()
	w.put("a", 2)
	w.settle()
	if got := w.apns.pushes(); !slices.Equal(got, []string{"0a0a"}) {
		t.Errorf("pushes %v", got)
	}
}

// many gives one card to n phones.
func many(w *world, n int) []*iphone.Phone {
	phones := make([]*iphone.Phone, n)
	for i := range phones {
		phones[i] = w.phone()
		w.add(phones[i], "a")
	}
	w.settle()
	w.apns.forget()
	return phones
}

func TestScenario15_BreakerStopsMassDeletion(t *testing.T) { // P-10
	for name, answer := range map[string]apns.Answer{
		"410":            gone(noon.Add(time.Hour)),
		"BadDeviceToken": {Status: 400, Reason: "BadDeviceToken", Verdict: apns.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.issued("a", 1)
			phones := many(w, 150)
			for _, p := range phones {
				w.apns.answer(p.PushToken(), answer)
			}
			w.put("a", 2)
			w.settle()
			lost := 0
			for _, p := range phones {
				if d := w.record(p); d.Revision == 0 || d.TokenRefused {
					lost++
				}
			}
			if lost == 0 || lost > 25 {
				t.Errorf("%d of %d devices were given up; some are, then the breaker opens", lost, len(phones))
			}
		})
	}
}

func TestPromise6_OneDeadDeviceStaysOne(t *testing.T) {
	for _, answer := range []apns.Answer{
		gone(noon.Add(time.Hour)),
		{Status: 400, Reason: "BadDeviceToken", Verdict: apns.Refused},
		{Status: 503, Verdict: apns.Later},
		{Status: 404, Reason: "BadPath", Verdict: apns.Bug},
	} {
		w := newWorld(t)
		w.issued("a", 1)
		phones := many(w, 10)
		w.apns.answer(phones[3].PushToken(), answer)
		w.put("a", 2)
		w.repackage()
		_ = w.deliver(w.take(wallet.TopicPassPackaged)[0]) // asks for another delivery when one device is left
		pushed := w.apns.pushes()
		for i, p := range phones {
			if i != 3 && !slices.Contains(pushed, p.PushToken()) {
				t.Errorf("%v to one device: device %d got no push", answer, i)
			}
		}
	}
}

func TestPromise6_PoisonAndBrokenDocuments(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	for topic := range w.handlers {
		for _, poison := range []string{"", "null", "[]", "{", `{"passTypeIdentifier":5}`, `{"passTypeIdentifier":"x","serialNumber":"../x"}`, "\xff\xfe", `{"passTypeIdentifier":"` + passType + `","serialNumber":"nobody"}`} {
			err := w.deliver(message{topic, []byte(poison)})
			if topic == wallet.TopicPassUpdates && strings.Contains(poison, "nobody") {
				if err == nil { // it may have overtaken the message that makes the pass
					t.Error("an update of a pass that is not there yet is lost")
				}
				continue
			}
			if err != nil {
				t.Errorf("%s %q is delivered for ever: %v", topic, poison, err)
			}
		}
	}
	// A business app writes nonsense: the package before it keeps being served, and the record says why.
	doc, err := w.store.Document(t.Context(), id("a"))
	if err != nil {
		t.Fatal(err)
	}
	good := doc.Fields["template"]
	doc.Fields["template"] = "no-such-template"
	doc.Fields["colour"] = "red"
	if doc.Revision, err = w.store.SaveDocument(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	w.settle()
	pkg := w.pkg("a")
	if pkg.Version != 1 || pkg.Problem == nil || len(pkg.Problem.Findings) != 2 {
		t.Fatalf("the record is %+v", pkg)
	}
	w.update(p)
	wantPoints(t, p, "a", 1)
	// And a good document heals it.
	doc.Fields["template"] = good
	delete(doc.Fields, "colour")
	if _, err := w.store.SaveDocument(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if pkg := w.pkg("a"); pkg.Problem != nil || pkg.Version != 1 {
		t.Errorf("the record is %+v", pkg)
	}
}

func TestPromise6_MessageThatCannotSucceedIsRecorded(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	bad := fmt.Sprintf(`{"passTypeIdentifier":%q,"serialNumber":"a","data":{"points":"many"},"colour":"red"}`, passType)
	if err := w.deliver(message{wallet.TopicPassUpdates, []byte(bad)}); err != nil {
		t.Errorf("delivered for ever: %v", err)
	}
	timeline := w.pkg("a").Timeline
	last := timeline[len(timeline)-1]
	if last.Kind != "message refused" || last.Detail == "" {
		t.Errorf("the timeline ends with %+v", last)
	}
	if got := w.pkg("a").Version; got != 1 {
		t.Errorf("version %d", got)
	}
}

package main

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/functions/push"
	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
)

// between lets something happen once, right after a worker has made a read that it named.
type between struct {
	*inmem.Store
	read string
	then func()
}

func (b *between) happen(read string) {
	if then := b.then; then != nil && read == b.read {
		b.then = nil
		then()
	}
}

func (b *between) Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error) {
	defer b.happen("document")
	return b.Store.Document(ctx, id)
}

func (b *between) CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	defer b.happen("package")
	return b.Store.CurrentPackage(ctx, id)
}

// Whatever a worker reads first, somebody else may finish a newer document before it reads the second.
func TestPromise2_OverruledBetweenTwoReads(t *testing.T) {
	for _, read := range []string{"package", "document"} {
		t.Run("after the "+read, func(t *testing.T) {
			w := newWorld(t)
			w.issued("a", 1)
			p := w.holder("a")
			w.put("a", 2)
			slow := w.take(wallet.TopicPassChanged)
			fast := w.packager.Store
			w.packager.Store = &between{Store: w.store, read: read, then: func() {
				w.packager.Store = fast
				w.put("a", 3)
				w.settle()
			}}
			if err := w.deliver(slow[0]); err != nil {
				t.Fatal(err)
			}
			w.settle()
			w.update(p)
			wantPoints(t, p, "a", 3)
		})
	}
}

func TestPromise1_ChangeWhileThePushIsOnItsWay(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	w.issued("b", 1)
	p := w.holder("a", "b")
	w.put("b", 2)
	w.repackage()
	other := w.take(wallet.TopicPassPackaged)
	w.put("a", 2)
	w.apns.before = func(string) { // while APNs is asked for a, b is marked as changed by a worker that then dies
		w.apns.before = nil
		d := w.record(p)
		_, err := wallet.UpdateDevice(t.Context(), w.store, d, func(d *wallet.Device) bool { return d.Changed(w.pkg("b")) })
		if err != nil {
			t.Error(err)
		}
	}
	w.settle()
	before := len(w.apns.pushes())
	for _, m := range other { // and its message is delivered again
		if err := w.deliver(m); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(w.apns.pushes()); got != before+1 {
		t.Errorf("%d pushes after the second change, want one more than %d", got, before)
	}
}

func TestPromise1_AnswerAboutAnEarlierRegistration(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	for points := 2; points < 9; points++ { // a long life: the sequence is high
		w.put("a", points)
		w.settle()
		w.update(p)
	}
	w.put("a", 9)
	w.apns.forget()
	path := "/v1/devices/" + p.DeviceLibraryIdentifier() + "/registrations/" + passType + "/a"
	w.apns.before = func(string) { // automatic updates are switched off and on while the push is on its way
		w.apns.before = nil
		request(w.web, http.MethodDelete, path, "", "Authorization", w.auth("a"))
		request(w.web, http.MethodPost, path, `{"pushToken":"`+p.PushToken()+`"}`, "Authorization", w.auth("a"))
	}
	w.settle()
	if got := len(w.apns.pushes()); got != 2 {
		t.Errorf("%d pushes: the new registration earns one of its own", got)
	}
	w.put("a", 10)
	w.settle()
	if got := len(w.apns.pushes()); got != 3 {
		t.Errorf("%d pushes: the change after it earns one too", got)
	}
}

func TestPromise1_RefusedDocumentStillAnnounces(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	w.put("a", 2)
	message := w.take(wallet.TopicPassChanged)[0]
	w.lose = 1 // version 2 is committed and its announcement lost …
	if err := w.deliver(message); err == nil {
		t.Fatal("a lost announcement is acknowledged")
	}
	w.spoil("a") // … and before the message comes again, the document has become nonsense
	w.settle()
	if got := w.apns.pushes(); !slices.Equal(got, []string{p.PushToken()}) {
		t.Errorf("pushes %v", got)
	}
	// The refusal rewrote the record; announcing it again is no news to anyone.
	w.update(p)
	w.update(p)
	w.apns.forget()
	if err := w.deliver(message); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := w.apns.pushes(); len(got) != 0 {
		t.Errorf("pushes %v without a change", got)
	}
	if status, _, _ := list(t, w, ""); status != http.StatusNoContent {
		t.Errorf("another device was listed something: %d", status)
	}
}

// spoil makes a document that cannot be packaged, as a business app can with Firestore's own API.
func (w *world) spoil(serial string) {
	w.t.Helper()
	doc, err := w.store.Document(w.t.Context(), id(serial))
	if err != nil {
		w.t.Fatal(err)
	}
	doc.Fields["template"] = "no-such-template"
	if _, err := w.store.SaveDocument(w.t.Context(), doc); err != nil {
		w.t.Fatal(err)
	}
}

func TestDeletedPassIsVoidedWhateverItsDocumentSays(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	w.spoil("a")
	w.settle()
	if got := request(w.issuer, http.MethodDelete, "/issuer/v1/passes/"+id("a").String(), ""); got.Code != http.StatusOK {
		t.Fatalf("DELETE: %d %s", got.Code, got.Body)
	}
	w.settle()
	w.update(p)
	if held := p.Passes(); !held[0].Voided {
		t.Errorf("the phone holds %+v", held)
	}
}

func TestHaltedTopicIsNotAskedForEachDevice(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	phones := many(w, 1500)
	for _, p := range phones {
		w.apns.answer(p.PushToken(), apns.Answer{Status: 403, Reason: "Forbidden", Verdict: apns.Halt})
	}
	w.put("a", 2)
	w.repackage()
	if err := w.deliver(w.take(wallet.TopicPassPackaged)[0]); err == nil {
		t.Error("refused pushes are acknowledged")
	}
	if got := len(w.apns.pushes()); got == 0 || got > 1000 { // as many as are asked for at the same time
		t.Errorf("APNs was asked %d times for %d devices", got, len(phones))
	}
	for _, p := range phones { // but the change is listed to whoever asks
		if d := w.record(p); !d.Behind() || d.Passes["a"].Version != 2 {
			t.Fatalf("a record does not know of the change: %+v", d)
		}
	}
}

func TestOneTokenUnderTwoDevicesSharesItsAnswer(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	for _, device := range []string{"d1", "d2"} {
		request(w.web, "POST", "/v1/devices/"+device+"/registrations/"+passType+"/a", `{"pushToken":"0a0a"}`, "Authorization", w.auth("a"))
	}
	w.take(wallet.TopicPassPackaged)
	w.apns.answer("0a0a", apns.Answer{Status: 503, Verdict: apns.Later})
	if err := w.deliver(message{wallet.TopicPassPackaged, []byte(`{"passTypeIdentifier":"` + passType + `","serialNumber":"a"}`)}); err == nil {
		t.Error("an untaken push is acknowledged")
	}
	for _, device := range []wallet.DeviceLibraryIdentifier{"d1", "d2"} {
		d, err := w.store.Device(t.Context(), wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: device})
		if err != nil || d.Pushed != 0 {
			t.Errorf("%s is recorded as pushed to: %+v, %v", device, d, err)
		}
	}
}

func TestGuardedAgainstOtherOrigins(t *testing.T) {
	h := guarded(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	for _, c := range []struct {
		target, method string
		headers        []string
		want           int
	}{
		{"http://127.0.0.1:8080/local/iphone", "POST", nil, 200},
		{"http://localhost:8080/local/iphone", "POST", nil, 200},
		{"http://[::1]:8080/", "GET", nil, 200},
		{"http://rebound.example:8080/", "GET", nil, 421},
		{"http://127.0.0.1:8080/local/topics/pass-updates", "POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"http://127.0.0.1:8080/local/topics/pass-updates", "POST", []string{"Origin", "https://evil.example"}, 403},
		{"http://127.0.0.1:8080/", "GET", []string{"Sec-Fetch-Site", "cross-site"}, 200},
	} {
		if got := request(h, c.method, c.target, "", c.headers...); got.Code != c.want {
			t.Errorf("%s %s %v: %d, want %d", c.method, c.target, c.headers, got.Code, c.want)
		}
	}
}

func TestBrokenTemplateIsTriedAgainAndHeals(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	w.put("a", 2)
	message := w.take(wallet.TopicPassChanged)[0]
	good := w.packager.Renderer.Templates
	w.packager.Renderer.Templates = brokenTemplates{}
	if err := w.deliver(message); err == nil || strings.Contains(err.Error(), w.auth("a")) {
		t.Errorf("a broken template is acknowledged: %v", err)
	}
	w.packager.Renderer.Templates = good
	if err := w.deliver(message); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.update(p)
	wantPoints(t, p, "a", 2)
}

func TestPromise4_RefusalIsNoChange(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	w.holder("a")
	w.spoil("a") // the record is written, with the reason, and the package announced again
	w.settle()
	if got := w.apns.pushes(); len(got) != 0 {
		t.Errorf("pushes %v, though the package is the same", got)
	}
}

// oneUnreadable is a store in which somebody has spoiled a device's record.
type oneUnreadable struct{ *inmem.Store }

func (s oneUnreadable) RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error] {
	return func(yield func(wallet.Device, error) bool) {
		if yield(wallet.Device{}, fmt.Errorf("%w: sequence is text", wallet.ErrInvalid)) {
			s.Store.RegisteredDevices(ctx, id, shard)(yield)
		}
	}
}

func TestPromise6_OneUnreadableRecordStaysOne(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	w.handlers[wallet.TopicPassPackaged] = push.New(oneUnreadable{w.store}, w, w.apns, discard, w.clock)
	w.put("a", 2)
	w.settle()
	if got := w.apns.pushes(); !slices.Equal(got, []string{p.PushToken()}) {
		t.Errorf("pushes %v", got)
	}
}

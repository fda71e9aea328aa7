package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/tools/iphone"
	"walletpasses.example/server/shared/wallet"
)

// screen reads what the console shows of the phone.
func (c client) screen() screenView {
	c.t.Helper()
	var v screenView
	c.read("GET", "/local/iphone/screen", "", &v)
	return v
}

// A link to several passes puts all of them on the phone.
func TestPhoneTakesABundle(t *testing.T) {
	c := newClient(t, serve(t))
	var named []string
	for _, starter := range []string{"points", "coupon"} {
		path, _ := c.issueSample(starter)
		passType, serial, _ := strings.Cut(path, "/")
		named = append(named, fmt.Sprintf(`{"passTypeIdentifier":%q,"serialNumber":%q}`, passType, serial))
	}
	var answer struct{ InstallURL string }
	c.read("POST", "/issuer/v1/bundles", `{"passes":[`+strings.Join(named, ",")+`]}`, &answer)
	if status, _, body := c.call("POST", "/local/iphone", answer.InstallURL); status != http.StatusCreated {
		t.Fatalf("%d %s", status, body)
	}
	if held := c.screen().Passes; len(held) != 2 {
		t.Errorf("the phone holds %+v", held)
	}
}

func TestPhoneOnTheConsole(t *testing.T) {
	noGoroutineLeft(t)
	c := newClient(t, serve(t))
	if v := c.screen(); !v.On || v.Waiting == nil || v.Passes == nil || v.Events == nil || len(v.Passes)+len(v.Events) > 0 {
		t.Errorf("at first: %+v", v)
	}
	path, link := c.issueSample("points")
	if status, _, body := c.call("POST", "/local/iphone", link); status != http.StatusCreated {
		t.Fatalf("%d %s", status, body)
	}
	drawn := "/local/iphone/" + path + "/drawn"
	front := c.drawn(drawn)
	if back := c.drawn(drawn + "?side=back"); !strings.Contains(front, "1,250") || back == front {
		t.Errorf("the phone shows %s", front)
	}
	until(t, "the phone has been pushed to and has asked", func() bool {
		return slices.ContainsFunc(c.screen().Events, func(e eventView) bool { return e.Kind == "listed" })
	})
	digest := c.screen().Passes[0].Digest

	if status, _, body := c.call("POST", "/local/iphone/power", `{"on": false}`); status != http.StatusOK {
		t.Fatalf("off: %d %s", status, body)
	}
	c.read("PATCH", "/issuer/v1/passes/"+path, `{"data":{"points":1400}}`, new(any), "Content-Type", "application/merge-patch+json")
	until(t, "APNs keeps a push", func() bool { return len(c.screen().Waiting) == 1 })
	if v := c.screen(); v.On || v.Waiting[0] != defaultPassType || v.Passes[0].Digest != digest {
		t.Errorf("while it is off: %+v", v)
	}
	for _, request := range []string{"POST /local/iphone/update", "DELETE /local/iphone/" + path, "POST /local/iphone"} {
		method, target, _ := strings.Cut(request, " ")
		if status, _, body := c.call(method, target, link); status != http.StatusBadRequest || !strings.Contains(string(body), "switched off") {
			t.Errorf("%s while it is off: %d %s", request, status, body)
		}
	}
	if status, _, body := c.call("POST", "/local/iphone/power", `{"on": true}`); status != http.StatusOK {
		t.Fatalf("on: %d %s", status, body)
	}
	v := c.screen()
	if !v.On || len(v.Waiting) != 0 || v.Passes[0].Digest == digest || v.Passes[0].Fields["points"] != 1400.0 {
		t.Errorf("when it is back: %+v", v)
	}
	var notice eventView
	for _, e := range v.Events {
		if e.Kind == "notice" {
			notice = e
		}
	}
	if notice.Detail != "You now have 1,400 points." || notice.SerialNumber != "points-1" || notice.Time.IsZero() {
		t.Errorf("the lock screen says %+v", notice)
	}
	if !strings.Contains(c.drawn(drawn), "1,400") {
		t.Error("the phone does not show the new points")
	}
	for _, body := range []string{"", "{}", `{"on": 1}`, "[]"} {
		if status, _, _ := c.call("POST", "/local/iphone/power", body); status != http.StatusBadRequest {
			t.Errorf("power %q: %d", body, status)
		}
	}
	if status, _, _ := c.call("POST", "/local/iphone/update", ""); status != http.StatusOK {
		t.Errorf("ask for updates: %d", status)
	}
	if status, _, _ := c.call("DELETE", "/local/iphone/"+path, ""); status != http.StatusOK || len(c.screen().Passes) != 0 {
		t.Errorf("remove: %d", status)
	}
}

func TestPhoneThatIsOffCallsNothingAndHearsTheLastPush(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	var kinds []string
	p.OnEvent = func(e iphone.Event) { kinds = append(kinds, e.Kind) }
	p.SwitchOff()
	p.SwitchOff()
	w.put("a", 2)
	w.settle()
	for range 3 {
		if err := p.Pushed(t.Context(), passType); err != nil {
			t.Error(err)
		}
	}
	_, added := p.Add(t.Context(), nil)
	_, installed := p.Install(t.Context(), "https://passes.example.com/install/x")
	for name, err := range map[string]error{
		"Add": added, "Install": installed, "Update": p.Update(t.Context(), passType), "Remove": p.Remove(t.Context(), id("a")),
		"RenewPushToken": p.RenewPushToken(t.Context()), "Personalize": p.Personalize(t.Context(), id("a"), nil),
	} {
		if !errors.Is(err, iphone.ErrOff) || !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%s of a phone that is off: %v", name, err)
		}
	}
	if got := p.Field(id("a"), "points"); got != 1.0 || fmt.Sprint(kinds) != "[off]" {
		t.Errorf("%v points after %v", got, kinds)
	}
	if err := p.SwitchOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := p.Field(id("a"), "points"); got != 2.0 || fmt.Sprint(kinds) != "[off on pushed listed fetched notice]" {
		t.Errorf("%v points after %v", got, kinds)
	}
	if err := p.SwitchOn(t.Context()); err != nil || len(p.Waiting()) != 0 {
		t.Errorf("%v, %v", err, p.Waiting())
	}
	if len(kinds) != 6 {
		t.Errorf("switched on twice: %v", kinds)
	}
}

func TestPhoneRemembersSoMuch(t *testing.T) {
	w := newWorld(t)
	p := w.phone()
	for range 150 {
		p.SwitchOff()
		if err := p.SwitchOn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	history := p.History()
	if n := len(history); n != 200 || history[0].Kind != "off" || history[n-1].Kind != "on" || !history[0].Time.Equal(noon) {
		t.Errorf("%d events, the first %+v", n, history[0])
	}
	if p.Package(id("a")) != nil {
		t.Error("it holds what nobody added")
	}
}

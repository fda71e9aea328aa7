package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

const registration = "/v1/devices/d1/registrations/" + passType

func TestScenario01_IssueAddRegisterTwice(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 80)
	for i, want := range []int{http.StatusCreated, http.StatusOK} {
		got := request(w.web, http.MethodPost, registration+"/a", `{"pushToken":"0a"}`, "Authorization", w.auth("a"))
		if got.Code != want {
			t.Errorf("registration %d: status %d, want %d", i+1, got.Code, want)
		}
	}
	d, err := w.store.Device(t.Context(), wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: "d1"})
	if err != nil || len(d.Passes) != 1 || d.PushToken.Reveal() != "0a" {
		t.Errorf("the record is %+v, %v", d, err)
	}
}

// list asks what changed and returns status, serial numbers and tag.
func list(t *testing.T, w *world, tag string) (int, []string, string) {
	t.Helper()
	target := registration
	if tag != "" {
		target += "?passesUpdatedSince=" + tag
	}
	answer := request(w.web, http.MethodGet, target, "")
	if answer.Code == http.StatusNoContent {
		if answer.Body.Len() != 0 {
			t.Errorf("204 with a body: %s", answer.Body)
		}
		return answer.Code, nil, ""
	}
	var body struct {
		SerialNumbers []string `json:"serialNumbers"`
		LastUpdated   any      `json:"lastUpdated"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
		t.Fatalf("list: %v in %s", err, answer.Body)
	}
	next, ok := body.LastUpdated.(string)
	if !ok {
		t.Errorf("lastUpdated is %T, not a string (WS-LIST-7)", body.LastUpdated)
	}
	return answer.Code, body.SerialNumbers, next
}

func TestScenario02_ListWithAndWithoutTag(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 80)
	request(w.web, http.MethodPost, registration+"/a", `{"pushToken":"0a"}`, "Authorization", w.auth("a"))
	w.settle()
	status, serials, t1 := list(t, w, "")
	if status != http.StatusOK || !slices.Equal(serials, []string{"a"}) || t1 == "" {
		t.Fatalf("without a tag: %d %v %q", status, serials, t1)
	}
	if status, serials, _ := list(t, w, t1); status != http.StatusNoContent {
		t.Errorf("with the tag: %d %v", status, serials)
	}
}

func TestScenario03_UpdateIsPushedListedAndFetched(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 80)
	request(w.web, http.MethodPost, registration+"/a", `{"pushToken":"0a"}`, "Authorization", w.auth("a"))
	w.settle()
	_, _, t1 := list(t, w, "")
	const latest = "/v1/passes/" + passType + "/a"
	first := request(w.web, http.MethodGet, latest, "", "Authorization", w.auth("a"))
	w.apns.forget()

	w.put("a", 120)
	w.settle()
	if !slices.Equal(w.apns.pushes(), []string{"0a"}) || w.apns.topics[0] != passType {
		t.Errorf("pushes to %v under %v", w.apns.pushes(), w.apns.topics)
	}
	status, serials, t2 := list(t, w, t1)
	if status != http.StatusOK || !slices.Equal(serials, []string{"a"}) || t2 == t1 {
		t.Errorf("list: %d %v %q after %q", status, serials, t2, t1)
	}
	second := request(w.web, http.MethodGet, latest, "", "Authorization", w.auth("a"), "If-Modified-Since", first.Header().Get("Last-Modified"))
	if second.Code != http.StatusOK || second.Header().Get("Last-Modified") == first.Header().Get("Last-Modified") {
		t.Errorf("fetch: %d, Last-Modified %q", second.Code, second.Header().Get("Last-Modified"))
	}
	if second.Header().Get("Content-Type") != "application/vnd.apple.pkpass" || second.Body.String() == first.Body.String() {
		t.Errorf("fetch: %s, same bytes: %v", second.Header().Get("Content-Type"), second.Body.String() == first.Body.String())
	}
	third := request(w.web, http.MethodGet, latest, "", "Authorization", w.auth("a"), "If-Modified-Since", second.Header().Get("Last-Modified"))
	if third.Code != http.StatusNotModified || third.Body.Len() != 0 || third.Header().Get("Last-Modified") == "" {
		t.Errorf("with the new date: %d, %d bytes", third.Code, third.Body.Len())
	}
}

func TestScenario04_UnregisterTwiceAndSilence(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 80)
	p := w.holder("a")
	path := "/v1/devices/" + p.DeviceLibraryIdentifier() + "/registrations/" + passType
	for i := range 2 {
		if got := request(w.web, http.MethodDelete, path+"/a", "", "Authorization", w.auth("a")); got.Code != http.StatusOK {
			t.Errorf("DELETE %d: %d", i+1, got.Code)
		}
	}
	if d := w.record(p); d.Revision != 0 {
		t.Errorf("the record is still there: %+v", d)
	}
	if got := request(w.web, http.MethodGet, path, ""); got.Code != http.StatusNoContent {
		t.Errorf("list: %d", got.Code)
	}
	w.put("a", 120)
	w.settle()
	if got := w.apns.pushes(); len(got) != 0 {
		t.Errorf("pushes %v after unregistering", got)
	}
}

func TestScenario05_WrongTokenChangesNothingAndTellsNothing(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 80)
	w.issued("b", 80)
	p := w.holder("a")
	before := w.record(p)
	path := "/v1/devices/" + p.DeviceLibraryIdentifier() + "/registrations/" + passType + "/"
	var answers []string
	for _, c := range []struct{ name, serial, passType, header string }{
		{"no token", "a", passType, ""},
		{"another pass's token", "a", passType, w.auth("b")},
		{"garbage", "a", passType, "ApplePass x"},
		{"another scheme", "a", passType, strings.Replace(w.auth("a"), "ApplePass", "Bearer", 1)},
		{"only the scheme", "a", passType, "ApplePass"},
		{"unknown pass", "nobody", passType, w.auth("a")},
		{"another pass type", "a", "pass.com.example.other", w.auth("a")},
		{"impossible serial number", "a%2Fb", passType, w.auth("a")},
	} {
		for _, call := range []struct{ method, target string }{
			{http.MethodPost, strings.Replace(path, passType, c.passType, 1) + c.serial},
			{http.MethodDelete, strings.Replace(path, passType, c.passType, 1) + c.serial},
			{http.MethodGet, "/v1/passes/" + c.passType + "/" + c.serial},
		} {
			got := request(w.web, call.method, call.target, `{"pushToken":"ff"}`, "Authorization", c.header, "If-Modified-Since", w.now.Add(time.Hour).Format(http.TimeFormat))
			if got.Code != http.StatusUnauthorized {
				t.Errorf("%s, %s: %d", c.name, call.method, got.Code)
			}
			answers = append(answers, got.Body.String()+headerText(got.Header()))
		}
	}
	if slices.Sort(answers); len(slices.Compact(answers)) != 1 {
		t.Errorf("401s can be told apart: %q", slices.Compact(answers))
	}
	if after := w.record(p); after.Revision != before.Revision {
		t.Errorf("the record changed: %+v", after)
	}
	list := "/v1/devices/" + p.DeviceLibraryIdentifier() + "/registrations/" + passType
	plain := request(w.web, http.MethodGet, list, "")
	for _, header := range []string{"ApplePass wrong", "Bearer x", w.auth("a")} {
		if got := request(w.web, http.MethodGet, list, "", "Authorization", header); got.Code != plain.Code || got.Body.String() != plain.Body.String() {
			t.Errorf("the list depends on the header %.12q (WS-LIST-1)", header)
		}
	}
}

func headerText(h http.Header) string {
	text, _ := json.Marshal(h)
	return string(text)
}

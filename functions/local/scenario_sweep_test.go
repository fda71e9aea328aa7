package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/tools/iphone"
	"walletpasses.example/server/shared/wallet"
)

// swept moves the clock, has Scheduler call the sweep, delivers what it announced, and lets the phone do what a push makes it
// do. It returns how many pushes the phone got.
func (w *world) swept(p *iphone.Phone, later time.Duration) int {
	w.t.Helper()
	w.now = w.now.Add(later)
	w.apns.forget()
	if answer := request(w.sweep, http.MethodPost, "/", ""); answer.Code != http.StatusOK {
		w.t.Fatalf("sweep: %d %s", answer.Code, answer.Body)
	}
	w.settle()
	pushes := 0
	for _, token := range w.apns.pushes() {
		if token != p.PushToken() {
			w.t.Errorf("a push to %s", token)
		}
		pushes++
		w.update(p)
	}
	return pushes
}

// Whatever is lost on the way of an update and repeated by nobody, the sweep makes up for.
func TestPromise1_TheSweepClosesWhatRetriesCouldNot(t *testing.T) {
	const grace = 5*time.Minute + time.Second
	for name, c := range map[string]struct {
		lose  func(w *world, p *iphone.Phone)
		after time.Duration // nothing is pushed before
	}{
		"the trigger of the write": {func(w *world, _ *iphone.Phone) {
			w.put("a", 2)
			w.take(wallet.TopicPassChanged)
		}, grace},
		"the announcement of the package": {func(w *world, _ *iphone.Phone) {
			w.put("a", 2)
			w.repackage()
			w.take(wallet.TopicPassPackaged)
		}, grace},
		"the worker between mark and push": {func(w *world, p *iphone.Phone) {
			w.put("a", 2)
			w.repackage()
			w.take(wallet.TopicPassPackaged)
			_, err := wallet.UpdateDevice(w.t.Context(), w.store, w.record(p), func(d *wallet.Device) bool { return d.Changed(w.pkg("a")) })
			if err != nil {
				w.t.Fatal(err)
			}
		}, grace},
		"the push": {func(w *world, _ *iphone.Phone) {
			w.put("a", 2)
			w.settle() // APNs takes it, and the phone is off
		}, time.Hour},
		"the push, and the next": {func(w *world, _ *iphone.Phone) {
			w.put("a", 2)
			w.settle()
			w.now = w.now.Add(time.Hour + grace)
			request(w.sweep, http.MethodPost, "/", "")
			w.settle()
		}, 6 * time.Hour},
		"the announcement of the next": {func(w *world, _ *iphone.Phone) {
			w.put("a", 2)
			w.settle()
			w.now = w.now.Add(time.Hour + grace)
			request(w.sweep, http.MethodPost, "/", "")
			w.take(wallet.TopicPassPackaged)
		}, time.Hour + grace},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.issued("a", 1)
			p := w.holder("a")
			c.lose(w, p)
			wantPoints(t, p, "a", 1)
			if got := w.swept(p, c.after-2*time.Second); got != 0 {
				t.Errorf("%d pushes before its time", got)
			}
			w.now = w.now.Add(6 * time.Hour) // the next walk
			if got := w.swept(p, 2*time.Second); got != 1 {
				t.Errorf("%d pushes, want 1", got)
			}
			wantPoints(t, p, "a", 2)
			w.update(p) // presents the tag
			for range 5 {
				if got := w.swept(p, 20*time.Hour); got != 0 {
					t.Errorf("%d pushes after it was delivered", got)
				}
			}
		})
	}
}

func TestPromise1_TheSweepMakesUpForALostRegistrationsAnnouncement(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.phone()
	w.add(p, "a")
	w.take(wallet.TopicPassPackaged)
	if got := w.swept(p, 5*time.Minute+time.Second); got != 1 {
		t.Errorf("%d pushes, want 1", got)
	}
}

// A document that was refused has been looked at: it is in its pass's timeline, and not ahead of its package.
func TestARefusedDocumentIsNotAhead(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	doc, err := w.store.Document(t.Context(), id("a"))
	if err != nil {
		t.Fatal(err)
	}
	doc.Fields = map[string]any{"template": "points", "authenticationToken": "x"}
	if _, err := w.store.SaveDocument(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if w.pkg("a").Problem == nil {
		t.Fatal("it was not refused")
	}
	if got := w.swept(p, 10*time.Minute); got != 0 || strings.Contains(w.log.String(), "document ahead of package") {
		t.Errorf("%d pushes, log\n%s", got, &w.log)
	}
}

func TestSweepOnRequest(t *testing.T) {
	c := newClient(t, serve(t))
	if status, _, body := c.call("PUT", "/issuer/v1/passes/"+defaultPassType+"/card-1", stampCard); status != 201 {
		t.Fatalf("PUT: %d %s", status, body)
	}
	status, _, body := c.call("POST", "/local/sweep", "")
	var done map[string]int
	if err := json.Unmarshal(body, &done); err != nil || status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	for _, key := range []string{"pushes", "settled", "documents", "ahead", "packages", "certificates", "unreadable"} {
		if _, ok := done[key]; !ok {
			t.Errorf("no %s in %s", key, body)
		}
	}
	if done["documents"] != 1 || done["certificates"] != 1 || !slices.Equal([]int{done["ahead"], done["pushes"]}, []int{0, 0}) {
		t.Errorf("it did %s", body)
	}
}

package simtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/functions/install"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// everyFault is what is let happen to every call.
var everyFault = []fault{
	errorBefore, errorAfter, crashBefore, crashAfter, deadlineBefore, deadlineAfter, lostAnswer, duplicated, overtaken,
}

// elsewhere are the places that the matrix leaves to other tests, and why.
var elsewhere = map[string]string{
	"functions/personalize/":        "a sign-up is no update; its tests and those of functions/local meet its faults",
	"personalized PassPersonalized": "as above",
	"personalized PassChanged":      "as above",
	"picture Picture":               "pictures come from other servers, whose faults the tests of shared/document and shared/fetch meet",
	"shared/document/album.go":      "as above",
	"functions/push/shard.go":       "it takes hundreds of phones; the tests of functions/push meet its faults",
	"functions/push/left.go":        "as above",
}

// more are the stories beside an update and a registration, so that every call of every handler is in one of them.
var more = []story{
	{"unregistration", func(*world) {}, func(w *world) { w.phones[0].switchUpdates(w.phones[0].cards[0], false) }},
	{"document taken away", func(*world) {}, func(w *world) { w.takeAway("a") }},
	{"message", func(*world) {}, func(w *world) { w.publish("a") }},
	{"message that is refused", func(*world) {}, func(w *world) {
		w.bus.accept(wallet.TopicPassUpdates, "a", map[string]any{"passTypeIdentifier": passType, "serialNumber": "a", "points": 5})
	}},
	{"document that is refused", func(*world) {}, func(w *world) { w.spoil("a") }},
	{"PUT", func(*world) {}, func(w *world) {
		w.insist(w.workers[0].issuer, http.MethodPut, "/issuer/v1/passes/"+passType+"/a", content{points: 7}.fields(), nil)
	}},
	{"GET", func(*world) {}, func(w *world) {
		w.insist(w.workers[0].issuer, http.MethodGet, "/issuer/v1/passes/"+passType+"/a", nil, nil)
	}},
	{"link", func(*world) {}, func(w *world) {
		w.insist(w.workers[0].issuer, http.MethodPost, "/issuer/v1/bundles", map[string]any{"passes": []wallet.PassID{passID("a"), passID("b")}}, nil)
		w.follow(passID("a"))
		w.follow(passID("a"), passID("b"))
	}},
	{"campaign", (*world).outdate, func(w *world) {
		target := "/issuer/v1/campaigns/" + passType + "/card"
		w.insist(w.workers[0].issuer, http.MethodPut, target, map[string]any{"first": 1, "watchSeconds": 0}, nil)
		w.march()
		w.insist(w.workers[0].issuer, http.MethodPatch, target, map[string]any{"pace": 100}, http.Header{"Content-Type": {"application/merge-patch+json"}})
		w.insist(w.workers[0].issuer, http.MethodGet, "/issuer/v1/campaigns", nil, nil)
	}},
	{"campaign without its template", func(w *world) { w.campaign("gone", wallet.CampaignRunning) }, func(w *world) {
		w.insist(w.workers[0].campaigns, http.MethodPost, "/", nil, nil)
	}},
	{"campaign with too many complaints", func(w *world) { w.campaign("card", wallet.CampaignRunning) }, func(w *world) {
		line := "Get pass task (pass type " + passType + ", serial number a) encountered error: Received invalid pass data"
		logs := map[string]any{"logs": slices.Repeat([]string{line}, 20)}
		w.insist(w.workers[0].web, http.MethodPost, "/v1/log", logs, nil)
		w.insist(w.workers[0].campaigns, http.MethodPost, "/", nil, nil)
	}},
	{"token of a foreign form", func(*world) {}, func(w *world) {
		header := http.Header{"Authorization": {"ApplePass of-another-system"}}
		w.insist(w.workers[0].web, http.MethodGet, "/v1/passes/"+passType+"/a", nil, header)
	}},
}

// everythingLost leaves work for each part of the sweep: a document, a document that is gone, an announcement and a push were
// lost, and a package is superseded.
var everythingLost = story{"sweep", func(w *world) {
	w.write("a", content{points: 2})
	w.drive(noFaults)
	w.pass(30 * time.Hour)
	w.write("a", content{points: 3})
	w.bus.messages = nil
	w.takeAway("b")
	w.bus.messages = nil
	w.pass(time.Hour)
}, func(w *world) { w.callSweep() }}

// anotherLost leaves the announcement of a package to the sweep.
var anotherLost = story{"sweep after a lost announcement", func(w *world) {
	w.write("a", content{points: 2})
	w.drive(func(c *call) fault {
		if c.site == publishPackaged {
			w.losesCrashed = true
			return crashBefore
		}
		return none
	})
	w.losesCrashed = false
	w.pass(6 * time.Minute)
}, func(w *world) { w.callSweep() }}

// race is a registration that loses its record to an update, between its read and its write.
var race = story{"race for a record", func(*world) {}, func(w *world) {
	p := w.phones[0]
	p.cards[0].mustPost = true
	p.act()
	w.settle()
	w.let(w.gate.calls()[0], none)
	w.settle()
	w.held = w.gate.calls()[0]
	w.write("a", content{points: 2})
}}

// insist sends a request until it is answered.
func (w *world) insist(handler http.Handler, method, target string, body any, header http.Header) {
	text := ""
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		text = string(data)
	}
	w.call(method+" "+target, handler, method, target, text, header.Clone(), func(a answer, err error) {
		if err != nil || a.status >= 500 || a.header.Get("Content-Length") != "" && a.header.Get("Content-Length") != lengthOf(a.body) {
			w.insist(handler, method, target, body, header)
		}
	})
}

// follow opens an install link.
func (w *world) follow(passes ...wallet.PassID) {
	link, err := w.links.InstallURL(passes...)
	if err != nil {
		panic(err)
	}
	handler := webservice.NewRouter(discard).Handle(webservice.InstallPass, install.New(gatedStore{w.store, w}, gatedBucket{w.bucket, w}, w.links))
	w.insist(handler, http.MethodGet, strings.TrimPrefix(link, address), nil, http.Header{"User-Agent": {"iPhone"}})
}

// meets plays a story with one fault at its n-th call; none is met with n = 0. It returns the places of all calls, and what was
// broken.
func (s story) meets(f *fixture, n int, what fault, sweep bool) (places []string, met *call, broken []string) {
	w := newWorld(f, calmly(sweep), newCounts())
	w.gate.looks = n == 0
	w.begin()
	s.prepare(w)
	calls := 0
	decide := func(c *call) fault {
		places = append(places, c.from)
		if calls++; calls != n {
			return none
		}
		met = c
		return what
	}
	s.tell(w)
	w.drive(decide)
	w.end()
	w.abandon()
	return places, met, w.model.violations
}

// TestFaultMatrix lets every fault happen to every call of every handler, one at a time, and wants each recovered from. The list
// of calls comes from the code: one that no story makes is a failure.
func TestFaultMatrix(t *testing.T) {
	f, err := fixed()
	if err != nil {
		t.Fatal(err)
	}
	left := externalCalls(t)
	all := len(left)
	synctest.Test(t, func(t *testing.T) {
		cells := 0
		for _, s := range slices.Concat(stories, more, []story{race}) {
			cells += s.meetEverything(t, f, left, false)
		}
		for _, s := range []story{everythingLost, anotherLost} {
			cells += s.meetEverything(t, f, left, true)
		}
		t.Logf("%d calls in the code, %d faults in the stories", all, cells)
	})
	for _, place := range slices.Sorted(maps.Keys(left)) {
		reason := ""
		for what, why := range elsewhere {
			if strings.HasPrefix(place, what) || left[place] == what {
				reason = why
			}
		}
		if reason == "" {
			t.Errorf("no story makes the call at %s: %s", place, left[place])
		} else {
			t.Logf("left out: %s, %s: %s", place, left[place], reason)
		}
	}
}

// meetEverything lets every fault happen to every call of a story, and takes its places off the list.
func (s story) meetEverything(t *testing.T, f *fixture, left map[string]string, sweep bool) (cells int) {
	places, _, broken := s.meets(f, 0, none, sweep)
	if len(places) == 0 || len(broken) > 0 {
		t.Errorf("%s, without a fault: %d calls, %q", s.name, len(places), broken)
	}
	for n, place := range places {
		delete(left, place)
		for _, what := range everyFault {
			_, met, broken := s.meets(f, n+1, what, sweep)
			if cells++; met == nil || len(broken) > 0 {
				t.Errorf("%s: %v at call %d, at %s: %q", s.name, what, n+1, place, broken)
			}
		}
	}
	return cells
}

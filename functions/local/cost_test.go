package main

import (
	"fmt"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/tools/cost/bill"
)

// A moment is one event of a life, and how it comes about.
type moment struct {
	event  bill.Event
	happen func(*life)
}

// tell plays moments and holds each to the table. What comes between them is not counted.
func (l *life) tell(moments ...moment) {
	l.tb.Helper()
	for _, m := range moments {
		m.happen(l)
		if got := l.take(); m.event != "" && got != m.event.Operations() {
			l.tb.Errorf("%s: %+v; the table says %+v", m.event, got, m.event.Operations())
		}
	}
}

func deliver(l *life)    { l.deliver() }
func settle(l *life)     { l.settle() }
func listed(l *life)     { l.list(http.StatusOK) }
func nothing(l *life)    { l.list(http.StatusNoContent) }
func fetched(l *life)    { l.fetch(http.StatusOK) }
func registered(l *life) { l.register(device, http.StatusCreated) }

// follower lets a phone add the pass, and see all there is to see.
var follower = []moment{{"", registered}, {"", settle}, {"", listed}, {"", fetched}, {"", nothing}}

// Each event is billed what the table says, no more and no less.
func TestEventsAreBilled(t *testing.T) {
	untold := make(map[bill.Event]bool)
	for _, row := range bill.Events {
		untold[row.Event] = true
	}
	for _, event := range []bill.Event{bill.Another, bill.Swept, bill.Campaigned, bill.Walked, bill.AnnouncedAgain, bill.Removed} {
		delete(untold, event) // these have tests of their own below
	}
	update := []moment{
		{bill.Changed, deliver}, {bill.Packaged, deliver}, {bill.Pushed, deliver}, {bill.Listed, listed}, {bill.Fetched, fetched}, {bill.Next, nothing},
	}
	for name, moments := range map[string][]moment{
		"an update from Firestore": append([]moment{{bill.Written, (*life).write}}, update...),
		"an update from Pub/Sub":   append([]moment{{bill.Ingested, (*life).ingest}}, update...),
		"an update over HTTP":      append([]moment{{bill.Patched, func(l *life) { l.patch(l.points + 1) }}}, update...),
		"updates that follow each other": {
			{"", (*life).write}, {"", settle}, {"", listed}, {"", fetched},
			{bill.Written, (*life).write}, {bill.Changed, deliver}, {bill.Packaged, deliver}, {bill.Pushed, deliver},
			{bill.Followed, listed}, {bill.Fetched, fetched},
		},
		"a phone that asks": {
			{bill.ListedNothing, nothing},
			{bill.FetchedSame, func(l *life) { l.fetch(http.StatusNotModified) }},
			{bill.Refused, func(l *life) {
				l.request(http.StatusUnauthorized, http.MethodGet, passPath, "", "Authorization", l.token("b"))
			}},
			{bill.ListedUnknown, func(l *life) { l.request(http.StatusNoContent, http.MethodGet, registrationsOf("d2"), "") }},
		},
		"what changes nothing": {
			{bill.WrittenSame, func(l *life) { l.save(l.points, nil) }},
			{bill.PatchedSame, func(l *life) { l.patch(l.points) }},
			{bill.Written, func(l *life) { l.save(l.points, map[string]any{"voided": false}) }},
			{bill.Changed, deliver}, {bill.PackagedSame, deliver}, {bill.PushedSame, deliver},
		},
		"a phone that comes and goes": {
			{"", func(l *life) { l.register("d2", http.StatusCreated); l.settle() }},
			{bill.RegisteredAgain, func(l *life) { l.register("d2", http.StatusOK) }},
			{bill.Unregistered, func(l *life) { l.unregister("d2") }},
			{bill.Registered, func(l *life) { l.register("d2", http.StatusCreated) }},
			{bill.Welcomed, deliver},
		},
		"an install link": {
			{bill.Installed, func(l *life) { l.install(phone) }}, {bill.InstallPage, func(l *life) { l.install(browser) }},
		},
	} {
		t.Run(name, func(t *testing.T) { newLife(t).tell(append(follower[:len(follower):len(follower)], moments...)...) })
		for _, m := range moments {
			delete(untold, m.event)
		}
	}
	for event := range untold {
		t.Errorf("nothing tells whether the table is right about %q", event)
	}
}

// most is what an update of a pass on one phone may cost.
var most = bill.Operations{Reads: 6, Writes: 5, ObjectWrites: 1, ObjectReads: 1, Messages: 3}

// Updates that follow each other, as the phone of a regular customer sees them: it is pushed to, lists, and fetches; its list
// shows that the update before has arrived.
func TestAnUpdateCostsAtMost(t *testing.T) {
	l := newLife(t)
	l.tell(follower...)
	for n := range 3 {
		l.write()
		l.settle()
		l.list(http.StatusOK)
		l.fetch(http.StatusOK)
		got := l.take()
		if n == 0 {
			continue // nothing came before it
		}
		if got.Reads > most.Reads || got.Writes > most.Writes || got.Deletes > 0 || got.ObjectWrites > most.ObjectWrites ||
			got.ObjectReads > most.ObjectReads || got.Messages+got.Triggers > most.Messages || got.Signatures != 1 || got.Pushes != 1 {
			t.Errorf("an update costs %+v, want at most %+v", got, most)
		}
	}
}

// A fan-out costs so much for each phone, and nothing for the passes that it is not about.
func TestAnotherPhoneCostsNoMoreThanTheFirst(t *testing.T) {
	for _, phones := range []int{1, 2, 12} {
		l := newLife(t)
		want := bill.Pushed.Operations()
		for n := range phones {
			l.register(fmt.Sprintf("d%d", n), http.StatusCreated)
			if n > 0 {
				want = want.Plus(bill.Another.Operations())
			}
		}
		l.settle()
		l.write()
		l.deliver()
		l.deliver()
		l.take()
		l.deliver()
		if got := l.take(); got != want {
			t.Errorf("%d phones are told: %+v, want %+v", phones, got, want)
		}
	}
}

// What nobody calls for: the walks of the sweep, a month after the passes were made and a day after the walks before.
func TestTheSweepIsBilled(t *testing.T) {
	const month, day = 30 * 24 * time.Hour, 25 * time.Hour
	for name, c := range map[string]struct {
		passes int          // beside the first
		happen func(*life)  // since the walks before, which end a day ago
		more   []bill.Event // than a walk
	}{
		"quiet":                    {99, func(*life) {}, nil},
		"a package of an hour ago": {98, func(l *life) { l.now = l.now.Add(-time.Hour); l.grown("c", 1); l.now = l.now.Add(time.Hour) }, []bill.Event{bill.AnnouncedAgain}},
		"a package that was superseded": {99, func(l *life) {
			l.now = l.now.Add(-day)
			l.write()
			l.settle()
			l.now = l.now.Add(day)
		}, []bill.Event{bill.AnnouncedAgain, bill.Removed}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			l.grown("b", c.passes)
			l.now = l.now.Add(month)
			l.sweep()
			l.now = l.now.Add(day)
			c.happen(l)
			l.take()
			l.sweep()
			if got, want := l.take(), bill.Sum(append(c.more, bill.Walked)...); got != want {
				t.Errorf("a walk: %+v, want %+v", got, want)
			}
			if announced := len(l.waiting); announced > 0 {
				l.tell(moment{bill.PushedSame, deliver})
			}
			l.tell(moment{bill.Swept, (*life).sweep}, moment{"", (*life).campaign}, moment{bill.Campaigned, (*life).campaign})
		})
	}
}

// BenchmarkEvents reports how many milliseconds each function is at work for one event. Nothing here waits for a network.
func BenchmarkEvents(b *testing.B) {
	l := newLife(b)
	l.tell(follower...)
	steps := []moment{
		{bill.Ingested, (*life).ingest}, {bill.Changed, deliver}, {bill.Packaged, deliver}, {bill.Pushed, deliver},
		{bill.Listed, listed}, {bill.Fetched, fetched}, {bill.PatchedSame, func(l *life) { l.patch(l.points) }},
		{bill.Registered, func(l *life) { l.register("d2", http.StatusCreated) }}, {"", settle},
		{bill.Unregistered, func(l *life) { l.unregister("d2") }},
		{bill.Installed, func(l *life) { l.install(phone) }}, {bill.Swept, (*life).sweep}, {bill.Campaigned, (*life).campaign},
	}
	took := make(map[string]time.Duration)
	updates := 0
	for b.Loop() {
		for _, step := range steps {
			start := time.Now()
			step.happen(l)
			if step.event != "" {
				took[step.event.Row().Function] += time.Since(start)
			}
		}
		updates++
	}
	for function, time := range took {
		b.ReportMetric(time.Seconds()*1000/float64(updates), function+"-ms")
	}
}

// Every call that a function may make is one that is counted.
func TestEveryCallIsMetered(t *testing.T) {
	for _, double := range []struct{ calls, metered reflect.Type }{
		{reflect.TypeFor[records](), reflect.TypeFor[meteredStore]()},
		{reflect.TypeFor[objects](), reflect.TypeFor[meteredBucket]()},
		{reflect.TypeFor[announcer](), reflect.TypeFor[meteredEvents]()},
	} {
		for n := range double.calls.NumMethod() {
			name := double.calls.Method(n).Name
			method, _ := double.metered.MethodByName(name)
			file, _ := runtime.FuncForPC(method.Func.Pointer()).FileLine(method.Func.Pointer())
			if _, known := bill.Calls[name]; !known || !strings.HasSuffix(file, "metered_calls_test.go") {
				t.Errorf("%s is not counted: write it in %v and in bill.Calls", name, double.metered)
			}
		}
	}
}

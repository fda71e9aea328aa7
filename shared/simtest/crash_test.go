package simtest

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
)

// A story is something that happens from one end of the system to the other. The rest of its world stands still.
type story struct {
	name    string
	prepare func(*world)
	tell    func(*world) // begins it; what follows, follows
}

// calmly is the config of a world in which nothing happens by chance.
func calmly(sweep bool) config {
	c := config{seed: 1, sweep: sweep, cards: 2, phones: 1, start: settled, rarity: 1, slow: 1}
	for _, m := range moves {
		c.weights = append(c.weights, m.weight)
	}
	return c
}

// An update, from the document's write until the phone shows it; and a registration, of a card that has changed since it was
// installed, until the phone shows that.
var stories = []story{
	{"update", func(*world) {}, func(w *world) { w.write("a", content{points: 2}) }},
	{"registration", func(w *world) {
		p := w.phones[0]
		p.switchUpdates(p.cards[0], false)
		w.drive(noFaults)
		w.write("a", content{points: 2})
		w.drive(noFaults)
	}, func(w *world) { w.phones[0].switchUpdates(w.phones[0].cards[0], true) }},
}

func noFaults(*call) fault { return none }

// drive goes on in the plainest order until nothing moves any more: what has begun is brought to its end before anything else
// begins. decide says what becomes of each call.
func (w *world) drive(decide func(*call) fault) {
	for range restless {
		w.settle()
		w.model.check()
		w.step++
		w.pass(moment)
		calls := slices.DeleteFunc(slices.Clone(w.gate.calls()), func(c *call) bool { return c == w.held })
		switch {
		case len(calls) > 0:
			w.let(calls[0], decide(calls[0]))
		case w.sleepers > 0 && w.timersPass():
		case len(w.bus.waiting()) > 0:
			w.deliver(w.bus.waiting()[0])
		case w.phoneActs():
		case w.held != nil:
			w.gate.release(w.held, none)
			w.held = nil
		case w.timersPass(): // somebody waits to look again
		default:
			return
		}
	}
	w.model.violate("it never comes to rest")
}

// crashes plays a story with a crash at each of the points: the first at the n-th call from the beginning, the next at the n-th
// call after that. It reports what was broken, and how many of the crashes the story was long enough for.
func (s story) crashes(f *fixture, sweep bool, points ...point) (broken []string, happened int, calls int) {
	w := newWorld(f, calmly(sweep), newCounts())
	w.begin()
	s.prepare(w)
	w.losesCrashed = sweep
	s.tell(w)
	n := 0
	w.drive(func(*call) fault {
		n++
		if happened == len(points) || n != points[happened].call {
			return none
		}
		happened++
		calls, n = calls+n, 0
		return points[happened-1].crash
	})
	w.end()
	w.abandon()
	return w.model.violations, happened, calls + n
}

// A point is where a worker crashes: just before a call, or just after.
type point struct {
	call  int // counted from 1
	crash fault
}

func (p point) String() string { return fmt.Sprintf("%v call %d", p.crash, p.call) }

// TestCrashPoints crashes a worker before and after every call of a story, and once more before and after every call of what
// follows. Redelivery alone must recover from each; and the sweep alone, where the message is lost with the worker.
func TestCrashPoints(t *testing.T) {
	f, err := fixed()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stories {
		for _, sweep := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, sweep %t", s.name, sweep), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { s.crashEverywhere(t, f, sweep) })
			})
		}
	}
}

func (s story) crashEverywhere(t *testing.T, f *fixture, sweep bool) {
	broken, _, calls := s.crashes(f, sweep)
	if len(broken) > 0 || calls < 10 {
		t.Fatalf("without a crash: %d calls, %q", calls, broken)
	}
	singles, pairs := 0, 0
	for first := range eachPoint {
		broken, happened, _ := s.crashes(f, sweep, first)
		if happened < 1 {
			break
		}
		if singles++; len(broken) > 0 {
			t.Errorf("%v: %q", first, broken)
		}
		for second := range eachPoint {
			broken, happened, _ := s.crashes(f, sweep, first, second)
			if happened < 2 {
				break
			}
			if pairs++; len(broken) > 0 {
				t.Errorf("%v, then %v: %q", first, second, broken)
			}
		}
	}
	t.Logf("%d calls, %d points, %d pairs of points", calls, singles, pairs)
	if singles < 2*calls {
		t.Errorf("only %d points of %d calls", singles, calls)
	}
}

// eachPoint yields the points of a story in their order, for as long as it is asked.
func eachPoint(yield func(point) bool) {
	for n := 1; yield(point{n, crashBefore}) && yield(point{n, crashAfter}); n++ {
	}
}

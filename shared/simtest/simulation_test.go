package simtest

import (
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

type sweepMode string

const (
	anySweep     sweepMode = ""
	withSweep    sweepMode = "on"
	withoutSweep sweepMode = "off"
)

var (
	seedFlag      = flag.Uint64("seed", 1, "the seed of the first schedule; those of the others follow it")
	schedulesFlag = flag.Int("schedules", 0, "how many schedules to play; 0 for as many as fit into three seconds")
	sweepFlag     = flag.String("sweep", "", "on or off: only schedules with, or without, the sweep")
)

// TestSimulation plays schedules, each from its own seed, one lane on each core.
func TestSimulation(t *testing.T) {
	f, err := fixed()
	if err != nil {
		t.Fatal(err)
	}
	// A schedule makes much garbage and leaves nothing, but for its pools, which hold its world until the collection after the
	// next: so collections come at a size, not at a multiple of what they have left.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 30))
	s := &simulation{fixture: f, began: time.Now(), counts: newCounts()}
	lanes := runtime.GOMAXPROCS(0)
	t.Run("lanes", func(t *testing.T) {
		for range lanes {
			t.Run("lane", func(t *testing.T) {
				t.Parallel()
				s.lane(t)
			})
		}
	})
	took := time.Since(s.began)
	n := s.counts.schedules
	t.Logf("%d schedules of %d steps on average, and %d at least, in %v on %d cores: %.0f a second and core\n%v", n, s.counts.steps/max(1, n),
		s.counts.fewest, took.Round(time.Millisecond), lanes, float64(n)/took.Seconds()/float64(lanes), s.counts)
}

// A simulation gives seeds to its lanes and adds up what they have played.
type simulation struct {
	*fixture
	began time.Time
	given atomic.Int64 // how many schedules the lanes have been given

	mu     sync.Mutex
	counts *counts
}

// batch is how many schedules share a bubble.
const batch = 50

// more gives a lane its next schedules, as the number of the first and how many there are: none when it is over.
func (s *simulation) more(t *testing.T) (first, n int) {
	if t.Failed() || *schedulesFlag == 0 && time.Since(s.began) > 3*time.Second {
		return 0, 0
	}
	first = int(s.given.Add(batch)) - batch
	if *schedulesFlag > 0 {
		return first, min(batch, *schedulesFlag-first)
	}
	return first, batch
}

// lane plays schedules for as long as there are more and none breaks a promise.
func (s *simulation) lane(t *testing.T) {
	counts := newCounts()
	for first, n := s.more(t); n > 0; first, n = s.more(t) {
		synctest.Test(t, func(t *testing.T) {
			for i := first; i < first+n && !t.Failed(); i++ {
				s.play(t, i, counts)
			}
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.addAll(counts)
}

// play plays one schedule, and once more, step by step for the reader, if it breaks a promise.
func (s *simulation) play(t *testing.T, number int, counts *counts) {
	seed := *seedFlag + uint64(number)
	c := configure(seed, sweepMode(*sweepFlag))
	shown := testing.Verbose() && *schedulesFlag == 1
	played := run(s.fixture, c, counts, shown)
	counts.played(played.steps)
	if len(played.violations) == 0 {
		if shown {
			t.Log("\n" + strings.Join(played.trace, "\n"))
		}
		return
	}
	again := run(s.fixture, c, newCounts(), true)
	t.Errorf("schedule %d breaks a promise:\n\n%s\n\n%s\n\nagain: %s", number+1,
		strings.Join(again.trace, "\n"), strings.Join(played.violations, "\n"), replay(seed))
	if !slices.Equal(played.violations, again.violations) {
		t.Errorf("played again, it went otherwise: %q", again.violations)
	}
}

// replay is the command that plays one schedule again.
func replay(seed uint64) string {
	command := fmt.Sprintf("go test ./shared/simtest -run TestSimulation -seed %d -schedules 1 -v", seed)
	if *sweepFlag != "" {
		command += " -sweep " + *sweepFlag
	}
	return command
}

// The same seed gives the same schedule, step by step.
func TestReplay(t *testing.T) {
	f, err := fixed()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(50) {
			first := run(f, configure(seed, anySweep), newCounts(), true)
			second := run(f, configure(seed, anySweep), newCounts(), true)
			if !slices.Equal(first.trace, second.trace) {
				t.Fatalf("seed %d goes in two ways:\n%s\n\nand\n\n%s", seed, strings.Join(first.trace, "\n"), strings.Join(second.trace, "\n"))
			}
		}
	})
}

// Package ratio measures a piece of work beside the least that could do it, in turns, in one benchmark. Machines are noisy and
// differ; whatever else this one does concerns both, so that the ratio of the two says something about the work alone.
package ratio

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// turn is how long each of the two works before it is the other's turn.
const turn = 20 * time.Millisecond

// Of runs bare and ours in turns, on so many goroutines, and reports of them
//
//	x-bare      how many times as long ours takes: the median of all rounds
//	ns/op       how long one call of ours takes
//	bare-ns/op  how long one call of bare takes
//	allocs/op   how often one call of ours allocates
//
// A round is one iteration of b.Loop. Both times are of the wall clock, divided by all calls of all goroutines.
func Of(b *testing.B, goroutines int, bare, ours func()) {
	b.Helper()
	calls := enough(goroutines, bare)
	allocations := testing.AllocsPerRun(100, ours) // warms it up, too
	var times, bareTimes []time.Duration
	var ratios []float64
	for b.Loop() {
		bareTook := spend(goroutines, calls, bare)
		took := spend(goroutines, calls, ours)
		times, bareTimes = append(times, took), append(bareTimes, bareTook)
		ratios = append(ratios, float64(took)/float64(bareTook))
	}
	all := float64(calls * goroutines)
	b.ReportMetric(median(ratios), "x-bare")
	b.ReportMetric(allocations, "allocs/op")
	b.ReportMetric(float64(median(times))/all, "ns/op")
	b.ReportMetric(float64(median(bareTimes))/all, "bare-ns/op")
}

// enough returns how many calls each goroutine makes in a turn.
func enough(goroutines int, work func()) int {
	calls := 1
	for took := spend(goroutines, calls, work); took < turn; took = spend(goroutines, calls, work) {
		calls *= 2
	}
	return calls
}

// spend makes the calls and returns how long all of them took.
func spend(goroutines, calls int, work func()) time.Duration {
	began := time.Now()
	var group sync.WaitGroup
	for range goroutines {
		group.Go(func() {
			for range calls {
				work()
			}
		})
	}
	group.Wait()
	return time.Since(began)
}

func median[T float64 | time.Duration](of []T) T {
	slices.Sort(of)
	return of[len(of)/2]
}

package ratio_test

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/shared/tools/bench/ratio"
)

// Work that only waits, in a time that only passes when everybody waits, takes exactly so long.
func TestOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := testing.Benchmark(func(b *testing.B) {
			ratio.Of(b, 2, func() { time.Sleep(time.Millisecond) }, func() { time.Sleep(3 * time.Millisecond) })
		}).Extra
		// Two goroutines wait at the same time, so a call of one millisecond takes half of one.
		want := map[string]float64{"x-bare": 3, "ns/op": 1_500_000, "bare-ns/op": 500_000, "allocs/op": 0}
		if !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

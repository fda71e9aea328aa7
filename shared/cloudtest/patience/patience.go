// Package patience says how long tests wait, and what hostile input may keep them busy for.
package patience

import (
	"runtime"
	"syscall"
	"testing"
	"time"
)

// Limit is how long a test waits for what has to happen: long, for a machine that does much else. Nothing but a test that fails
// takes as long.
const Limit = 2 * time.Minute

// Second is one second of the processor, or as much as the race detector makes of it: what is bounded on a bare machine is
// bounded under the race detector too, but later.
const Second = slowdown * time.Second

// ProcessorTime is how much of the processor this process takes while work is done, whatever else the machine does. What was
// left behind before is collected first.
func ProcessorTime(t testing.TB, work func()) time.Duration {
	t.Helper()
	runtime.GC()
	before := used(t)
	work()
	return used(t) - before
}

func used(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

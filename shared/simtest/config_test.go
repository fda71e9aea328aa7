package simtest

import (
	"math/rand/v2"
	"time"
)

// jump is how far a worker's clock may be off.
const jump = 10 * time.Minute

// patience is longer than any wait between two attempts of a guarded write, so that it decides nothing how long each is.
const patience = 5 * time.Second

// A config is what a schedule may do. Each switches other things on, for a fault that happens all the time hides what a rare
// one would show.
type config struct {
	seed    uint64
	sweep   bool // the sweep runs; messages and pushes may be lost
	cards   int
	phones  int
	start   start
	steps   int     // before the quiet time
	budget  int     // how many faults at most
	rarity  int     // one call in so many meets a fault
	slow    int     // one call in so many is slow
	faults  []fault // that calls may meet
	happens [faults]bool
	weights []int // of the moves
}

// start is how a world begins.
type start int

const (
	empty    start = iota // nothing is there but documents
	settled               // every phone has what it registered
	previous              // the same, in records that the release before this one wrote
	starts
)

var callFaults = []fault{
	errorBefore, errorAfter, crashBefore, crashAfter, deadlineBefore, deadlineAfter,
	pushBusy, pushTooMany, pushForbidden, pushRefused, pushStale, pushSwallowed,
}

// configure draws the config of a schedule.
func configure(seed uint64, sweep sweepMode) config {
	random := rand.New(rand.NewPCG(seed, 1))
	c := config{
		seed:   seed,
		sweep:  random.IntN(2) == 0,
		cards:  1 + random.IntN(len(serials)),
		phones: 1 + random.IntN(2),
		start:  start(random.IntN(int(starts))),
		steps:  100 + random.IntN(20),
		budget: random.IntN(8),
		rarity: 2 + random.IntN(12),
		slow:   3 + random.IntN(12),
	}
	switch sweep {
	case withSweep:
		c.sweep = true
	case withoutSweep:
		c.sweep = false
	}
	for f := none + 1; f < faults; f++ {
		c.happens[f] = random.IntN(2) == 0
	}
	for _, f := range []fault{lostMessage, pushSwallowed, pushStale} {
		c.happens[f] = c.happens[f] && c.sweep // nothing but the sweep makes up for these
	}
	for _, f := range callFaults {
		if c.happens[f] {
			c.faults = append(c.faults, f)
		}
	}
	for i, m := range moves {
		c.weights = append(c.weights, m.weight)
		if m.kind == begins {
			c.weights[i] *= random.IntN(4)
		}
	}
	return c
}

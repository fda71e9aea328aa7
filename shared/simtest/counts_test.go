package simtest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// counts are what a run has covered: how much it played, and how often each fault met each kind of call.
type counts struct {
	schedules, steps, fewest int // fewest is the steps of the shortest schedule
	met                      map[site]*[faults]int
}

func newCounts() *counts { return &counts{fewest: math.MaxInt, met: make(map[site]*[faults]int)} }

// played counts a schedule.
func (c *counts) played(steps int) {
	c.schedules++
	c.steps += steps
	c.fewest = min(c.fewest, steps)
}

// add counts what became of a call; a fault that is none of a call has no site.
func (c *counts) add(where site, f fault) { c.at(where)[f]++ }

func (c *counts) at(where site) *[faults]int {
	met, ok := c.met[where]
	if !ok {
		met = new([faults]int)
		c.met[where] = met
	}
	return met
}

func (c *counts) addAll(other *counts) {
	c.schedules += other.schedules
	c.steps += other.steps
	c.fewest = min(c.fewest, other.fewest)
	for where, met := range other.met {
		for f, n := range met {
			c.at(where)[f] += n
		}
	}
}

// String is a table.
func (c *counts) String() string {
	var b strings.Builder
	for _, where := range slices.Sorted(maps.Keys(c.met)) {
		name := where
		if name == "" {
			name = "elsewhere"
		}
		fmt.Fprintf(&b, "%-26s", name)
		for f, n := range c.met[where] {
			switch {
			case n == 0:
			case f == int(none):
				fmt.Fprintf(&b, " %d calls", n)
			default:
				fmt.Fprintf(&b, ", %d %v", n, fault(f))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

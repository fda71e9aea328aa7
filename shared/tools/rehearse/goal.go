package main

import (
	"context"
	"sync/atomic"
)

// A goal is how many of something there shall be at least, and how many there are.
type goal struct {
	want int
	done atomic.Int64
}

func (g *goal) reached() bool { return g.counted() == g.want }

// counted is how many there are of those that shall be.
func (g *goal) counted() int { return min(g.want, int(g.done.Load())) }

// ahead reports that a greater part of this goal is done than of another.
func (g *goal) ahead(of *goal) bool {
	return g.done.Load()*int64(of.want) > of.done.Load()*int64(g.want)
}

// over reports that a goal is reached, and nobody will be killed any more.
func (o *ordeal) over(g *goal) bool { return o.killed.Load() && g.reached() }

// keepStep waits while a goal is ahead of another, so that each kind of work goes on until the end.
func (o *ordeal) keepStep(ctx context.Context, mine, other *goal) error {
	return until(ctx, func() string {
		if mine.ahead(other) && !o.over(mine) {
			return "one of registrations and updates does not keep up with the other"
		}
		return ""
	})
}

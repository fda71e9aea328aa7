package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// An issued pass is one that is being changed, by one road.
type issued struct {
	wallet.PassID
	road    road
	link    string        // to install it
	points  int           // as last acknowledged
	slowest time.Duration // from the last change of a burst to the last phone

	mu      sync.Mutex
	holders map[*phone]bool // whose registration was acknowledged
}

// burst is how many changes of a pass follow each other at most, before its phones are waited for.
const burst = 10

// issue makes a pass, and waits until it can be installed.
func (o *ordeal) issue(ctx context.Context, pass *issued) error {
	pass.points = 1
	if err := persist(ctx, func() error { return pass.road.create(ctx, pass.PassID, pass.points) }); err != nil {
		return fmt.Errorf("%s could not be issued by %s %w", pass.SerialNumber, pass.road.name, err)
	}
	return until(ctx, func() string { return o.unpackaged(ctx, pass) })
}

// write changes passes at random, in bursts, until enough was written.
func (o *ordeal) write(ctx context.Context, passes []*issued, random *rand.Rand) error {
	for !o.over(&o.updates) {
		if err := o.keepStep(ctx, &o.updates, &o.registrations); err != nil {
			return err
		}
		if err := o.change(ctx, passes[random.IntN(len(passes))], 1+random.IntN(burst)); err != nil {
			return err
		}
	}
	return nil
}

// change writes new points so many times, waits until every phone that holds the pass shows the last, and clears up.
func (o *ordeal) change(ctx context.Context, pass *issued, times int) error {
	for range times {
		pass.points++
		if err := persist(ctx, func() error { return pass.road.update(ctx, pass.PassID, pass.points) }); err != nil {
			return fmt.Errorf("%s could not be changed by %s %w", pass.SerialNumber, pass.road.name, err)
		}
		o.updates.done.Add(1)
	}
	began := time.Now()
	if err := until(ctx, pass.lacks); err != nil {
		return fmt.Errorf("%w\n%s", err, o.trace(ctx, pass))
	}
	pass.slowest = max(pass.slowest, time.Since(began))
	return o.tidy(ctx, pass.PassID)
}

// lacks names a phone that holds the pass and does not show its points as last acknowledged.
func (pass *issued) lacks() string {
	pass.mu.Lock()
	defer pass.mu.Unlock()
	for p := range pass.holders {
		if lack := p.lacks(pass.PassID, pass.points); lack != "" {
			return lack
		}
	}
	return ""
}

// hold takes note of a phone that holds the pass, or does not any more.
func (pass *issued) hold(p *phone, holds bool) {
	pass.mu.Lock()
	defer pass.mu.Unlock()
	if holds {
		pass.holders[p] = true
	} else {
		delete(pass.holders, p)
	}
}

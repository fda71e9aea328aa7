package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/wallet"
)

const (
	passesPerRoad = 2
	firstPhones   = 3
	killsPerPhone = 10 // after so many kills, another phone installs some of the passes
	burst         = 3  // at most so many changes of a pass follow each other before its phones are waited for
)

// An ordeal is the time in which processes are killed: passes are updated and phones join for as long as it goes on.
type ordeal struct {
	*stage
	passes  []*issued
	writes  chan struct{} // a change was written; nobody waits for the killer to hear of it
	joining chan struct{} // closed after the last kill, which ends the joining
	over    atomic.Bool   // after the last kill, which ends the changes
	changes atomic.Int64
}

// An issued pass is one that is being changed, by one road.
type issued struct {
	wallet.PassID
	road   road
	points int // as last written

	mu      sync.Mutex
	holders []*phone
	slowest time.Duration // from the last change of a burst to the last phone
}

// survive kills a random function n times, and then holds the deployment to its first promise: every phone has the newest
// version of every pass, and every registration that was acknowledged is there.
func (s *stage) survive(ctx context.Context, n int, seed uint64) error {
	s.say.step("kills", "%d of them, -seed %d", n, seed)
	o := &ordeal{stage: s, writes: make(chan struct{}, 1), joining: make(chan struct{}, n)}
	if err := o.prepare(ctx); err != nil {
		return err
	}
	group, during := errgroup.WithContext(ctx)
	for i, pass := range o.passes {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		group.Go(func() error { return o.change(during, pass, random) })
	}
	group.Go(func() error { return o.join(during) })
	group.Go(func() error { return o.kill(during, n, rand.New(rand.NewPCG(seed, seed))) })
	if err := errors.Join(group.Wait(), s.phones.err()); err != nil {
		return err
	}
	if err := o.settle(ctx); err != nil {
		return errors.Join(err, s.phones.err())
	}
	o.report(n)
	return nil
}

// prepare issues the passes and installs them on the first phones.
func (o *ordeal) prepare(ctx context.Context) error {
	for _, r := range o.roads() {
		for i := range passesPerRoad {
			id := wallet.PassID{PassTypeIdentifier: passType, SerialNumber: fmt.Sprintf("kills-by-%s-%d", r.name, i+1)}
			pass := &issued{PassID: id, road: r, points: 1}
			if err := persist(ctx, func() error { return r.create(ctx, id, pass.points) }); err != nil {
				return err
			}
			o.passes = append(o.passes, pass)
		}
	}
	for range firstPhones {
		if err := o.addPhone(ctx); err != nil {
			return err
		}
	}
	return nil
}

// addPhone has a new phone install one pass of each road.
func (o *ordeal) addPhone(ctx context.Context) error {
	p := o.phones.add(nil)
	for i, pass := range o.passes {
		if i%passesPerRoad != p.number%passesPerRoad {
			continue
		}
		if err := o.install(ctx, p, pass.PassID); err != nil {
			return fmt.Errorf("phone %d could not install %s %w", p.number, pass.SerialNumber, err)
		}
		pass.mu.Lock()
		pass.holders = append(pass.holders, p)
		pass.mu.Unlock()
	}
	return nil
}

// change writes new points in bursts, and after each burst waits until every phone that holds the pass shows the last.
func (o *ordeal) change(ctx context.Context, pass *issued, random *rand.Rand) error {
	for !o.over.Load() {
		for range 1 + random.IntN(burst) {
			pass.points++
			if err := persist(ctx, func() error { return pass.road.update(ctx, pass.PassID, pass.points) }); err != nil {
				return fmt.Errorf("%s could not be changed by %s %w", pass.SerialNumber, pass.road.name, err)
			}
			o.changes.Add(1)
			select {
			case o.writes <- struct{}{}:
			default:
			}
		}
		began := time.Now()
		if err := until(ctx, pass.lacks); err != nil {
			return err
		}
		pass.slowest = max(pass.slowest, time.Since(began))
	}
	return nil
}

// lacks names a phone that holds the pass and does not show its points as last written.
func (pass *issued) lacks() string {
	pass.mu.Lock()
	defer pass.mu.Unlock()
	for _, p := range pass.holders {
		if lack := p.lacks(pass.PassID, pass.points); lack != "" {
			return lack
		}
	}
	return ""
}

// join adds a phone whenever it is time for one.
func (o *ordeal) join(ctx context.Context) error {
	for range o.joining {
		if err := o.addPhone(ctx); err != nil {
			return err
		}
	}
	return nil
}

// kill restarts a random function n times, each time after a few more changes were written.
func (o *ordeal) kill(ctx context.Context, n int, random *rand.Rand) error {
	defer o.over.Store(true)
	defer close(o.joining)
	names := o.names()
	for i := range n {
		for range 1 + random.IntN(burst) {
			select {
			case <-o.writes:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		victim := names[random.IntN(len(names))]
		if err := o.services[victim].Restart(ctx); err != nil {
			return err
		}
		if (i+1)%killsPerPhone == 0 {
			o.say.step("killed", "%d functions so far, the last was %s", i+1, victim)
			o.joining <- struct{}{}
		}
	}
	return nil
}

// settle waits, with nobody being killed, until everything is as it has to be.
func (o *ordeal) settle(ctx context.Context) error {
	for _, pass := range o.passes {
		if err := until(ctx, func() string { return o.owed(ctx, pass) }); err != nil {
			return err
		}
	}
	return o.phones.err()
}

// owed says what a pass still owes to its phones, or the server to the pass; empty when nothing.
func (o *ordeal) owed(ctx context.Context, pass *issued) string {
	if lack := pass.lacks(); lack != "" {
		return lack
	}
	for _, p := range pass.holders {
		if err := p.Update(ctx, pass.PassTypeIdentifier); err != nil { // which presents the newest tag
			return fmt.Sprintf("phone %d cannot update: %v", p.number, err)
		}
	}
	v, err := o.view(ctx, pass.PassID)
	switch {
	case err != nil:
		return err.Error()
	case v.Devices.Registered != len(pass.holders):
		return fmt.Sprintf("%s is registered by %d devices and was acknowledged to %d", pass.SerialNumber, v.Devices.Registered, len(pass.holders))
	case v.Devices.Delivered != len(pass.holders):
		return fmt.Sprintf("%s is delivered to %d devices of %d", pass.SerialNumber, v.Devices.Delivered, len(pass.holders))
	default:
		return ""
	}
}

func (o *ordeal) report(kills int) {
	var interrupted int64
	for _, service := range o.services {
		interrupted += service.Interrupted()
	}
	var slowest time.Duration
	registrations := 0
	for _, pass := range o.passes {
		slowest = max(slowest, pass.slowest)
		registrations += len(pass.holders)
	}
	o.say.step("survived", "%d kills, which interrupted %d requests: %d changes of %d passes and %d registrations, none lost; the slowest took %.1f s",
		kills, interrupted, o.changes.Load(), len(o.passes), registrations, slowest.Seconds())
}

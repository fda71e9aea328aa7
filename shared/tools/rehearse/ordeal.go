package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/wallet"
)

// A load is what an ordeal consists of, at least.
type load struct {
	kills         int
	registrations int // requests of phones that were acknowledged: for a pass that was added, or with a new push token
	updates       int // changes of passes that were acknowledged to business apps
}

const (
	writers = 24   // how many passes are being changed at the same time
	owners  = 24   // how many phones are being used at the same time
	few     = 12   // passes and phones there are at least
	share   = 2000 // how many updates there are of each pass, about, and registrations of each phone, where that makes more
)

// An ordeal is the time in which processes are killed, while passes are changed, added to phones and taken off them.
type ordeal struct {
	*stage
	began  time.Time
	passes []*issued
	phones []*owned

	kills                  int
	registrations, updates goal
	killed                 atomic.Bool  // after the last kill
	removals, packages     atomic.Int64 // that were acknowledged to phones, and verified by them
}

// survive puts the deployment through a load, and then holds it to its promises: every registration that was acknowledged is
// there, with the newest push token, and every phone has the newest version of each of its passes.
func (s *stage) survive(ctx context.Context, l load, seed uint64) error {
	s.say.step("ordeal", "%d kills, at least %d registrations and %d updates, -seed %d", l.kills, l.registrations, l.updates, seed)
	o := &ordeal{stage: s, began: time.Now(), kills: l.kills, registrations: goal{want: l.registrations}, updates: goal{want: l.updates}}
	if err := o.prepare(ctx); err != nil {
		return err
	}
	if err := errors.Join(o.run(ctx, seed), s.phones.err()); err != nil {
		return err
	}
	s.say.step("settling", "nobody is killed any more")
	if err := errors.Join(o.settle(ctx), s.phones.err()); err != nil {
		return err
	}
	o.report()
	return nil
}

// prepare hands out the phones, issues the passes, and adds each to the phone on which it stays.
func (o *ordeal) prepare(ctx context.Context) error {
	roads := o.roads()
	for i := range max(few, o.updates.want/share) {
		r := roads[i%len(roads)]
		id := wallet.PassID{PassTypeIdentifier: passType, SerialNumber: fmt.Sprintf("ordeal-by-%s-%d", r.name, i/len(roads)+1)}
		o.passes = append(o.passes, &issued{PassID: id, road: r, holders: make(map[*phone]bool)})
	}
	for range max(few, o.registrations.want/share) {
		o.phones = append(o.phones, &owned{phone: o.stage.phones.add(o.phoneDid)})
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for i, passes := range deal(o.passes, len(o.phones)) {
		group.Go(func() error { return o.hand(ctx, o.phones[i], passes) })
	}
	return group.Wait()
}

// run has everybody work at the same time, until the load is reached.
func (o *ordeal) run(ctx context.Context, seed uint64) error {
	stream := uint64(0)
	random := func() *rand.Rand { stream++; return rand.New(rand.NewPCG(seed, stream)) }
	group, ctx := errgroup.WithContext(ctx)
	for _, passes := range deal(o.passes, writers) {
		r := random()
		group.Go(func() error { return o.write(ctx, passes, r) })
	}
	for _, phones := range deal(o.phones, owners) {
		r := random()
		group.Go(func() error { return o.use(ctx, phones, r) })
	}
	r := random()
	group.Go(func() error { return o.kill(ctx, r) })
	return group.Wait()
}

// deal shares things among at most n hands, none of them empty.
func deal[T any](things []T, n int) [][]T {
	hands := make([][]T, min(n, len(things)))
	for i, thing := range things {
		hands[i%len(hands)] = append(hands[i%len(hands)], thing)
	}
	return hands
}

func (o *ordeal) report() {
	var interrupted, took = int64(0), time.Since(o.began)
	for _, service := range o.services {
		interrupted += service.Interrupted()
	}
	var slowest time.Duration
	for _, pass := range o.passes {
		slowest = max(slowest, pass.slowest)
	}
	o.say.step("survived", "%d kills, which interrupted %d requests, in %.0f s: %d updates of %d passes, %d registrations and %d removals by %d phones,"+
		" which verified %d packages; none was lost, and the slowest update took %.1f s", o.kills, interrupted, took.Seconds(),
		o.updates.done.Load(), len(o.passes), o.registrations.done.Load(), o.removals.Load(), len(o.phones), o.packages.Load(), slowest.Seconds())
}

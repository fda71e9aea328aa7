package iphone

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"walletpasses.example/server/shared/wallet"
)

// ErrOff is what becomes of anything asked of a phone that is off. It is of kind [wallet.ErrInvalid].
var ErrOff = fmt.Errorf("%w: the phone is switched off", wallet.ErrInvalid)

// On reports that the phone is switched on, as a new one is.
func (p *Phone) On() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.off
}

// SwitchOff lets the phone finish what it is doing. From then on it calls nothing and hears nothing.
func (p *Phone) SwitchOff() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.off {
		p.off = true
		p.event("off", wallet.PassID{}, "")
	}
}

// SwitchOn delivers the pushes that APNs has kept: the last of each topic.
func (p *Phone) SwitchOn(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.off {
		return nil
	}
	p.off = false
	p.event("on", wallet.PassID{}, "")
	topics := slices.Sorted(maps.Keys(p.waiting))
	clear(p.waiting)
	var errs []error
	for _, topic := range topics {
		errs = append(errs, p.pushed(ctx, topic))
	}
	return errors.Join(errs...)
}

// Waiting returns the topics of the pushes that APNs keeps for the phone, sorted.
func (p *Phone) Waiting() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.waiting))
}

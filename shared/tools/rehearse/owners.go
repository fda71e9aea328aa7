package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"walletpasses.example/server/shared/tools/iphone"
)

// An owned phone is one that somebody uses, with the passes whose registration was acknowledged to it.
type owned struct {
	*phone
	passes []*issued
	kept   int // how many of them, the first, stay on the phone: so each pass has one that its updates reach
}

// pocket is how many passes a phone holds at most beside those that stay.
const pocket = 2

// hand issues passes and adds them to a phone, on which they stay.
func (o *ordeal) hand(ctx context.Context, p *owned, passes []*issued) error {
	for _, pass := range passes {
		if err := o.issue(ctx, pass); err != nil {
			return err
		}
		if err := o.add(ctx, p, pass); err != nil {
			return err
		}
	}
	p.kept = len(passes)
	return nil
}

// use does what owners of phones do, at random, until enough was registered.
func (o *ordeal) use(ctx context.Context, phones []*owned, random *rand.Rand) error {
	for !o.over(&o.registrations) {
		if err := o.keepStep(ctx, &o.registrations, &o.updates); err != nil {
			return err
		}
		p := phones[random.IntN(len(phones))]
		if err := o.act(ctx, p, random); err != nil {
			return fmt.Errorf("phone %d could not %w", p.number, err)
		}
	}
	return nil
}

// act adds a pass, removes one, or has the push token change.
func (o *ordeal) act(ctx context.Context, p *owned, random *rand.Rand) error {
	switch loose := len(p.passes) - p.kept; {
	case loose < pocket && random.IntN(2) == 0:
		return o.add(ctx, p, o.passes[random.IntN(len(o.passes))])
	case loose > 0 && random.IntN(2) == 0:
		return o.remove(ctx, p, p.kept+random.IntN(loose))
	default:
		if err := o.stage.phones.renew(ctx, p.phone); err != nil {
			return fmt.Errorf("register a new push token %w", err)
		}
		return nil
	}
}

func (o *ordeal) add(ctx context.Context, p *owned, pass *issued) error {
	if slices.Contains(p.passes, pass) {
		return nil
	}
	if err := p.install(ctx, pass.link); err != nil {
		return fmt.Errorf("install %s %w", pass.SerialNumber, err)
	}
	p.passes = append(p.passes, pass)
	pass.hold(p.phone, true)
	return nil
}

func (o *ordeal) remove(ctx context.Context, p *owned, i int) error {
	pass := p.passes[i]
	pass.hold(p.phone, false)
	if err := p.remove(ctx, pass.PassID, pass.link); err != nil {
		return fmt.Errorf("remove %s %w", pass.SerialNumber, err)
	}
	p.passes = slices.Delete(p.passes, i, i+1)
	o.removals.Add(1)
	return nil
}

// phoneDid counts what was acknowledged to phones.
func (o *ordeal) phoneDid(e iphone.Event) {
	switch e.Kind {
	case "registered":
		o.registrations.done.Add(1)
	case "added", "fetched":
		o.packages.Add(1)
	}
}

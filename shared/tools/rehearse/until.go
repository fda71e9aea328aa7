package main

import (
	"context"
	"fmt"
	"time"
)

const (
	// patience is how long the whole chain may take to bring one update to a phone, while processes are killed.
	patience = 2 * time.Minute
	// glance is how soon it is looked at again.
	glance = 10 * time.Millisecond
)

// until looks again and again until nothing is missing any more. It gives up when patience ends, saying what still is.
func until(ctx context.Context, missing func() string) error { return repeat(ctx, glance, missing) }

// persist repeats what was refused, as phones and business apps do: with growing gaps, so that they are not all that the
// functions are busy with. It gives up when patience ends, with the last refusal.
func persist(ctx context.Context, attempt func() error) error {
	var refusal error
	err := repeat(ctx, maximumBackoff, func() string {
		if refusal = attempt(); refusal != nil {
			return "refused"
		}
		return ""
	})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("for %v: %w", patience, refusal)
	}
	return err
}

// repeat looks whether something is missing, with gaps that grow up to a longest one.
func repeat(ctx context.Context, longest time.Duration, missing func() string) error {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for gap := glance; ; gap = min(2*gap, longest) {
		what := missing()
		if what == "" {
			return nil
		}
		select {
		case <-time.After(gap):
		case <-limit.C:
			return fmt.Errorf("after %v, %s", patience, what)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

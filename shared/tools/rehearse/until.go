package main

import (
	"context"
	"fmt"
	"time"
)

const (
	// patience is how long the whole chain may take to bring one update to a phone, while processes are killed.
	patience = time.Minute
	// glance is how often it is looked at.
	glance = 10 * time.Millisecond
)

// until looks again and again until nothing is missing any more. It gives up when patience ends, saying what still is.
func until(ctx context.Context, missing func() string) error {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	again := time.NewTicker(glance)
	defer again.Stop()
	for {
		what := missing()
		if what == "" {
			return nil
		}
		select {
		case <-again.C:
		case <-limit.C:
			return fmt.Errorf("after %v, %s", patience, what)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// persist repeats what was refused, as phones and business apps do. It gives up when patience ends, with the last refusal.
func persist(ctx context.Context, attempt func() error) error {
	var refusal error
	err := until(ctx, func() string {
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

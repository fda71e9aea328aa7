package sweep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// Walks keeps how far each walk has come.
type Walks interface {
	// Walk returns how far a walk has come; zero, but for its name, before the first.
	Walk(ctx context.Context, name string) (wallet.Walk, error)
	// SaveWalk makes the record durable. It fails with [wallet.ErrConflict], changing nothing, when the stored one is not of
	// w.Revision any more.
	SaveWalk(ctx context.Context, w wallet.Walk) (wallet.Revision, error)
}

// pagesPerCall bounds the pages of one call: at a thousand a page, ten million passes are walked in less than four days.
const pagesPerCall = 10

// walk begins a walk, not before a time has passed since the beginning of the last one, or goes on with it, by as many pages
// as one call may. page does the work of one and returns where the next begins: empty after the last. How far it came is
// recorded when all of a page is done, so a crash repeats a page and skips nothing.
func (s *Sweeper) walk(ctx context.Context, now time.Time, name string, every time.Duration, page func(context.Context, wallet.Walk) (next string, err error)) error {
	w, err := s.Store.Walk(ctx, name)
	if err != nil {
		return fmt.Errorf("walk over %s: %w", name, err)
	}
	if w.After == "" {
		if now.Before(w.Started.Add(every)) {
			return nil
		}
		w = w.Begin(now)
	}
	for range pagesPerCall {
		next, err := page(ctx, w)
		if err != nil {
			return fmt.Errorf("walk over %s: %w", name, err)
		}
		w.After = next
		w.Revision, err = s.Store.SaveWalk(ctx, w)
		if errors.Is(err, wallet.ErrConflict) { // another call was as far
			return nil
		}
		if err != nil {
			return fmt.Errorf("walk over %s: %w", name, err)
		}
		if w.After == "" {
			return nil
		}
	}
	return nil
}

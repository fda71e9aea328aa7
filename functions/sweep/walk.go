package sweep

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/wallet"
)

// Documents reads documents and packages, and keeps how far the walk over them has come.
type Documents interface {
	// DocumentRevisions returns a page of at most limit documents of all pass types, in an order that stays, and where the
	// next one begins: empty after the last. after is empty for the first page.
	DocumentRevisions(ctx context.Context, after string, limit int) (page []wallet.DocumentRevision, next string, err error)
	// CurrentPackages yields the pointer of each pass, in any order; what there is none of comes with its ID alone. A record
	// that cannot be read is a [wallet.ErrInvalid] in its place; any other error ends the sequence.
	CurrentPackages(ctx context.Context, ids []wallet.PassID) iter.Seq2[wallet.CurrentPackage, error]
	// Walk returns how far the walk has come; zero before the first.
	Walk(ctx context.Context) (wallet.Walk, error)
	// SaveWalk makes the record durable. It fails with [wallet.ErrConflict], changing nothing, when the stored one is not of
	// w.Revision any more.
	SaveWalk(ctx context.Context, w wallet.Walk) (wallet.Revision, error)
}

const (
	// documentsPerPage is how many documents are read, compared and recorded at a time. Each costs two reads.
	documentsPerPage = 1000
	// pagesPerCall bounds the pages of one call: ten million passes are walked in less than four days.
	pagesPerCall = 10
	// walkEvery is the least time between the beginnings of two walks, which bounds what few passes cost.
	walkEvery = 6 * time.Hour
	// firstWalk is how far the first walk of all looks back for packages.
	firstWalk = 48 * time.Hour
)

// announceAgain are the ages at which a package is announced again, to every device that registered its pass: whether its
// fan-out was lost, or reached only some of them, cannot be seen without reading them all, and the fan-out does just that.
// Announcing costs little and does no harm, for a device that was told is not told twice.
var announceAgain = []time.Duration{grace, 6 * time.Hour, 24 * time.Hour}

// walk goes on with the walk over all documents and their packages, by as many pages as one call may.
func (s *Sweeper) walk(ctx context.Context, now time.Time, done *report) error {
	walk, err := s.Store.Walk(ctx)
	if err != nil {
		return fmt.Errorf("walk: %w", err)
	}
	if walk.After == "" {
		if now.Before(walk.Started.Add(walkEvery)) {
			return nil
		}
		walk = walk.Begin(now)
	}
	stage := &stage{Sweeper: s, now: now, since: lookBack(walk)}
	for range pagesPerCall {
		walk, err = s.page(ctx, walk, stage, done)
		if errors.Is(err, wallet.ErrConflict) { // another call was as far
			return nil
		}
		if err != nil {
			return fmt.Errorf("walk: %w", err)
		}
		if walk.After == "" {
			return nil
		}
	}
	return nil
}

// page looks at the next documents and their packages. How far it came is recorded when all that it announced is durable, so
// a crash repeats a page and skips nothing.
func (s *Sweeper) page(ctx context.Context, walk wallet.Walk, stage *stage, done *report) (wallet.Walk, error) {
	page, next, err := s.Store.DocumentRevisions(ctx, walk.After, documentsPerPage)
	if err != nil {
		return walk, err
	}
	if err := s.compare(ctx, page, stage, done); err != nil {
		return walk, err
	}
	walk.After = next
	walk.Revision, err = s.Store.SaveWalk(ctx, walk)
	return walk, err
}

// lookBack returns the time since when the walk has to make up for what the one before it may have been too early for. Where
// a clock was set back in between, a few minutes are looked at twice.
func lookBack(w wallet.Walk) time.Time {
	if w.Previous.IsZero() {
		return w.Started.Add(-firstWalk)
	}
	return w.Previous.Add(-3 * grace)
}

// compare compares a page of documents with their packages. One pass's failure stops no other; the first is returned.
func (s *Sweeper) compare(ctx context.Context, page []wallet.DocumentRevision, stage *stage, done *report) error {
	documents := make(map[wallet.PassID]wallet.Revision, len(page))
	ids := make([]wallet.PassID, len(page))
	for i, doc := range page {
		ids[i], documents[doc.ID] = doc.ID, doc.Revision
	}
	group := new(errgroup.Group)
	group.SetLimit(inFlight)
	var broken error
	for pkg, err := range s.Store.CurrentPackages(ctx, ids) {
		if errors.Is(err, wallet.ErrInvalid) {
			s.Log.ErrorContext(ctx, "unreadable package record", "error", err)
			done.Unreadable++
			continue
		}
		if err != nil {
			broken = err
			break
		}
		group.Go(func() error { return stage.follow(ctx, documents[pkg.ID], pkg) })
	}
	err := group.Wait()
	done.Documents += len(page)
	done.Ahead, done.Packages = int(stage.ahead.Load()), int(stage.announced.Load())
	return errors.Join(broken, err)
}

// A stage is what one call does of the walk, and the part of time that it has to make up for.
type stage struct {
	*Sweeper
	since, now       time.Time
	ahead, announced atomic.Int64
}

// follow announces one pass again where it has stopped on its way. A document is ahead when the record was made from an older
// one; a refusal is recorded in it like a package, so a document that was refused is not. Who brings the package up to its
// document announces it, too.
func (s *stage) follow(ctx context.Context, doc wallet.Revision, pkg wallet.CurrentPackage) error {
	if !pkg.Personalized.IsZero() && len(pkg.RequiredPersonalizationFields) > 0 && s.now.Sub(pkg.Personalized) >= grace {
		return s.personalized(ctx, pkg.ID)
	}
	if doc > pkg.SourceRevision {
		return s.changed(ctx, pkg.ID, s.now.Sub(doc.Time()))
	}
	if pkg.Version == 0 || !s.reached(pkg.CommittedAt().Time()) {
		return nil
	}
	if err := s.Events.PassPackaged(ctx, wallet.PassPackaged{PassID: pkg.ID, Version: pkg.Version}); err != nil {
		return fmt.Errorf("announce version %d of %v: %w", pkg.Version, pkg.ID, err)
	}
	s.announced.Add(1)
	return nil
}

// changed announces a document that has been ahead of its package for longer than the grace. An alert counts the line.
func (s *stage) changed(ctx context.Context, id wallet.PassID, behind time.Duration) error {
	if behind < grace {
		return nil
	}
	s.Log.WarnContext(ctx, "document ahead of package", "passTypeIdentifier", id.PassTypeIdentifier,
		"serialNumber", id.SerialNumber, "seconds", int64(behind.Seconds()))
	if err := s.Events.PassChanged(ctx, wallet.PassChanged{PassID: id}); err != nil {
		return fmt.Errorf("announce that %v changed: %w", id, err)
	}
	s.ahead.Add(1)
	return nil
}

// personalized announces a sign-up whose form is still in the package after the grace: what follows it may have been lost. To
// the business first, since the form's leaving is what ends the announcements.
func (s *stage) personalized(ctx context.Context, id wallet.PassID) error {
	if err := s.Events.PassPersonalized(ctx, wallet.PassPersonalized{PassID: id}); err != nil {
		return fmt.Errorf("announce that the customer of %v has signed up: %w", id, err)
	}
	if err := s.Events.PassChanged(ctx, wallet.PassChanged{PassID: id}); err != nil {
		return fmt.Errorf("announce that %v changed: %w", id, err)
	}
	s.ahead.Add(1)
	return nil
}

// reached reports that a package committed at a time has reached, in this stage, an age at which it is announced again.
func (s *stage) reached(committed time.Time) bool {
	return slices.ContainsFunc(announceAgain, func(age time.Duration) bool {
		at := committed.Add(age)
		return at.After(s.since) && !at.After(s.now)
	})
}

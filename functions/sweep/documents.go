package sweep

import (
	"cmp"
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

// Documents reads documents and packages.
type Documents interface {
	// DocumentRevisions returns a page of at most limit documents of all pass types, in an order that stays, and where the
	// next one begins: empty after the last. after is empty for the first page.
	DocumentRevisions(ctx context.Context, after string, limit int) (page []wallet.DocumentRevision, next string, err error)
	// CurrentPackages yields, in the same order, the pointers of the passes whose documents lie between two places, or would;
	// empty for the beginning and the end. A record that cannot be read is a [wallet.ErrInvalid] in its place, beside its ID;
	// any other error ends the sequence.
	CurrentPackages(ctx context.Context, after, until string) iter.Seq2[wallet.CurrentPackage, error]
}

const (
	// documentsPerPage is how many documents are read, compared and recorded at a time. Each costs two reads.
	documentsPerPage = 1000
	// documentsEvery is the least time between the beginnings of two walks, which bounds what few passes cost.
	documentsEvery = 6 * time.Hour
	// firstWalk is how far the first walk of all looks back for packages.
	firstWalk = 48 * time.Hour
)

// announceAgain are the ages at which a package is announced again, to every device that registered its pass: whether its
// fan-out was lost, or reached only some of them, cannot be seen without reading them all, and the fan-out does just that.
// Announcing costs little and does no harm, for a device that was told is not told twice.
var announceAgain = []time.Duration{grace, 6 * time.Hour, 24 * time.Hour}

// documents goes on with the walk over all documents and their packages.
func (s *Sweeper) documents(ctx context.Context, now time.Time, done *report) error {
	var work *stage
	return s.walk(ctx, now, wallet.WalkDocuments, documentsEvery, func(ctx context.Context, w wallet.Walk) (string, error) {
		if work == nil {
			work = &stage{Sweeper: s, now: now, since: lookBack(w), campaigns: make(map[wallet.CampaignID]wallet.Campaign)}
		}
		page, next, err := s.Store.DocumentRevisions(ctx, w.After, documentsPerPage)
		if err != nil {
			return "", err
		}
		return next, work.compare(ctx, page, w.After, next, done)
	})
}

// lookBack returns the time since when the walk has to make up for what the one before it may have been too early for. Where
// a clock was set back in between, a few minutes are looked at twice.
func lookBack(w wallet.Walk) time.Time {
	if w.Previous.IsZero() {
		return w.Started.Add(-firstWalk)
	}
	return w.Previous.Add(-3 * grace)
}

// compare compares a page of documents with their packages, those of documents that are gone among them. The documents were
// read before, so one that is missing here and has a package by now is new, and its package too. One pass's failure stops no
// other; the first is returned.
func (s *stage) compare(ctx context.Context, page []wallet.DocumentRevision, after, until string, done *report) error {
	documents := make(map[wallet.PassID]wallet.Revision, len(page))
	for _, doc := range page {
		documents[doc.ID] = doc.Revision
	}
	group := new(errgroup.Group)
	group.SetLimit(inFlight)
	follow := func(doc wallet.Revision, pkg wallet.CurrentPackage, outdated bool) {
		group.Go(func() error { return s.follow(ctx, doc, pkg, outdated) })
	}
	var broken, unknown error
	for pkg, err := range s.Store.CurrentPackages(ctx, after, until) {
		if err != nil && !errors.Is(err, wallet.ErrInvalid) {
			broken = err
			break
		}
		doc := documents[pkg.ID]
		delete(documents, pkg.ID)
		if err != nil {
			s.Log.ErrorContext(ctx, "unreadable package record", "error", err)
			done.Unreadable++
			continue
		}
		campaign, err := s.campaign(ctx, pkg)
		if errors.Is(err, wallet.ErrInvalid) { // said once a call, for the stage keeps what it met
			s.Log.ErrorContext(ctx, "unreadable campaign", "error", err)
			done.Unreadable++
			err = nil
		}
		unknown = cmp.Or(unknown, err)
		follow(doc, pkg, s.outdated(pkg, campaign))
	}
	for _, doc := range page {
		if revision, unpackaged := documents[doc.ID]; unpackaged && broken == nil {
			follow(revision, wallet.CurrentPackage{ID: doc.ID}, false)
		}
	}
	err := group.Wait()
	done.Documents += len(page)
	done.Ahead, done.Packages = int(s.ahead.Load()), int(s.announced.Load())
	return errors.Join(broken, unknown, err)
}

// A stage is what one call does of the walk over documents, and the part of time that it has to make up for.
type stage struct {
	*Sweeper
	since, now       time.Time
	ahead, announced atomic.Int64
	campaigns        map[wallet.CampaignID]wallet.Campaign // of the templates met
	behind           int                                   // packages found outdated
}

// follow announces one pass again where it has stopped on its way. A document is ahead when the record was made from an older
// one, or from one that has since been taken away; a refusal is recorded in it like a package, so a document that was refused
// is not. Who brings the package up to its document announces it, too. A package may also be outdated by its template. One whose
// template was not there when its document came is tried again at a few ages, in case it has been uploaded since, and no more: a
// name that a document has made up would be tried for ever. (Where a campaign shows that the template is none such, the package is
// outdated until it comes up.)
func (s *stage) follow(ctx context.Context, doc wallet.Revision, pkg wallet.CurrentPackage, outdated bool) error {
	if !pkg.Personalized.IsZero() && len(pkg.RequiredPersonalizationFields) > 0 && s.now.Sub(pkg.Personalized) >= grace {
		return s.personalized(ctx, pkg)
	}
	switch gone := doc == 0; {
	case doc > pkg.SourceRevision:
		return s.changed(ctx, pkg.ID, s.now.Sub(doc.Time()))
	case gone && pkg.Version > 0 && !pkg.DocumentGone: // since when is not known: after what the record knew of, at any rate
		return s.changed(ctx, pkg.ID, s.now.Sub(pkg.Revision.Time()))
	case outdated, untried(pkg) && s.reached(pkg.Problem.Time):
		return s.announce(ctx, pkg.ID)
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
	return s.announce(ctx, id)
}

// announce asks the packager to look at a pass.
func (s *stage) announce(ctx context.Context, id wallet.PassID) error {
	if err := s.Events.PassChanged(ctx, wallet.PassChanged{PassID: id}); err != nil {
		return fmt.Errorf("announce that %v changed: %w", id, err)
	}
	s.ahead.Add(1)
	return nil
}

// personalized announces a sign-up whose form is still in the package after the grace: what follows it may have been lost. To
// the business first, since the form's leaving is what ends the announcements; and at a few ages alone, since the form of a
// document that is refused stays.
func (s *stage) personalized(ctx context.Context, pkg wallet.CurrentPackage) error {
	if s.reached(pkg.Personalized) {
		if err := s.Events.PassPersonalized(ctx, wallet.PassPersonalized{PassID: pkg.ID}); err != nil {
			return fmt.Errorf("announce that the customer of %v has signed up: %w", pkg.ID, err)
		}
	}
	return s.announce(ctx, pkg.ID)
}

// reached reports that what happened at a time has reached, in this stage, an age at which it is announced again.
func (s *stage) reached(happened time.Time) bool {
	return slices.ContainsFunc(announceAgain, func(age time.Duration) bool {
		at := happened.Add(age)
		return at.After(s.since) && !at.After(s.now)
	})
}

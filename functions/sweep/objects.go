package sweep

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/wallet"
)

// Packages reads the pointer to the current package.
type Packages interface {
	// CurrentPackage fails with [wallet.ErrUnreadable] where somebody has spoilt the record.
	CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error)
}

// Bucket keeps packages.
type Bucket interface {
	// List returns the next names that begin with prefix and come after a name, sorted: at most limit, and none only when
	// there are no more.
	List(ctx context.Context, prefix, after string, limit int) ([]string, error)
	// Remove takes an object away; one that is not there is away already.
	Remove(ctx context.Context, name string) error
}

const (
	// objectsPerPage is how many names of packages are listed at a time.
	objectsPerPage = 1000
	// objectsEvery is the least time between the beginnings of two walks.
	objectsEvery = 24 * time.Hour
	// keep is how long a package that was superseded stays: for whoever is just fetching it, and to go back to. The timeline of a
	// busy pass reaches back no further; see [wallet.CurrentPackage.Record].
	keep = 24 * time.Hour
)

// objects goes on with the walk over all packages in the bucket, and removes those that have long been superseded. Most
// passes have one object and cost nothing but its part of a list; where there are more, the record says which is the current
// one. What an attempt left that never got as far as its commit is found here too, once a later version is current.
func (s *Sweeper) objects(ctx context.Context, now time.Time, done *report) error {
	return s.walk(ctx, now, wallet.WalkObjects, objectsEvery, func(ctx context.Context, w wallet.Walk) (string, error) {
		names, err := s.Bucket.List(ctx, wallet.ObjectPrefix, w.After, objectsPerPage)
		if err != nil || len(names) == 0 {
			return "", err
		}
		passes, next := byPass(names), names[len(names)-1]
		if len(passes) > 1 {
			passes = passes[:len(passes)-1] // the last may go on in the next page
			last := passes[len(passes)-1].objects
			next = last[len(last)-1]
		}
		return next, s.tidy(ctx, passes, now.Add(-keep), done)
	})
}

// The versions of a pass are its objects in the bucket.
type versions struct {
	id      wallet.PassID
	objects []string
}

// byPass groups names, which are sorted, by their pass. What is no package of ours is left out.
func byPass(names []string) []versions {
	var passes []versions
	for _, name := range names {
		id, _, ours := wallet.ParseObjectName(name)
		switch n := len(passes); {
		case !ours:
		case n > 0 && passes[n-1].id == id:
			passes[n-1].objects = append(passes[n-1].objects, name)
		default:
			passes = append(passes, versions{id, []string{name}})
		}
	}
	return passes
}

// tidy removes what was superseded before a time. One pass's failure stops no other; the first is returned. A record that
// somebody has spoilt is none: it would stop the walk until it is mended.
func (s *Sweeper) tidy(ctx context.Context, passes []versions, before time.Time, done *report) error {
	group := new(errgroup.Group)
	group.SetLimit(inFlight)
	var removed, unreadable atomic.Int64
	for _, pass := range passes {
		if len(pass.objects) < 2 {
			continue
		}
		group.Go(func() error {
			pkg, err := s.Store.CurrentPackage(ctx, pass.id)
			if errors.Is(err, wallet.ErrUnreadable) {
				s.Log.ErrorContext(ctx, "unreadable package record", "error", err)
				unreadable.Add(1)
				return nil
			}
			if err != nil {
				return err
			}
			for _, object := range pass.objects {
				if !pkg.Superseded(object, before) {
					continue
				}
				if err := s.Bucket.Remove(ctx, object); err != nil {
					return err
				}
				removed.Add(1)
			}
			return nil
		})
	}
	err := group.Wait()
	done.Removed += int(removed.Load())
	done.Unreadable += int(unreadable.Load())
	return err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/wallet"
)

// Store is the restored database.
type Store interface {
	wallet.Devices
	// Document returns the document as it stands. ReadAt is always set.
	Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error)
	CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error)
	// SavePackage makes the record durable. It fails with [wallet.ErrConflict], changing nothing, when the stored one is not of
	// pkg.Revision any more.
	SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Revision, error)
	// CurrentPackages yields the pointers of the passes between two places; RegisteredDevices, the devices that registered a pass.
	// A record that cannot be read is a [wallet.ErrInvalid] in its place, that of a package beside its ID; any other error ends
	// the sequence.
	CurrentPackages(ctx context.Context, after, until string) iter.Seq2[wallet.CurrentPackage, error]
	RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error]
}

// Bucket keeps packages, and was not restored.
type Bucket interface {
	// List returns the next names that begin with prefix and come after a name, sorted: at most limit, and none only when there
	// are no more.
	List(ctx context.Context, prefix, after string, limit int) ([]string, error)
}

// Events announces passes that are to be packaged anew, or told of.
type Events interface {
	// PassChanged returns when the message is durable.
	PassChanged(ctx context.Context, e wallet.PassChanged) error
}

const (
	inFlight = 32   // passes that are at work at the same time
	patience = 100  // failures after which it is not about a single pass
	page     = 1000 // passes after which there is a line of progress, and objects of one list
)

// A restoration is one run over all passes and their devices.
type restoration struct {
	Store  Store
	Bucket Bucket
	Events Events
	Name   string // of capitals and digits, another for each run: what the epochs of its devices begin with
	Out    io.Writer
	Errors io.Writer

	mu                               sync.Mutex
	passes, phones, packages, failed int
}

// run sees to every pass. One's failure stops no other; that there was any is an error in the end.
func (r *restoration) run(ctx context.Context) error {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	var group errgroup.Group
	group.SetLimit(inFlight)
	for pkg, err := range r.Store.CurrentPackages(ctx, "", "") {
		if err != nil && !errors.Is(err, wallet.ErrInvalid) {
			giveUp(err)
			break
		}
		group.Go(func() error {
			if r.done(r.pass(ctx, pkg, err)) == patience {
				giveUp(fmt.Errorf("%d passes failed", patience))
			}
			return nil
		})
	}
	group.Wait()
	fmt.Fprintln(r.Out, r)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("not all passes were looked at; run it again: %w", context.Cause(ctx))
	case r.failed > 0:
		return fmt.Errorf("%d passes failed, for the reasons above; mend what cannot be read, and run it again", r.failed)
	}
	return nil
}

// String says how far the run has come.
func (r *restoration) String() string {
	return fmt.Sprintf("%d passes; %d packages after later ones, or to be made anew; %d phones to be told of all their passes", r.passes, r.packages, r.phones)
}

// done counts a pass, and what was done for it, and returns how many have failed.
func (r *restoration) done(announced bool, phones int, err error) (failed int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.passes, r.phones = r.passes+1, r.phones+phones
	if announced {
		r.packages++
	}
	if err != nil {
		r.failed++
		fmt.Fprintln(r.Errors, err)
	}
	if r.passes%page == 0 {
		fmt.Fprintln(r.Out, r)
	}
	return r.failed
}

// pass sees to the package of a pass and then, whatever became of that, to each of its devices.
func (r *restoration) pass(ctx context.Context, pkg wallet.CurrentPackage, err error) (announced bool, phones int, _ error) {
	if err == nil {
		announced, err = r.goOn(ctx, pkg)
	}
	if err != nil {
		err = fmt.Errorf("package of %v: %w", pkg.ID, err)
	}
	for device, failure := range r.Store.RegisteredDevices(ctx, pkg.ID, wallet.Shard{}) {
		renewed := false
		if failure == nil {
			_, failure = wallet.UpdateDevice(ctx, r.Store, device, func(d *wallet.Device) bool {
				renewed = d.Renew(r.Name) // once, however many passes it has
				return renewed
			})
		}
		if failure != nil {
			err = errors.Join(err, fmt.Errorf("devices of %v: %w", pkg.ID, failure))
			if !errors.Is(failure, wallet.ErrInvalid) {
				break
			}
		} else if renewed {
			phones++
		}
	}
	return announced, phones, err
}

// goOn makes the record of a package go on as what is in the bucket asks for, and announces the pass: it is packaged anew where it
// has to be, and its devices are told, those among them that began another life with another pass and have asked since. One that an
// earlier run has left to be packaged anew is announced again.
func (r *restoration) goOn(ctx context.Context, pkg wallet.CurrentPackage) (announced bool, _ error) {
	for attempt := 0; ; attempt++ {
		next, changed, err := r.restored(ctx, pkg)
		if err == nil && changed {
			_, err = r.Store.SavePackage(ctx, next)
		}
		switch {
		case err == nil && !changed && (next.Version == 0 || next.ContentHash != ""):
			return false, nil
		case err == nil:
			return true, r.Events.PassChanged(ctx, wallet.PassChanged{PassID: pkg.ID})
		case !errors.Is(err, wallet.ErrConflict):
			return false, err
		}
		if err := wallet.Backoff(ctx, attempt); err != nil {
			return false, err
		}
		if pkg, err = r.Store.CurrentPackage(ctx, pkg.ID); err != nil {
			return false, err
		}
	}
}

// restored is [wallet.CurrentPackage.Restored] with what is in the bucket, by the store's clock: that of whoever runs this may be
// behind those that phones were told the times of.
func (r *restoration) restored(ctx context.Context, pkg wallet.CurrentPackage) (next wallet.CurrentPackage, changed bool, _ error) {
	var objects []string
	for after := ""; ; after = objects[len(objects)-1] {
		names, err := r.Bucket.List(ctx, fmt.Sprintf("%s%v/", wallet.ObjectPrefix, pkg.ID), after, page)
		if err != nil {
			return pkg, false, err
		}
		if len(names) == 0 {
			break
		}
		objects = append(objects, names...)
	}
	if next, changed = pkg.Restored(objects, time.Time{}); !changed {
		return next, false, nil
	}
	doc, err := r.Store.Document(ctx, pkg.ID)
	next, changed = pkg.Restored(objects, doc.ReadAt.Time())
	return next, changed, err
}

package sweep

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/wallet"
)

// Devices reads and writes device records.
type Devices interface {
	wallet.Devices
	// DevicesDue yields the devices of every pass type whose push was due by a time, the longest due first. A record that
	// cannot be read is a [wallet.ErrInvalid] in its place; any other error ends the sequence.
	DevicesDue(ctx context.Context, by time.Time) iter.Seq2[wallet.Device, error]
}

// devicesPerCall bounds the devices of one call.
const devicesPerCall = 5000

// devices announces the pushes that fell due longer than the grace ago. One device's failure stops no other; the first is
// returned.
func (s *Sweeper) devices(ctx context.Context, now time.Time, done *report) error {
	w := &wave{Sweeper: s, now: now, by: now.Add(-grace), tokens: make(map[target]bool)}
	group := new(errgroup.Group)
	group.SetLimit(inFlight)
	var broken error
	left := devicesPerCall
	for device, err := range s.Store.DevicesDue(ctx, w.by) {
		if errors.Is(err, wallet.ErrInvalid) {
			s.Log.ErrorContext(ctx, "unreadable device record", "error", err)
			done.Unreadable++
			continue
		}
		if err != nil {
			broken = err
			break
		}
		first := device.NeedsPush(now) && w.first(device)
		group.Go(func() error { return w.push(ctx, device, first) })
		if left--; left == 0 {
			break
		}
	}
	err := group.Wait()
	done.Pushes, done.Settled = int(w.announced.Load()), int(w.settled.Load())
	return errors.Join(broken, err)
}

// A wave is the devices of one call.
type wave struct {
	*Sweeper
	now, by            time.Time
	tokens             map[target]bool
	announced, settled atomic.Int64
}

// A target is what one push of a wave goes to.
type target struct {
	token              wallet.PushToken
	passTypeIdentifier string
}

// first reports whether the device is the first of the wave with its push token: a device seen under two identifiers is
// woken once, and then asks under the one it has.
func (w *wave) first(d wallet.Device) bool {
	t := target{d.PushToken, d.ID.PassTypeIdentifier}
	first := !w.tokens[t]
	w.tokens[t] = true
	return first
}

// push announces the push that is owed to a device, and then records that it did. A crash in between announces it again
// the next time; the other order could lose it. Where none is owed, it only records that none is due any more.
func (w *wave) push(ctx context.Context, seen wallet.Device, first bool) error {
	owed := seen.NeedsPush(w.now)
	if owed && first {
		pass := wallet.PassID{PassTypeIdentifier: seen.ID.PassTypeIdentifier, SerialNumber: seen.LastChanged()}
		event := wallet.PassPackaged{PassID: pass, DeviceLibraryIdentifier: seen.ID.DeviceLibraryIdentifier}
		if err := w.Events.PassPackaged(ctx, event); err != nil {
			return fmt.Errorf("announce to %v: %w", seen.ID, err)
		}
		w.announced.Add(1)
	}
	_, err := wallet.UpdateDevice(ctx, w.Store, seen, func(d *wallet.Device) bool {
		// Not what has become due since the record was seen: the pipeline is at it.
		return !d.PushDue.After(w.by) && d.PushAnnounced(w.now)
	})
	if err == nil && !owed {
		w.settled.Add(1)
	}
	return err
}

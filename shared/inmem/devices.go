package inmem

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// devicePage is how many devices are read at one moment. It is small, so that tests meet writes between two pages.
const devicePage = 100

// RegisteredDevices yields every device that registered the pass, ordered by identifier. Devices are read in pages: one
// that registers meanwhile may be met or not, as its ReadAt tells.
func (s *Store) RegisteredDevices(ctx context.Context, id wallet.PassID) iter.Seq2[wallet.Device, error] {
	registered := func(d wallet.Device) bool {
		_, ok := d.Passes[id.SerialNumber]
		return ok && d.ID.PassTypeIdentifier == id.PassTypeIdentifier
	}
	return s.pages(registered, byName, func() error { return ready(ctx, id) })
}

// CountDevices returns how many devices registered the pass, and limit where there are more.
func (s *Store) CountDevices(ctx context.Context, id wallet.PassID, limit int) (int, error) {
	if err := ready(ctx, id); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return min(s.registered[id], limit), nil
}

// DevicesDue yields the devices of every pass type whose push was due by a time, the longest due first, under the rules of
// [Store.RegisteredDevices].
func (s *Store) DevicesDue(ctx context.Context, by time.Time) iter.Seq2[wallet.Device, error] {
	due := func(d wallet.Device) bool { return !d.PushDue.IsZero() && !d.PushDue.After(by) }
	return s.pages(due, byPushDue, ctx.Err)
}

func byName(a, b wallet.Device) int {
	return cmp.Or(
		cmp.Compare(a.ID.PassTypeIdentifier, b.ID.PassTypeIdentifier),
		cmp.Compare(a.ID.DeviceLibraryIdentifier, b.ID.DeviceLibraryIdentifier),
	)
}

func byPushDue(a, b wallet.Device) int { return cmp.Or(a.PushDue.Compare(b.PushDue), byName(a, b)) }

// pages yields the devices for which a condition holds, in an order, page by page; ready says before each whether the call
// may go on.
func (s *Store) pages(holds func(wallet.Device) bool, order func(a, b wallet.Device) int, ready func() error) iter.Seq2[wallet.Device, error] {
	return func(yield func(wallet.Device, error) bool) {
		var last *wallet.Device
		for {
			if err := ready(); err != nil {
				yield(wallet.Device{}, err)
				return
			}
			page := s.page(func(d wallet.Device) bool { return holds(d) && (last == nil || order(d, *last) > 0) }, order)
			for _, d := range page {
				if !yield(d, nil) {
					return
				}
			}
			if len(page) < devicePage {
				return
			}
			last = &page[len(page)-1]
		}
	}
}

// page reads the first devices, in an order, for which a condition holds.
func (s *Store) page(holds func(wallet.Device) bool, order func(a, b wallet.Device) int) []wallet.Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []wallet.Device
	for _, d := range s.devices {
		if holds(d) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, order)
	found = found[:min(len(found), devicePage)]
	for i := range found {
		found[i] = s.readDevice(found[i].ID)
	}
	return found
}

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

// RegisteredDevices yields the devices of a shard that registered the pass, ordered by identifier. Devices are read in pages:
// one that registers meanwhile may be met or not, as its ReadAt tells.
func (s *Store) RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error] {
	return func(yield func(wallet.Device, error) bool) {
		for {
			if err := cmp.Or(ready(ctx, id), shard.Validate()); err != nil {
				yield(wallet.Device{}, err)
				return
			}
			page := s.registeredPage(id, shard)
			for _, d := range page {
				if !yield(d, nil) {
					return
				}
			}
			if len(page) < devicePage {
				return
			}
			shard.After = page[len(page)-1].ID.DeviceLibraryIdentifier
		}
	}
}

// registeredPage reads the first devices of a shard.
func (s *Store) registeredPage(id wallet.PassID, shard wallet.Shard) []wallet.Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := s.registered[id].in(shard)
	page := make([]wallet.Device, min(len(names), devicePage))
	for i := range page {
		page[i] = s.readDevice(wallet.DeviceID{PassTypeIdentifier: id.PassTypeIdentifier, DeviceLibraryIdentifier: names[i]})
	}
	return page
}

// CountDevices returns how many devices of a shard registered the pass, and limit where there are more.
func (s *Store) CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error) {
	if err := cmp.Or(ready(ctx, id), shard.Validate()); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return min(s.registered[id].count(shard), limit), nil
}

// DevicesDue yields the devices of every pass type whose push was due by a time, the longest due first, under the rules of
// [Store.RegisteredDevices].
func (s *Store) DevicesDue(ctx context.Context, by time.Time) iter.Seq2[wallet.Device, error] {
	return func(yield func(wallet.Device, error) bool) {
		var last wallet.Device // longer due than any
		for {
			if err := ctx.Err(); err != nil {
				yield(wallet.Device{}, err)
				return
			}
			page := s.duePage(last, by)
			for _, d := range page {
				if !yield(d, nil) {
					return
				}
			}
			if len(page) < devicePage {
				return
			}
			last = page[len(page)-1]
		}
	}
}

// duePage reads the first devices after one whose push was due by a time.
func (s *Store) duePage(after wallet.Device, by time.Time) []wallet.Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []wallet.Device
	for _, d := range s.devices {
		if !d.PushDue.IsZero() && !d.PushDue.After(by) && byPushDue(d, after) > 0 {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, byPushDue)
	found = found[:min(len(found), devicePage)]
	for i := range found {
		found[i] = s.readDevice(found[i].ID)
	}
	return found
}

func byPushDue(a, b wallet.Device) int {
	return cmp.Or(
		a.PushDue.Compare(b.PushDue),
		cmp.Compare(a.ID.PassTypeIdentifier, b.ID.PassTypeIdentifier),
		cmp.Compare(a.ID.DeviceLibraryIdentifier, b.ID.DeviceLibraryIdentifier),
	)
}

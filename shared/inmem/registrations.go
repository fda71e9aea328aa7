package inmem

import (
	"cmp"
	"slices"

	"walletpasses.example/server/shared/wallet"
)

// registrations are the devices that registered one pass: the index by which they are found. Of a pass that nobody has
// registered there are none, which is nil.
type registrations struct {
	order[wallet.DeviceLibraryIdentifier]
}

// in returns the devices of a shard, in order.
func (r *registrations) in(shard wallet.Shard) []wallet.DeviceLibraryIdentifier {
	if r == nil {
		return nil
	}
	names := r.sorted()
	behind := func(bound wallet.DeviceLibraryIdentifier) int {
		at, there := slices.BinarySearch(names, bound)
		if there {
			at++
		}
		return at
	}
	from, to := behind(shard.After), len(names)
	if shard.Until != "" {
		to = max(from, behind(shard.Until))
	}
	return names[from:to]
}

// count returns how many devices a shard has. Of all of them it needs no order.
func (r *registrations) count(shard wallet.Shard) int {
	if r != nil && shard == (wallet.Shard{}) {
		return len(r.keys)
	}
	return len(r.in(shard))
}

// reindex takes note of what a device has registered and unregistered. The caller holds the lock.
func (s *Store) reindex(before, now wallet.Device) {
	for serial := range before.Passes {
		if _, still := now.Passes[serial]; !still {
			s.unindex(now.ID, serial)
		}
	}
	for serial := range now.Passes {
		if _, already := before.Passes[serial]; !already {
			s.index(now.ID, serial)
		}
	}
}

func (s *Store) index(device wallet.DeviceID, serial string) {
	id := wallet.PassID{PassTypeIdentifier: device.PassTypeIdentifier, SerialNumber: serial}
	r := s.registered[id]
	if r == nil {
		r = &registrations{order[wallet.DeviceLibraryIdentifier]{compare: cmp.Compare[wallet.DeviceLibraryIdentifier]}}
		s.registered[id] = r
	}
	r.add(device.DeviceLibraryIdentifier)
}

func (s *Store) unindex(device wallet.DeviceID, serial string) {
	id := wallet.PassID{PassTypeIdentifier: device.PassTypeIdentifier, SerialNumber: serial}
	r := s.registered[id]
	if r.remove(device.DeviceLibraryIdentifier); len(r.keys) == 0 {
		delete(s.registered, id)
	}
}

package wallet

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Device is everything known of one device for one pass type: where to push, which passes it registered, and how far
// it has followed. One record, so that a list is one read, a registration is one guarded write, and an update's fan-out
// touches one document per device.
//
// All rules of the update tag live in its methods. They change the value in memory; [UpdateDevice] makes the change
// durable or not at all.
type Device struct {
	ID             DeviceID
	PushToken      PushToken
	TokenConfirmed time.Time // when the device last sent PushToken; an older 410 says nothing about it
	TokenRefused   bool      // APNs called PushToken bad; not pushed to again until the device registers

	Epoch     string
	Sequence  int64 // rises by one with each change
	Presented int64 // the highest sequence that the device has shown us: delivered up to here
	Pushed    int64 // the sequence at the last push that APNs took

	PushDue   time.Time // from when on the sweep asks whether a push is owed; zero when none is and none is planned
	PushCount int       // pushes since the last change; the gaps grow with it

	Passes map[string]RegisteredPass // by serial number; a device without any does not exist

	Contact Contact

	Revision Revision // of the record as read; guards the next write
	ReadAt   Revision // when the store was read: every write up to here was visible
}

// A RegisteredPass is where one pass stands on one device.
type RegisteredPass struct {
	Sequence int64    // the device's sequence when this pass last changed for it
	Version  int64    // the package version of that change; 0 until the first one after registering
	Since    Revision // packages committed up to here are covered by Sequence
}

// Register records the pass and the push token of the request, which always wins. It reports whether the registration
// is new. A new one counts as a change for this device, since the pass may have changed between download and
// registration; a new token makes a push owed, since pushes to the old one may have been lost.
func (d *Device) Register(serialNumber string, token PushToken, now time.Time) (created bool) {
	if d.Epoch == "" {
		d.Epoch = newEpoch()
	}
	if token != d.PushToken || d.TokenRefused {
		d.PushToken, d.TokenRefused = token, false
		d.owePush()
	}
	d.TokenConfirmed = now
	if read := d.ReadAt.Time(); read.After(now) { // our clock is behind, and an older 410 would pass for a newer
		d.TokenConfirmed = read
	}
	if _, ok := d.Passes[serialNumber]; ok {
		return false
	}
	if d.Passes == nil {
		d.Passes = make(map[string]RegisteredPass)
	}
	d.change()
	d.Passes[serialNumber] = RegisteredPass{Sequence: d.Sequence, Since: d.ReadAt}
	return true
}

// Unregister forgets the pass and reports whether it was there.
func (d *Device) Unregister(serialNumber string) bool {
	_, ok := d.Passes[serialNumber]
	delete(d.Passes, serialNumber)
	if ok && !d.Behind() && d.Pushed == d.Sequence {
		d.PushDue = time.Time{} // it was due for the pass that is gone
	}
	return ok
}

// Changed records that a newer package of a registered pass can be fetched, and reports whether that was news: the same
// version announced again is not, nor is one committed before the device registered.
func (d *Device) Changed(pkg CurrentPackage) bool {
	p, ok := d.Passes[pkg.ID.SerialNumber]
	if !ok || pkg.Version == 0 || pkg.CommittedAt() <= p.Since {
		return false
	}
	d.change()
	d.Passes[pkg.ID.SerialNumber] = RegisteredPass{Sequence: d.Sequence, Version: pkg.Version, Since: pkg.CommittedAt()}
	return true
}

// change starts a new sequence, for which nothing was pushed yet.
func (d *Device) change() {
	d.Sequence++
	d.owePush()
}

// Renew begins another life of a record that was restored to an earlier time, whose sequence may count once more up to a tag
// that the device holds: the device is owed a push, and told of all its passes, whatever tag it sends. Epochs of one
// restoration begin with its name, which is of capitals and digits, as no other epoch is; a record that has such an epoch is
// left as it is, and so is one without passes. Renew reports whether anything changed.
func (d *Device) Renew(restoration string) bool {
	if len(d.Passes) == 0 || strings.HasPrefix(d.Epoch, restoration) {
		return false
	}
	d.Epoch, d.Presented = restoration+newEpoch(), 0
	d.Contact.Listed, d.Contact.Presented = time.Time{}, time.Time{}
	d.owePush()
	return true
}

// ChangedSince returns, sorted, the serial numbers that changed after the tag. A tag that is absent, of another epoch,
// or from the future means everything: it speaks of a record that is not this one.
func (d Device) ChangedSince(tag UpdateTag) []string {
	since := tag.Sequence
	if tag.Epoch != d.Epoch || since > d.Sequence {
		since = -1
	}
	var serials []string
	for _, serial := range slices.Sorted(maps.Keys(d.Passes)) {
		if d.Passes[serial].Sequence > since {
			serials = append(serials, serial)
		}
	}
	return serials
}

// LastChanged returns the serial number of the pass that changed last, or "" when none is registered.
func (d Device) LastChanged() string {
	var last string
	for serial, p := range d.Passes {
		if last == "" || p.Sequence > d.Passes[last].Sequence || p.Sequence == d.Passes[last].Sequence && serial < last {
			last = serial
		}
	}
	return last
}

// Tag is the tag of the record as it stands. It covers exactly what the same read lists.
func (d Device) Tag() UpdateTag { return UpdateTag{d.Epoch, d.Sequence} }

// Present takes note of the tag that the device sent, and reports whether it told us anything new. This alone counts as
// delivery: a device stores a tag only from an answer that it received.
func (d *Device) Present(tag UpdateTag) bool {
	if tag.Epoch != d.Epoch || tag.Sequence <= d.Presented || tag.Sequence > d.Sequence {
		return false
	}
	d.Presented, d.Contact.Presented = tag.Sequence, d.ReadAt.Time()
	if !d.Behind() { // whatever was owed to it, it has asked by itself
		d.Pushed, d.PushDue = d.Sequence, time.Time{}
	}
	return true
}

// Behind reports that the device has not yet shown a tag that covers the newest change of each of its passes. The change of
// a pass that it no longer has will never be in a list, so never in a tag.
func (d Device) Behind() bool {
	for _, p := range d.Passes {
		if p.Sequence > d.Presented {
			return true
		}
	}
	return false
}

// LogValue is the device's name, for slog: a log holds nothing else of the record.
func (d Device) LogValue() slog.Value { return d.ID.LogValue() }

// Clone returns a copy that shares nothing with d.
func (d Device) Clone() Device {
	d.Passes = maps.Clone(d.Passes)
	return d
}

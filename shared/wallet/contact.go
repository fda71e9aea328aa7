package wallet

import "time"

// A Contact is when we last had to do with a device, for whoever asks why it did not update. Nothing is decided by it. Each
// time is zero for never.
type Contact struct {
	Pushed    time.Time // when APNs last said something about PushToken that was recorded
	Answer    string    // what it said, such as "200" or "410 Unregistered"
	Listed    time.Time // when the device was first told of its newest change
	Presented time.Time // when it last showed a tag that was news: it has what changed up to there
}

// Tell takes note that the device is told of changed passes, and reports whether that is news: it is not when it has been told
// since they changed, or has shown that it knows. The time is that of the store's read, so no clock of ours is compared with the
// store's.
func (d *Device) Tell(serialNumbers []string) bool {
	for _, serial := range serialNumbers {
		if p := d.Passes[serial]; p.Sequence > d.Presented && d.Contact.Listed.Before(p.Since.Time()) {
			d.Contact.Listed = d.ReadAt.Time()
			return true
		}
	}
	return false
}

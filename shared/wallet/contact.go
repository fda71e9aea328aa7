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

// Tell takes note that the device is told of passes that had changed when the store was read, and reports whether that is news:
// it is not when it has been told since they changed, or has shown that it knows. The time is the store's, so no clock of ours is
// compared with it.
func (d *Device) Tell(serialNumbers []string, readAt Revision) bool {
	for _, serial := range serialNumbers {
		p := d.Passes[serial]
		if p.Sequence > d.Presented && p.Since <= readAt && d.Contact.Listed.Before(p.Since.Time()) {
			d.Contact.Listed = readAt.Time()
			return true
		}
	}
	return false
}

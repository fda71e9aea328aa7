package wallet

import "time"

// owePush makes a push owed. It is due from the time of the store's read, which is as good as now and no clock of ours: so
// whoever is to send it may crash, and the sweep finds it. To a refused token nothing is owed.
func (d *Device) owePush() {
	d.Pushed, d.PushCount = 0, 0
	if !d.TokenRefused {
		d.PushDue = d.ReadAt.Time()
	}
}

// NeedsPush reports whether to push now: something changed since the last push that APNs took, or that push led to
// nothing for long enough.
func (d Device) NeedsPush(now time.Time) bool {
	if d.TokenRefused || len(d.Passes) == 0 {
		return false
	}
	return d.Pushed < d.Sequence || d.Behind() && !d.PushDue.IsZero() && !now.Before(d.PushDue)
}

// pushGaps are the waits after the first, second, … push of a change that the device has not presented. The last one
// repeats until pushLimit.
var pushGaps = []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour}

// pushLimit is the number of pushes after which a silent device is left alone until something changes for it or it
// registers anew: one after 1 h, one after 6 h, then daily to 30 days.
const pushLimit = 32

// PushTaken records that APNs took a push to this token when the record stood at this tag, plans the next one, and reports
// whether that changed anything. An answer about a token that has since been replaced does not, and neither does one about
// an earlier life of the record: its sequence says nothing about this one's. Two pushes of one wave count as one.
func (d *Device) PushTaken(token PushToken, at UpdateTag, now time.Time) bool {
	if d.PushToken != token || d.Epoch != at.Epoch || at.Sequence < d.Pushed || len(d.Passes) == 0 {
		return false
	}
	if at.Sequence == d.Pushed && now.Before(d.PushDue) {
		return false
	}
	d.Pushed = at.Sequence
	if d.Pushed < d.Sequence {
		return true // what changed since is owed a push of its own, and due already
	}
	d.PushCount++
	if d.PushCount >= pushLimit || d.TokenRefused || !d.Behind() {
		d.PushDue = time.Time{}
		return true
	}
	d.PushDue = now.Add(pushGaps[min(d.PushCount, len(pushGaps))-1])
	return true
}

// PushAnnounced records that the sweep announced again, at a time, the push that had fallen due, and reports whether that
// changed anything: it does not when somebody else was faster. The push stays owed until APNs takes it, and falls due once
// more in an hour, should this announcement be lost too. Where no push is owed after all, none stays due.
func (d *Device) PushAnnounced(now time.Time) bool {
	switch {
	case d.PushDue.IsZero() || now.Before(d.PushDue):
		return false
	case d.NeedsPush(now):
		d.Pushed, d.PushDue = 0, now.Add(pushGaps[0])
	default:
		d.PushDue = time.Time{}
	}
	return true
}

// TokenGone handles APNs' 410, which says that the token has been inactive since a time. It forgets the device only when
// the answer is about its present token and newer than the device's last confirmation, and reports whether it did.
// https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
func (d *Device) TokenGone(token PushToken, since time.Time) bool {
	if d.PushToken != token || !d.TokenConfirmed.Before(since) {
		return false
	}
	clear(d.Passes)
	return true
}

// RefuseToken records that APNs called the token bad, when asked at a time, and reports whether that changed anything: it
// does not when the device has confirmed the token since. Nothing is deleted: the device repairs it by registering.
func (d *Device) RefuseToken(token PushToken, asked time.Time) bool {
	if d.PushToken != token || d.TokenConfirmed.After(asked) || len(d.Passes) == 0 {
		return false
	}
	d.TokenRefused, d.PushDue = true, time.Time{}
	return true
}

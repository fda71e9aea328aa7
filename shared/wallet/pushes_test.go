package wallet_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// readAt is when the store was read for the record of [registered].
var readAt = wallet.Revision(10).Time()

// pushed is a device that was pushed to for its newest change at noon, and has not presented it.
func pushed(t *testing.T) *wallet.Device {
	t.Helper()
	d := registered(t, "a")
	d.PushTaken(tokenA, d.Tag(), noon)
	return d
}

func TestRevisionIsATime(t *testing.T) {
	if got := wallet.Revision(noon.UnixMicro() + 1).Time(); !got.Equal(noon.Add(time.Microsecond)) || got.Location() != time.UTC {
		t.Errorf("%v", got)
	}
}

// Whoever is to send a push may crash before it: from the write on that makes one owed, the sweep finds it.
func TestAnOwedPushIsDueFromTheReadOn(t *testing.T) {
	for name, owe := range map[string]func(d *wallet.Device){
		"a change":                      func(d *wallet.Device) { d.Changed(version("a", 2, 11)) },
		"a registration":                func(d *wallet.Device) { d.Register("b", tokenA, noon) },
		"a new token":                   func(d *wallet.Device) { d.Register("a", tokenB, noon) },
		"a new token of one up to date": func(d *wallet.Device) { d.Present(d.Tag()); d.Register("a", tokenB, noon) },
		"a refused token confirmed":     func(d *wallet.Device) { d.RefuseToken(tokenA, noon); d.Register("a", tokenA, noon) },
	} {
		d := pushed(t)
		owe(d)
		if !d.PushDue.Equal(readAt) || !d.NeedsPush(noon) {
			t.Errorf("%s: due %v, want %v; owed %v", name, d.PushDue, readAt, d.NeedsPush(noon))
		}
	}
}

func TestNothingIsDueToWhomNothingIsOwed(t *testing.T) {
	for name, settle := range map[string]func(d *wallet.Device){
		"it presented its tag":          func(d *wallet.Device) { d.Present(d.Tag()) },
		"its token was refused":         func(d *wallet.Device) { d.RefuseToken(tokenA, noon) },
		"a change while it was refused": func(d *wallet.Device) { d.RefuseToken(tokenA, noon); d.Changed(version("a", 2, 11)) },
		"its new token was pushed to": func(d *wallet.Device) {
			d.Present(d.Tag())
			d.Register("a", tokenB, noon)
			d.PushTaken(tokenB, d.Tag(), noon)
		},
		"it was pushed to often enough": func(d *wallet.Device) {
			for range 31 {
				d.PushTaken(tokenA, d.Tag(), d.PushDue)
			}
		},
		"it presented, then was pushed": func(d *wallet.Device) { d.Present(d.Tag()); d.PushTaken(tokenA, d.Tag(), noon) },
	} {
		d := pushed(t)
		if settle(d); !d.PushDue.IsZero() {
			t.Errorf("%s: due %v", name, d.PushDue)
		}
	}
}

// A change that nobody will ever list is no reason to wake a device for a month.
func TestARemovedPassLeavesNothingDue(t *testing.T) {
	d := registered(t, "a", "b")
	d.Present(d.Tag())
	d.Changed(version("b", 2, 11))
	d.PushTaken(tokenA, d.Tag(), noon)
	if d.Unregister("b"); d.Behind() || !d.PushDue.IsZero() || d.NeedsPush(noon.AddDate(0, 0, 1)) {
		t.Errorf("behind %v, due %v", d.Behind(), d.PushDue)
	}
	d = registered(t, "a", "b")
	d.PushTaken(tokenA, d.Tag(), noon)
	if d.Unregister("b"); !d.Behind() || d.PushDue.IsZero() {
		t.Errorf("the other pass: behind %v, due %v", d.Behind(), d.PushDue)
	}
}

func TestANewTokenBeginsTheGapsAnew(t *testing.T) {
	d := pushed(t)
	for !d.PushDue.IsZero() {
		d.PushTaken(tokenA, d.Tag(), d.PushDue)
	}
	d.Register("a", tokenB, noon)
	if d.PushTaken(tokenB, d.Tag(), noon); !d.PushDue.Equal(noon.Add(time.Hour)) {
		t.Errorf("due %v, want an hour after noon", d.PushDue)
	}
}

// A message that is delivered twice pushes twice at worst; the second is no reason to wait longer.
func TestTwoPushesOfOneWaveCountAsOne(t *testing.T) {
	d := pushed(t)
	if d.PushTaken(tokenA, d.Tag(), noon.Add(time.Second)) || d.PushCount != 1 || !d.PushDue.Equal(noon.Add(time.Hour)) {
		t.Errorf("%d pushes, due %v", d.PushCount, d.PushDue)
	}
}

func TestWhoPresentsIsOwedNothingThatWasAnnounced(t *testing.T) { // promise 4
	d := pushed(t)
	later := d.PushDue
	d.PushAnnounced(later)
	if d.Present(d.Tag()); d.NeedsPush(later) {
		t.Error("a push is still owed")
	}
}

func TestAnEarlierTagLeavesThePushDue(t *testing.T) {
	d := pushed(t)
	tag := d.Tag()
	d.Changed(version("a", 2, 11))
	if d.Present(tag); !d.PushDue.Equal(readAt) {
		t.Errorf("due %v, want %v", d.PushDue, readAt)
	}
}

func TestAnswerAboutAnEarlierChangeLeavesTheLaterOneDue(t *testing.T) {
	d := registered(t, "a")
	tag := d.Tag()
	d.Changed(version("a", 2, 11)) // while the push was on its way
	if !d.PushTaken(tokenA, tag, noon) || !d.PushDue.Equal(readAt) || d.PushCount != 0 {
		t.Errorf("due %v after %d pushes, want %v after none", d.PushDue, d.PushCount, readAt)
	}
}

func TestAnAnnouncedPushIsOwedUntilItIsTaken(t *testing.T) {
	d := pushed(t)
	due := d.PushDue
	if d.PushAnnounced(due.Add(-time.Second)) || !d.PushDue.Equal(due) {
		t.Error("announced before it is due")
	}
	if !d.PushAnnounced(due) || !d.NeedsPush(due) || !d.PushDue.Equal(due.Add(time.Hour)) {
		t.Errorf("due %v, owed %v", d.PushDue, d.NeedsPush(due))
	}
	if d.PushAnnounced(due) { // by a call that ran at the same time
		t.Error("announced twice for one wave")
	}
	d.PushTaken(tokenA, d.Tag(), due)
	if d.NeedsPush(due) || !d.PushDue.Equal(due.Add(6*time.Hour)) {
		t.Errorf("after the push: due %v, owed %v; want the next gap", d.PushDue, d.NeedsPush(due))
	}
}

// Records of before the sweep kept a time after the device had presented its tag, or its token was refused.
func TestAPushThatIsNotOwedDoesNotStayDue(t *testing.T) {
	for name, settle := range map[string]func(d *wallet.Device){
		"presented": func(d *wallet.Device) { d.Presented = d.Sequence },
		"refused":   func(d *wallet.Device) { d.TokenRefused = true },
	} {
		d := pushed(t)
		settle(d)
		if !d.PushAnnounced(d.PushDue) || !d.PushDue.IsZero() || d.PushAnnounced(noon.AddDate(1, 0, 0)) {
			t.Errorf("%s: due %v", name, d.PushDue)
		}
	}
}

func TestLastChanged(t *testing.T) {
	d := registered(t, "a", "b", "c")
	if got := d.LastChanged(); got != "c" {
		t.Errorf("%q, want the last registered", got)
	}
	d.Changed(version("b", 2, 11))
	if got := d.LastChanged(); got != "b" {
		t.Errorf("%q, want the one that changed", got)
	}
	same := wallet.Device{Passes: map[string]wallet.RegisteredPass{"z": {}, "y": {}, "x": {}}}
	if got := same.LastChanged(); got != "x" {
		t.Errorf("%q, want the first by name", got)
	}
	if got := (wallet.Device{}).LastChanged(); got != "" {
		t.Errorf("%q of none", got)
	}
}

// Whatever happens to a record and in what order, the sweep can find every push that is owed to a device that is behind.
func TestNoOwedPushIsInvisible(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	tokens := []wallet.PushToken{tokenA, tokenB}
	for range 2000 {
		d, now := registered(t, "a"), noon
		var tags []wallet.UpdateTag
		for step := range 40 {
			now = now.Add(time.Duration(random.IntN(120)) * time.Minute)
			d.ReadAt = wallet.Revision(now.UnixMicro())
			tags = append(tags, d.Tag())
			token, tag := tokens[random.IntN(2)], tags[random.IntN(len(tags))]
			switch random.IntN(8) {
			case 0:
				d.Changed(version("a", int64(step), d.ReadAt))
			case 1:
				d.Register([]string{"a", "b"}[random.IntN(2)], token, now)
			case 2, 3:
				d.PushTaken(token, tag, now)
			case 4:
				d.RefuseToken(token, now)
			case 5:
				d.Present(tag)
			case 6:
				d.PushAnnounced(now)
			case 7:
				d.Unregister("b")
			}
			if owed := d.Behind() && d.NeedsPush(now); owed && d.PushDue.IsZero() {
				t.Fatalf("after %d steps a push is owed and never due: %+v", step, d)
			}
			if settled := !d.Behind() && d.Pushed == d.Sequence || d.TokenRefused; settled && !d.PushDue.IsZero() {
				t.Fatalf("after %d steps nothing is owed, and a push is due: %+v", step, d)
			}
		}
	}
}

// A worker whose clock is behind must not make a confirmation look older than a 410 of before it.
func TestPromise1_AConfirmationIsNotOlderThanTheStoresRead(t *testing.T) {
	d := wallet.Device{ReadAt: wallet.Revision(noon.UnixMicro())}
	d.Register("a", tokenA, noon.Add(-10*time.Minute))
	if d.TokenGone(tokenA, noon.Add(-time.Minute)) {
		t.Error("an older answer deletes the device")
	}
	if !d.TokenGone(tokenA, noon.Add(time.Minute)) {
		t.Error("a newer answer does not")
	}
}

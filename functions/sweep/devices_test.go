package sweep_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

func (h *house) device(name string) wallet.DeviceID {
	return wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(name)}
}

func (h *house) record(name string) wallet.Device {
	h.t.Helper()
	d, err := h.Store.Device(h.t.Context(), h.device(name))
	h.check(err)
	return d
}

// change is what somebody else does to a record.
func (h *house) change(name string, f func(d *wallet.Device)) {
	h.t.Helper()
	d := h.record(name)
	f(&d)
	_, err := h.Store.SaveDevice(h.t.Context(), d)
	h.check(err)
}

// register has a device, whose token is its name, register passes now, which makes a push due.
func (h *house) register(name string, serials ...string) {
	h.t.Helper()
	h.change(name, func(d *wallet.Device) {
		for _, serial := range serials {
			d.Register(serial, wallet.NewPushToken(name), h.now)
		}
	})
}

// push is what the push function does when an announcement reaches it.
func (h *house) push(name string) {
	h.t.Helper()
	h.change(name, func(d *wallet.Device) { d.PushTaken(d.PushToken, d.Tag(), h.now) })
}

func TestAPushThatWasLostIsAnnouncedAfterTheGrace(t *testing.T) {
	h := newHouse(t)
	h.register("phone-1", "a", "b")
	h.now = h.now.Add(grace - time.Microsecond)
	h.wantSwept("within the grace", "")
	h.now = h.now.Add(time.Second)
	h.wantSwept("after the grace", "packaged b to phone-1")
	h.wantSwept("called again", "")
	h.now = h.now.Add(time.Hour + grace - time.Microsecond)
	h.wantSwept("that was lost too, and due in an hour", "")
	h.now = h.now.Add(time.Microsecond)
	h.wantSwept("after the hour and the grace", "packaged b to phone-1")
}

func TestADeviceIsPushedToWithGrowingGapsUntilItPresentsItsTag(t *testing.T) {
	h := newHouse(t)
	h.register("phone-1", "a")
	h.push("phone-1")
	var waves []time.Duration
	for minute := time.Duration(0); minute < 80*24*60; minute += 5 {
		h.now = noon.Add(minute * time.Minute)
		if got, ok := h.sweep(); !ok {
			t.Fatal("it fails")
		} else if got != "" {
			waves = append(waves, h.now.Sub(noon))
			h.push("phone-1")
		}
	}
	if len(waves) != 31 || waves[0] != time.Hour+grace || waves[1] != 7*time.Hour+2*grace || waves[2] != 31*time.Hour+3*grace {
		t.Errorf("%d waves at %v", len(waves), waves)
	}
	if d := h.record("phone-1"); !d.PushDue.IsZero() {
		t.Errorf("a push is due after the last one: %v", d.PushDue)
	}

	h.register("phone-2", "a")
	h.push("phone-2")
	h.change("phone-2", func(d *wallet.Device) { d.Present(d.Tag()) })
	h.now = h.now.AddDate(0, 0, 2)
	h.wantSwept("presented", "")
}

// Records of before the sweep: a time that nobody cleared must not stand in the way of those that are owed a push.
func TestWhatIsNotOwedIsSettled(t *testing.T) {
	for name, settle := range map[string]func(d *wallet.Device){
		"presented": func(d *wallet.Device) { d.Presented = d.Sequence },
		"refused":   func(d *wallet.Device) { d.TokenRefused = true },
	} {
		h := newHouse(t)
		h.register("phone-1", "a")
		h.push("phone-1")
		h.change("phone-1", settle)
		h.now = h.now.Add(2 * time.Hour)
		h.wantSwept(name, "")
		if d := h.record("phone-1"); !d.PushDue.IsZero() || !strings.Contains(h.log.String(), "settled=1") {
			t.Errorf("%s: due %v, log %s", name, d.PushDue, &h.log)
		}
	}
}

func TestOneAnnouncementPerTokenAndPassTypeInAWave(t *testing.T) { // P-43, WS-REG-12
	h := newHouse(t)
	h.register("phone-1", "a")
	h.now = h.now.Add(time.Second)
	h.change("phone-2", func(d *wallet.Device) { d.Register("b", wallet.NewPushToken("phone-1"), h.now) })
	other := wallet.Device{ID: wallet.DeviceID{PassTypeIdentifier: "pass.com.example.other", DeviceLibraryIdentifier: "phone-1"}}
	other.Register("c", wallet.NewPushToken("phone-1"), h.now)
	_, err := h.Store.SaveDevice(t.Context(), other)
	h.check(err)
	h.now = h.now.Add(afterGrace)
	h.wantSwept("two identifiers of one device", "packaged a to phone-1, packaged c to phone-1")
	h.wantSwept("called again", "")
}

func TestDevicesOfOneCallAreBounded(t *testing.T) {
	h := newHouse(t)
	const devices, bound = 5003, 5000
	for n := range devices {
		h.register(fmt.Sprintf("phone-%d", n), "a")
	}
	h.now = noon.Add(time.Hour)
	if _, ok := h.sweep(); !ok || len(h.announced) != bound {
		t.Errorf("ok %v, %d announced, want %d", ok, len(h.announced), bound)
	}
	h.wantSwept("those that fell due last", "packaged a to phone-5000, packaged a to phone-5001, packaged a to phone-5002")
}

// Whatever a call loses, the next one announces, and it stops no other device.
func TestDeviceFailures(t *testing.T) {
	const one, both = "packaged a to phone-1", "packaged a to phone-1, packaged a to phone-2"
	const two = "packaged a to phone-2"
	for name, c := range map[string]struct {
		fails, lost func(string) error
		ok          bool
		first, then string
	}{
		"the announcement fails":          {failOnce(one, errDown), none, false, two, one},
		"the announcement's answer lost":  {none, failOnce(one, errDown), false, both, one},
		"it crashes after announcing":     {failOnce("save phone-1", errDown), none, false, both, one},
		"the record's answer is lost":     {none, failOnce("save phone-1", errDown), false, both, ""},
		"the record is unreadable":        {failOnce("due phone-1", wallet.ErrInvalid), none, true, two, one},
		"somebody else writes the record": {failOnce("save phone-1", wallet.ErrConflict), none, true, both, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.register("phone-1", "a")
			h.register("phone-2", "a")
			h.now = h.now.Add(afterGrace)
			h.fails, h.lost = c.fails, c.lost
			if got, ok := h.sweep(); ok != c.ok || got != c.first {
				t.Errorf("ok %v, announced %q, want %v, %q", ok, got, c.ok, c.first)
			}
			h.wantSwept("then", c.then)
			for _, phone := range []string{"phone-1", "phone-2"} {
				if d := h.record(phone); !d.NeedsPush(h.now) || !d.PushDue.Equal(h.now.Add(time.Hour)) {
					t.Errorf("%s: due %v, owed %v", phone, d.PushDue, d.NeedsPush(h.now))
				}
			}
			if unreadable := strings.Contains(h.log.String(), "unreadable device record"); unreadable != (name == "the record is unreadable") {
				t.Errorf("log %s", &h.log)
			}
		})
	}
}

// Between the announcement and its record, the push function may be done, or a change may make a push due anew.
func TestARecordThatMovedOnIsLeftAlone(t *testing.T) {
	for name, move := range map[string]func(h *house){
		"pushed":       func(h *house) { h.push("phone-1") },
		"changed":      func(h *house) { h.register("phone-1", "b") },
		"presented":    func(h *house) { h.change("phone-1", func(d *wallet.Device) { d.Present(d.Tag()) }) },
		"unregistered": func(h *house) { h.change("phone-1", func(d *wallet.Device) { d.Unregister("a") }) },
		"another call": func(h *house) { h.change("phone-1", func(d *wallet.Device) { d.PushAnnounced(h.now) }) },
	} {
		h := newHouse(t)
		h.register("phone-1", "a")
		h.now = h.now.Add(afterGrace)
		var want wallet.Device
		h.before = func(call string) {
			if strings.HasPrefix(call, "packaged") {
				h.before = func(string) {}
				move(h)
				want = h.record("phone-1")
			}
		}
		h.wantSwept(name, "packaged a to phone-1")
		if got := h.record("phone-1"); got.Revision != want.Revision {
			t.Errorf("%s: written over\n%+v with\n%+v", name, want, got)
		}
	}
}

// A device that owed nothing when it was seen, and has become owed something since, is not announced: so it must stay due.
func TestWhatBecomesOwedWhileItIsSettledStaysDue(t *testing.T) {
	h := newHouse(t)
	h.register("phone-1", "a")
	h.push("phone-1")
	h.change("phone-1", func(d *wallet.Device) { d.TokenRefused = true })
	h.now = h.now.Add(2 * time.Hour)
	h.before = func(call string) {
		if call == "save phone-1" {
			h.before = func(string) {}
			h.register("phone-1", "a") // confirms the token
		}
	}
	h.wantSwept("while it is settled", "")
	h.now = h.now.Add(afterGrace)
	h.wantSwept("after the grace", "packaged a to phone-1")
}

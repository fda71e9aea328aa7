package cloudtest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/wallet"
)

// registrations is how many devices hold the pass: more than any store reads at once.
const registrations = 700

// registerMany gives every device another set of passes: all hold serial-1, every second one serial-2 too.
func registerMany(t *testing.T, s Store, passType string) {
	t.Helper()
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(16)
	for n := range registrations {
		g.Go(func() error {
			_, err := s.SaveDevice(ctx, newDevice(passType, n))
			return err
		})
	}
	ok(t, g.Wait())
}

func newDevice(passType string, n int) wallet.Device {
	d := wallet.Device{ID: wallet.DeviceID{
		PassTypeIdentifier:      passType,
		DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(fmt.Sprintf("device-%04d", n)),
	}}
	d.Register("serial-1", wallet.NewPushToken(fmt.Sprint("token-", n)), someTime)
	if n%2 == 0 {
		d.Register("serial-2", d.PushToken, someTime)
	}
	return d
}

func registeredDevices(t *testing.T, s Store) {
	passType, other := freshPassType(), freshPassType()
	registerMany(t, s, passType)
	writeDevice(t, s, newDevice(other, 0))
	for serial, want := range map[string]int{"serial-1": registrations, "serial-2": registrations / 2, "serial-3": 0} {
		found := make(map[wallet.DeviceLibraryIdentifier]bool)
		for d, err := range s.RegisteredDevices(t.Context(), wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial}, wallet.Shard{}) {
			ok(t, err)
			if _, registered := d.Passes[serial]; !registered || d.ID.PassTypeIdentifier != passType {
				t.Errorf("%s: %v did not register it", serial, d.ID)
			}
			if found[d.ID.DeviceLibraryIdentifier] {
				t.Errorf("%s: %s twice", serial, string(d.ID.DeviceLibraryIdentifier))
			}
			found[d.ID.DeviceLibraryIdentifier] = true
		}
		if len(found) != want {
			t.Errorf("%s: %d devices, want %d", serial, len(found), want)
		}
	}
}

// A shard is found whole and in order, and counted; its bounds need be no devices, or devices any more.
func registeredShards(t *testing.T, s Store) {
	passType := freshPassType()
	registerMany(t, s, passType)
	gone := readDevice(t, s, newDevice(passType, 350).ID)
	clear(gone.Passes)
	writeDevice(t, s, gone)
	pass := wallet.PassID{PassTypeIdentifier: passType, SerialNumber: "serial-1"}
	for _, c := range []struct {
		shard       wallet.Shard
		first, last int
		want        int
	}{
		{wallet.Shard{}, 0, 699, 699},
		{wallet.Shard{After: "device-0349"}, 351, 699, 349},
		{wallet.Shard{After: "device-0350"}, 351, 699, 349}, // which is gone
		{wallet.Shard{After: "device-0351"}, 352, 699, 348},
		{wallet.Shard{Until: "device-0350"}, 0, 349, 350},
		{wallet.Shard{Until: "device-0351"}, 0, 351, 351}, // itself included
		{wallet.Shard{After: "device-0009", Until: "device-0011"}, 10, 11, 2},
		{wallet.Shard{After: "Z", Until: "device-00"}, 0, 0, 0},
		{wallet.Shard{After: "Z", Until: "device-01"}, 0, 99, 100},
		{wallet.Shard{After: "device-0100", Until: "device-0100"}, 0, 0, 0},
		{wallet.Shard{After: "e"}, 0, 0, 0},
		{wallet.Shard{Until: "-"}, 0, 0, 0},
	} {
		n, err := s.CountDevices(t.Context(), pass, c.shard, registrations)
		if ok(t, err); n != c.want {
			t.Errorf("%+v: %d devices are counted, want %d", c.shard, n, c.want)
		}
		var names []wallet.DeviceLibraryIdentifier
		for d, err := range s.RegisteredDevices(t.Context(), pass, c.shard) {
			ok(t, err)
			names = append(names, d.ID.DeviceLibraryIdentifier)
		}
		if len(names) != c.want || !slices.IsSorted(names) {
			t.Errorf("%+v: %d devices, in order %t; want %d in order", c.shard, len(names), slices.IsSorted(names), c.want)
		}
		if len(names) > 0 && (names[0] != newDevice(passType, c.first).ID.DeviceLibraryIdentifier || names[len(names)-1] != newDevice(passType, c.last).ID.DeviceLibraryIdentifier) {
			t.Errorf("%+v: from %s to %s, want from %d to %d", c.shard, string(names[0]), string(names[len(names)-1]), c.first, c.last)
		}
	}
}

// Whoever comes and goes while the devices of a pass are read, all others are met, once and in order.
func registeredMeanwhile(t *testing.T, s Store) {
	passType := freshPassType()
	registerMany(t, s, passType)
	early := wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: "a-device"}
	met := make(map[wallet.DeviceLibraryIdentifier]int)
	last := wallet.DeviceLibraryIdentifier("")
	for d, err := range s.RegisteredDevices(t.Context(), wallet.PassID{PassTypeIdentifier: passType, SerialNumber: "serial-1"}, wallet.Shard{}) {
		ok(t, err)
		if len(met) == 10 { // on the first page
			register(t, s, early, "token", "serial-1")
			for _, n := range []int{5, 10, 698} { // read, being read, and to come
				leaving := readDevice(t, s, newDevice(passType, n).ID)
				clear(leaving.Passes)
				writeDevice(t, s, leaving)
			}
		}
		if met[d.ID.DeviceLibraryIdentifier]++; d.ID.DeviceLibraryIdentifier <= last {
			t.Errorf("%s after %s", string(d.ID.DeviceLibraryIdentifier), string(last))
		}
		last = d.ID.DeviceLibraryIdentifier
	}
	if len(met) != registrations-1 || met[early.DeviceLibraryIdentifier] != 0 || met["device-0698"] != 0 {
		t.Errorf("%d devices, want all but the one that had left before its page", len(met))
	}
}

func registeredDevicesWrite(t *testing.T, s Store) {
	pass := freshPass()
	writeDevice(t, s, newDevice(pass.PassTypeIdentifier, 1))
	for d, err := range s.RegisteredDevices(t.Context(), pass, wallet.Shard{}) {
		ok(t, err)
		read := readDevice(t, s, d.ID)
		if d.ReadAt < d.Revision || d.ReadAt > read.ReadAt {
			t.Errorf("found at %d, want between revision %d and %d", d.ReadAt, d.Revision, read.ReadAt)
		}
		read.ReadAt = d.ReadAt
		wantEqual(t, d, read)
		d.PushTaken(d.PushToken, d.Tag(), someTime)
		writeDevice(t, s, d)
		deviceConflicts(t, s, "a second write", d)
	}
	if d := readDevice(t, s, newDevice(pass.PassTypeIdentifier, 1).ID); d.PushCount != 1 {
		t.Errorf("the write through RegisteredDevices left %+v", d)
	}
}

func registeredDevicesStop(t *testing.T, s Store) {
	pass := freshPass()
	for n := range 3 {
		writeDevice(t, s, newDevice(pass.PassTypeIdentifier, n))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	for _, err := range s.RegisteredDevices(ctx, pass, wallet.Shard{}) {
		ok(t, err)
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("%d devices before the loop ended, want 1", seen)
	}
}

func countDevices(t *testing.T, s Store) {
	passType, other := freshPassType(), freshPassType()
	want := func(what, serial string, limit, n int) {
		t.Helper()
		got, err := s.CountDevices(t.Context(), wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial}, wallet.Shard{}, limit)
		ok(t, err)
		if got != n {
			t.Errorf("%s: %s counted up to %d: %d, want %d", what, serial, limit, got, n)
		}
	}
	want("before", "serial-1", 10, 0)
	var devices []wallet.Device
	for n := range 5 {
		devices = append(devices, writeDevice(t, s, newDevice(passType, n)))
	}
	writeDevice(t, s, newDevice(other, 0))
	want("registered", "serial-1", 10, 5)
	want("registered", "serial-2", 10, 3)
	want("registered", "serial-3", 10, 0)
	want("over the limit", "serial-1", 4, 4)
	want("at the limit", "serial-1", 5, 5)
	devices[0].Unregister("serial-2")
	devices[0] = writeDevice(t, s, devices[0])
	want("one pass less", "serial-1", 10, 5)
	want("one pass less", "serial-2", 10, 2)
	devices[0].Unregister("serial-1")
	writeDevice(t, s, devices[0])
	want("one device less", "serial-1", 10, 4)
}

package cloudtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/wallet"
)

func readDevice(t *testing.T, s Store, id wallet.DeviceID) wallet.Device {
	t.Helper()
	d, err := s.Device(t.Context(), id)
	ok(t, err)
	return d
}

// writeDevice saves a record on the revision it carries, and returns it as it then stands.
func writeDevice(t *testing.T, s Store, d wallet.Device) wallet.Device {
	t.Helper()
	revision, err := s.SaveDevice(t.Context(), d)
	ok(t, err)
	saved := readDevice(t, s, d.ID)
	if saved.Revision != revision {
		t.Fatalf("saved as revision %d, read as %d", revision, saved.Revision)
	}
	return saved
}

func deviceConflicts(t *testing.T, s Store, what string, d wallet.Device) {
	t.Helper()
	_, err := s.SaveDevice(t.Context(), d)
	wantKind(t, what, err, wallet.ErrConflict)
}

// register adds serial numbers to a device, as the web service does.
func register(t *testing.T, s Store, id wallet.DeviceID, token string, serials ...string) wallet.Device {
	t.Helper()
	_, err := wallet.UpdateDevice(t.Context(), s, readDevice(t, s, id), func(d *wallet.Device) bool {
		for _, serial := range serials {
			d.Register(serial, wallet.NewPushToken(token), someTime)
		}
		return true
	})
	ok(t, err)
	return readDevice(t, s, id)
}

func deviceAbsent(t *testing.T, s Store) {
	id := freshDevice()
	d := readDevice(t, s, id)
	if d.ReadAt == 0 || !reflect.DeepEqual(d, wallet.Device{ID: id, ReadAt: d.ReadAt}) {
		t.Errorf("absent device %+v", d)
	}
}

func deviceFields(t *testing.T, s Store) {
	var want wallet.Device
	fill(t, &want)
	want.ID, want.Revision = freshDevice(), 0
	got := writeDevice(t, s, want)
	if got.Revision == 0 || got.ReadAt < got.Revision {
		t.Errorf("revision %d, read at %d", got.Revision, got.ReadAt)
	}
	want.Revision, want.ReadAt = got.Revision, got.ReadAt
	wantEqual(t, got, want)

	least := wallet.Device{ID: freshDevice(), Passes: map[string]wallet.RegisteredPass{"serial.with.dots": {}}}
	got = writeDevice(t, s, least)
	least.Revision, least.ReadAt = got.Revision, got.ReadAt
	wantEqual(t, got, least)
}

func deviceConflict(t *testing.T, s Store) {
	id := freshDevice()
	first := register(t, s, id, "token-1", "serial-1")
	fresh := wallet.Device{ID: id}
	fresh.Register("serial-2", wallet.NewPushToken("token-2"), someTime)
	deviceConflicts(t, s, "second creation", fresh)

	second := register(t, s, id, "token-1", "serial-2")
	first.RefuseToken(first.PushToken, first.TokenConfirmed)
	deviceConflicts(t, s, "write on an old revision", first)
	now := readDevice(t, s, id)
	second.ReadAt = now.ReadAt
	wantEqual(t, now, second)
}

func deviceUnchanged(t *testing.T, s Store) {
	d := register(t, s, freshDevice(), "token-1", "serial-1")
	if again := writeDevice(t, s, d); again.Revision != d.Revision {
		t.Errorf("saved unchanged: revision %d, want the old one %d", again.Revision, d.Revision)
	}
}

func deviceCopied(t *testing.T, s Store) {
	d := newDevice(freshPassType(), 1)
	read := writeDevice(t, s, d)
	d.Passes["added"] = wallet.RegisteredPass{}
	read.Passes["added"] = wallet.RegisteredPass{}
	if now := readDevice(t, s, d.ID); len(now.Passes) != 1 {
		t.Errorf("what a caller added reached the store: %v", now.Passes)
	}
}

func deviceLife(t *testing.T, s Store) {
	id := freshDevice()
	first := register(t, s, id, "token-1", "serial-1", "serial-2")
	if first.PushToken.Reveal() != "token-1" || len(first.Passes) != 2 || first.Sequence != 2 {
		t.Fatalf("registered device %+v", first)
	}
	for serial, p := range first.Passes {
		if p.Since == 0 || p.Since >= first.Revision {
			t.Errorf("%s registered since %d, want a read before the write at %d", serial, p.Since, first.Revision)
		}
	}
	if got := first.ChangedSince(wallet.UpdateTag{}); !reflect.DeepEqual(got, []string{"serial-1", "serial-2"}) {
		t.Errorf("changed since ever: %q", got)
	}

	second := register(t, s, id, "token-2", "serial-1")
	if second.PushToken.Reveal() != "token-2" || second.Tag() != first.Tag() || !second.NeedsPush(someTime) {
		t.Errorf("after a new push token %+v", second)
	}

	third, err := wallet.UpdateDevice(t.Context(), s, second, func(d *wallet.Device) bool { return d.Unregister("serial-1") })
	ok(t, err)
	again, err := wallet.UpdateDevice(t.Context(), s, third, func(d *wallet.Device) bool { return d.Unregister("serial-1") })
	ok(t, err)
	if _, there := again.Passes["serial-1"]; there || len(again.Passes) != 1 || again.Epoch != first.Epoch {
		t.Errorf("after unregistering twice %+v", again)
	}
}

func deviceWithoutPasses(t *testing.T, s Store) {
	id := freshDevice()
	writeDevice(t, s, wallet.Device{ID: id})
	first := register(t, s, id, "token-1", "serial-1")

	last := first.Clone()
	last.Unregister("serial-1")
	gone := writeDevice(t, s, last)
	if !reflect.DeepEqual(gone, wallet.Device{ID: id, ReadAt: gone.ReadAt}) {
		t.Errorf("device without passes %+v", gone)
	}
	pass := wallet.PassID{PassTypeIdentifier: id.PassTypeIdentifier, SerialNumber: "serial-1"}
	for d, err := range s.RegisteredDevices(t.Context(), pass, wallet.Shard{}) {
		t.Errorf("still registered: %+v, %v", d, err)
	}

	reborn := register(t, s, id, "token-1", "serial-1")
	if reborn.Epoch == first.Epoch || reborn.Revision <= first.Revision {
		t.Errorf("a second life %+v, after %+v", reborn, first)
	}
}

func deviceDeletionConflict(t *testing.T, s Store) {
	id := freshDevice()
	first := register(t, s, id, "token-1", "serial-1")
	deviceConflicts(t, s, "deletion of what was absent", wallet.Device{ID: id})

	second := register(t, s, id, "token-1", "serial-2")
	first.Unregister("serial-1")
	deviceConflicts(t, s, "deletion on an old revision", first)
	if now := readDevice(t, s, id); now.Revision != second.Revision || len(now.Passes) != 2 {
		t.Errorf("after the conflicts %+v", now)
	}

	second.Unregister("serial-1")
	second.Unregister("serial-2")
	writeDevice(t, s, second)
	deviceConflicts(t, s, "second deletion", second)
}

func deviceConcurrency(t *testing.T, s Store) {
	const writers = 16
	ctx, cancel := context.WithTimeout(t.Context(), patience.Limit)
	defer cancel()
	id := freshDevice()
	first := readDevice(t, s, id)
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() {
			if err := registerStubbornly(ctx, s, first, fmt.Sprint("serial-", n)); err != nil {
				t.Errorf("writer %d: %v", n, err)
			}
		})
	}
	all.Wait()
	if d := readDevice(t, s, id); len(d.Passes) != writers || d.Sequence != writers {
		t.Errorf("%d writers left %d passes and sequence %d", writers, len(d.Passes), d.Sequence)
	}
}

// registerStubbornly repeats a registration that ran out of attempts or of time, as a phone does.
func registerStubbornly(ctx context.Context, s Store, seen wallet.Device, serial string) error {
	for {
		_, err := wallet.UpdateDevice(ctx, s, seen, func(d *wallet.Device) bool {
			return d.Register(serial, wallet.NewPushToken("token"), someTime)
		})
		if ctx.Err() != nil || !errors.Is(err, wallet.ErrConflict) && !errors.Is(err, wallet.ErrUnavailable) {
			return err
		}
	}
}

func deviceSecrets(t *testing.T, s Store) {
	id := freshDevice()
	id.DeviceLibraryIdentifier = "secret-device-identifier"
	old := register(t, s, id, "secret-push-token", "serial-1")
	register(t, s, id, "secret-push-token", "serial-2")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, conflict := s.SaveDevice(t.Context(), old)
	_, write := s.SaveDevice(ctx, old)
	_, read := s.Device(ctx, id)
	for _, err := range []error{conflict, write, read} {
		if text := fmt.Sprint(err); err == nil || strings.Contains(text, "secret-") {
			t.Errorf("error %q, want one without the device's identifier and push token", text)
		}
	}
}

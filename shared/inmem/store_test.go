package inmem_test

import (
	"errors"
	"testing"
	"time"

	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
)

var pass = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "serial-1"}

func TestTriggerFollowsEveryEffectiveWrite(t *testing.T) {
	s := inmem.NewStore()
	var written []wallet.PassID
	s.OnDocumentWritten(func(id wallet.PassID) {
		if doc, err := s.Document(t.Context(), id); err != nil || !doc.Exists() {
			t.Errorf("the trigger came before the write: %+v, %v", doc, err)
		}
		written = append(written, id)
	})
	save := func(doc wallet.DocumentSnapshot, points int64) (wallet.Revision, error) {
		doc.Fields = map[string]any{"template": "stamps", "data": map[string]any{"points": points}}
		return s.SaveDocument(t.Context(), doc)
	}
	doc := wallet.DocumentSnapshot{ID: pass}
	for _, step := range []struct {
		what   string
		points int64
		kind   error
		fired  int
	}{
		{"created", 1, nil, 1},
		{"changed", 2, nil, 2},
		{"saved unchanged", 2, nil, 2},
		{"in conflict", 3, wallet.ErrConflict, 2},
	} {
		if step.kind != nil {
			doc.Revision--
		}
		revision, err := save(doc, step.points)
		if !errors.Is(err, step.kind) || len(written) != step.fired {
			t.Errorf("%s: error %v and %d triggers, want %v and %d", step.what, err, len(written), step.kind, step.fired)
		}
		doc.Revision = revision
	}
}

func TestBrokenRulesAreRefusedAndRemembered(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)
	id := wallet.DeviceID{PassTypeIdentifier: pass.PassTypeIdentifier, DeviceLibraryIdentifier: "device-1"}
	var device wallet.Device
	device.ID = id
	device.Register("serial-1", wallet.NewPushToken("token"), now)
	device.Register("serial-2", wallet.NewPushToken("token"), now)
	device.Present(device.Tag())
	current := wallet.CurrentPackage{
		ID: pass, Version: 2, SourceRevision: 9, Object: "object-2", LastModified: now, TokenKeyVersion: 1,
	}

	for name, broken := range map[string]func(*wallet.CurrentPackage, *wallet.Device){
		"the version goes back":                         func(p *wallet.CurrentPackage, _ *wallet.Device) { p.Version = 1 },
		"the source goes back":                          func(p *wallet.CurrentPackage, _ *wallet.Device) { p.SourceRevision = 8 },
		"a version changes its object":                  func(p *wallet.CurrentPackage, _ *wallet.Device) { p.Object = "object-3" },
		"Last-Modified rises by less than a second":     func(p *wallet.CurrentPackage, _ *wallet.Device) { p.Version = 3 },
		"the device's sequence goes back":               func(_ *wallet.CurrentPackage, d *wallet.Device) { d.Sequence = 1 },
		"what the device presented goes back":           func(_ *wallet.CurrentPackage, d *wallet.Device) { d.Presented = 1 },
		"the device registers what is no serial number": func(_ *wallet.CurrentPackage, d *wallet.Device) { d.Register("a/b", d.PushToken, now) },
	} {
		t.Run(name, func(t *testing.T) {
			s := inmem.NewStore()
			first := current
			first.Version, first.Object, first.LastModified = 1, "object-1", now.Add(-time.Second)
			var err error
			first.Revision, err = s.SavePackage(t.Context(), first)
			check(t, err)
			second := current
			second.Revision = first.Revision
			second.Revision, err = s.SavePackage(t.Context(), second)
			check(t, err)
			d := device.Clone()
			d.Revision, err = s.SaveDevice(t.Context(), d)
			check(t, err)

			badPackage, badDevice := second, d.Clone()
			broken(&badPackage, &badDevice)
			_, packageErr := s.SavePackage(t.Context(), badPackage)
			_, deviceErr := s.SaveDevice(t.Context(), badDevice)
			refused := errors.Join(packageErr, deviceErr)
			if refused == nil || errors.Is(refused, wallet.ErrConflict) || len(s.Violations()) != 1 {
				t.Errorf("error %v and violations %v, want one refusal that is no conflict", refused, s.Violations())
			}
			pkg, err := s.CurrentPackage(t.Context(), pass)
			check(t, err)
			read, err := s.Device(t.Context(), id)
			check(t, err)
			if pkg.Revision != second.Revision || read.Revision != d.Revision {
				t.Error("the refused record was written")
			}
		})
	}
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestRevisionsFollowTheClockAndNeverGoBack(t *testing.T) {
	now := noon
	s := inmem.NewStoreAt(func() time.Time { return now })
	for n, step := range []struct {
		clock, read, written time.Duration // since noon
	}{
		{0, 0, time.Microsecond},
		{time.Hour, time.Hour, time.Hour + time.Microsecond},
		{-time.Hour, time.Hour + time.Microsecond, time.Hour + 2*time.Microsecond},
		{2 * time.Hour, 2 * time.Hour, 2*time.Hour + time.Microsecond},
	} {
		now = noon.Add(step.clock)
		doc, err := s.Document(t.Context(), pass)
		check(t, err)
		device, err := s.Device(t.Context(), wallet.DeviceID{PassTypeIdentifier: pass.PassTypeIdentifier, DeviceLibraryIdentifier: "device-1"})
		check(t, err)
		doc.Fields = map[string]any{"n": int64(n)}
		written, err := s.SaveDocument(t.Context(), doc)
		check(t, err)
		if read := noon.Add(step.read); !doc.ReadAt.Time().Equal(read) || device.ReadAt != doc.ReadAt || !written.Time().Equal(noon.Add(step.written)) {
			t.Errorf("at %v: read at %v, written at %v; want %v, %v", now, doc.ReadAt.Time(), written.Time(), read, noon.Add(step.written))
		}
	}
}

func TestAnotherEpochStartsAnew(t *testing.T) {
	s := inmem.NewStore()
	d := wallet.Device{
		ID:       wallet.DeviceID{PassTypeIdentifier: pass.PassTypeIdentifier, DeviceLibraryIdentifier: "device-1"},
		Epoch:    "one",
		Sequence: 9,
		Passes:   map[string]wallet.RegisteredPass{"serial-1": {Sequence: 9}},
	}
	var err error
	d.Revision, err = s.SaveDevice(t.Context(), d)
	check(t, err)
	d.Epoch, d.Sequence = "two", 1
	_, err = s.SaveDevice(t.Context(), d)
	check(t, err)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

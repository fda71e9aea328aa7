package issue_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// registered saves a device that has registered the card, after something has happened to it.
func (f fixture) registered(name string, happens func(*wallet.Device)) {
	f.t.Helper()
	id := wallet.DeviceID{PassTypeIdentifier: card.PassTypeIdentifier, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(name)}
	d, err := f.store.Device(f.t.Context(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	d.Register(card.SerialNumber, wallet.NewPushToken("token-of-"+name), d.ReadAt.Time())
	d.ReadAt++
	if happens != nil {
		happens(&d)
	}
	if _, err := f.store.SaveDevice(f.t.Context(), d); err != nil {
		f.t.Fatal(err)
	}
}

func pushed(answer string) func(*wallet.Device) {
	return func(d *wallet.Device) {
		now := d.ReadAt.Time()
		if answer == "200" {
			d.PushTaken(d.PushToken, d.Tag(), now)
		} else {
			d.RefuseToken(d.PushToken, now)
		}
		d.Contact.Pushed, d.Contact.Answer = now, answer
	}
}

// Why did this phone not update? Each state of a phone has its answer.
func TestWhyAPhoneDidNotUpdate(t *testing.T) {
	for state, c := range map[string]struct {
		happens func(*wallet.Device)
		why     string
	}{
		"owed":    {nil, "APNs has not taken"},
		"pushed":  {pushed("200"), "automatic updates"},
		"refused": {pushed("400 BadDeviceToken"), "400 BadDeviceToken"},
		"listed":  {func(d *wallet.Device) { pushed("200")(d); d.Tell([]string{card.SerialNumber}, d.ReadAt) }, "was told of the change"},
		"silent":  {func(d *wallet.Device) { pushed("200")(d); d.PushDue = time.Time{} }, "for a month"},
		"delivered": {func(d *wallet.Device) {
			pushed("200")(d)
			d.Tell([]string{card.SerialNumber}, d.ReadAt)
			d.Present(d.Tag())
		}, "knows the newest version"},
	} {
		t.Run(state, func(t *testing.T) {
			f := newFixture(t)
			f.call("PUT", path, whole)
			f.registered("phone", c.happens)
			got := f.call("GET", path, "")
			if len(got.Phones) != 1 || got.Phones[0].State != state || !strings.Contains(got.Phones[0].Why, c.why) || len(got.Phones[0].Device) != 8 {
				t.Errorf("%+v", got.Phones)
			}
			if planned := state == "pushed" || state == "listed" || state == "owed"; (got.Phones[0].NextPush != "") != planned {
				t.Errorf("the next push is planned for %q", got.Phones[0].NextPush)
			}
		})
	}
}

// The timeline has what the package's record and the phones' records know, in the order of time.
func TestTheTimelineOfAPass(t *testing.T) {
	f := newFixture(t)
	f.call("PUT", path, whole)
	written := f.revision().Time()
	pkg := wallet.CurrentPackage{ID: card}.Next(written)
	pkg.Record(wallet.Event{Time: written, Kind: "written"})
	pkg.Record(wallet.Event{Time: written.Add(time.Microsecond), Kind: "packaged", Version: 1})
	if _, err := f.store.SavePackage(t.Context(), pkg); err != nil {
		t.Fatal(err)
	}
	f.registered("phone", func(d *wallet.Device) {
		d.ReadAt += 10
		pushed("200")(d)
		d.ReadAt += 10
		d.Tell([]string{card.SerialNumber}, d.ReadAt)
		d.ReadAt += 10
		d.Present(d.Tag())
	})
	got := f.call("GET", path, "")
	var events []string
	for i, e := range got.Timeline {
		events = append(events, strings.TrimSpace(e.Event+" "+e.Detail))
		if i > 0 && e.Time.Before(got.Timeline[i-1].Time) {
			t.Errorf("%s is out of order", e.Event)
		}
		if (e.Device != "") != (i > 1) || e.Device != "" && e.Device != got.Phones[0].Device {
			t.Errorf("%s is about the device %q", e.Event, e.Device)
		}
	}
	if want := "written, packaged, registered, pushed 200, listed, delivered"; strings.Join(events, ", ") != want {
		t.Errorf("%s, want %s", strings.Join(events, ", "), want)
	}
}

// Of very many phones, those are shown that are behind.
func TestThePhonesThatAreBehindComeFirst(t *testing.T) {
	f := newFixture(t)
	f.call("PUT", path, whole)
	for i := range 30 {
		f.registered(fmt.Sprint("a", i), func(d *wallet.Device) { d.Present(d.Tag()) })
	}
	for i := range 3 {
		f.registered(fmt.Sprint("b", i), nil)
	}
	got := f.call("GET", path, "")
	if len(got.Phones) != 20 || got.Devices["registered"] != 33 {
		t.Fatalf("%d phones of %v", len(got.Phones), got.Devices)
	}
	for i, p := range got.Phones {
		if (p.State != "delivered") != (i < 3) {
			t.Errorf("phone %d is %s", i, p.State)
		}
	}
}

// Of a pass on very many phones so many are looked at, and all are counted.
func TestGetLooksAtSoManyPhones(t *testing.T) {
	f := newFixture(t)
	f.call("PUT", path, whole)
	for i := range 3000 {
		f.registered(fmt.Sprintf("a%04d", i), nil)
	}
	if got := f.call("GET", path, "").Devices; fmt.Sprint(got) != fmt.Sprint(map[string]int{"registered": 3000, "behind": 3000, "delivered": 0, "refused": 0}) {
		t.Errorf("of 3,000: %v", got)
	}
	for i := range 10 {
		f.registered(fmt.Sprint("b", i), func(d *wallet.Device) { d.Present(d.Tag()) })
	}
	got := f.call("GET", path, "")
	if fmt.Sprint(got.Devices) != fmt.Sprint(map[string]int{"registered": 3010, "behind": 3000, "delivered": 0, "refused": 0, "lookedAt": 3000}) || len(got.Phones) != 20 {
		t.Errorf("of 3,010: %v, and %d phones", got.Devices, len(got.Phones))
	}
}

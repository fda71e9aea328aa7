package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// A thing is a pass that is asked for. Most are of the kind that nobody has a right to, or not to all of.
type thing struct {
	kind string
	id   wallet.PassID
	// imported is the token that the pass brought from another system.
	imported string
}

const (
	importedToken = "vxwxd7J8AlNNFPS8k0a0FfUFtq0ewzFdc" // Apple's own example of one
	otherImported = "vxwxd7J8AlNNFPS8k0a0FfUFtq0ewzFdd"
)

// importedInOurForm can be opened by nothing but the HMAC: its form says that it is ours.
var importedInOurForm = "1." + strings.Repeat("A", 43)

var things = []thing{
	{kind: "there", id: id(loyalty, "card-1")},
	{kind: "there too", id: id(loyalty, "card-2")},
	{kind: "same beginning", id: id(loyalty, "card-10")},
	{kind: "its beginning", id: id(loyalty, "card")},
	{kind: "other case", id: id(loyalty, "CARD-1")},
	{kind: "twin of another pass type", id: id(tickets, "card-1")},
	{kind: "made with the old key", id: id(loyalty, "old-1")},
	{kind: "without a package yet", id: id(loyalty, "fresh-1")},
	{kind: "voided", id: id(loyalty, "voided-1")},
	{kind: "deleted", id: id(loyalty, "deleted-1")},
	{kind: "taken away", id: id(loyalty, "gone-1")},
	{kind: "with a form", id: id(loyalty, "form-1")},
	{kind: "signed up", id: id(loyalty, "member-1")},
	{kind: "imported", id: id(loyalty, "imported-1"), imported: importedToken},
	{kind: "imported too", id: id(loyalty, "imported-2"), imported: otherImported},
	{kind: "imported with a token of our form", id: id(loyalty, "imported-3"), imported: importedInOurForm},
	{kind: "absent", id: id(loyalty, "nobody")},
	{kind: "absent, of another pass type", id: id(tickets, "nobody")},
	{kind: "of a pass type without certificate", id: id("pass.com.example.other", "card-1")},
	{kind: "of no pass type", id: id("com.example.loyalty", "card-1")},
	{kind: "serial number ..", id: id(loyalty, "..")},
	{kind: "reserved serial number", id: id(loyalty, "__card__")},
	{kind: "serial number with a slash", id: id(loyalty, "card/1")},
	{kind: "serial number with a space", id: id(loyalty, "card-1 ")},
	{kind: "serial number with a zero byte", id: id(loyalty, "card-1\x00")},
	{kind: "serial number in another alphabet", id: id(loyalty, "cаrd-1")}, // a Cyrillic letter
	{kind: "serial number too long", id: id(loyalty, strings.Repeat("9", 65))},
}

// Devices that hold passes, and one that nobody knows. The second has begun like the first.
const (
	aPhone      = "6f1c0e7d9a3b4c55806e2f9d1b7a4c30"
	otherPhone  = "6f1c0e7d9a3b4c55806e2f9d1b7a4c3"
	ticketPhone = "0a9b8c7d6e5f40312233445566778899"
	nobodyPhone = "ffffffffffffffffffffffffffffffff"
)

// A shop is a world with a pass of each kind, and what the packages in it are.
type shop struct {
	*world
	held  map[wallet.PassID][]byte // the package that may be given to whoever holds the pass
	links []link
	// registered is what each device has registered, as this side of the door knows it.
	registered map[wallet.DeviceID]map[string]bool
}

func newShop() (*shop, error) {
	w, err := newWorld(setup{log: slog.New(slog.DiscardHandler), keys: liveKeys})
	if err != nil {
		return nil, err
	}
	s := &shop{world: w, held: make(map[wallet.PassID][]byte), registered: make(map[wallet.DeviceID]map[string]bool)}
	if err := s.stock(context.Background()); err != nil {
		return nil, err
	}
	s.links = newLinks(s.held)
	for _, h := range []struct{ device, passType, serial string }{
		{aPhone, loyalty, "card-1"}, {aPhone, loyalty, "card-2"}, {otherPhone, loyalty, "card-10"}, {ticketPhone, tickets, "card-1"},
	} {
		s.register(h.device, id(h.passType, h.serial))
	}
	s.gate.calls = nil
	return s, nil
}

// stock makes the passes, through the pipeline, and brings each to its state.
func (s *shop) stock(ctx context.Context) error {
	for _, t := range things[:16] {
		record := wallet.CurrentPackage{ID: t.id, AuthenticationToken: wallet.NewAuthenticationToken(t.imported)}
		if t.kind == "made with the old key" {
			record.TokenKeyVersion = 1
		}
		if t.imported != "" || record.TokenKeyVersion != 0 {
			if _, err := s.store.SavePackage(ctx, record); err != nil {
				return err
			}
		}
		fields := card(t.id.String())
		if t.kind == "with a form" || t.kind == "signed up" {
			fields["template"] = "join"
		}
		if _, err := s.store.SaveDocument(ctx, wallet.DocumentSnapshot{ID: t.id, Fields: fields}); err != nil {
			return err
		}
		if t.kind == "without a package yet" {
			s.bus.waiting = nil
			continue
		}
		if err := s.change(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", t.kind, err)
		}
	}
	return nil
}

// change packages a pass, does to it what its kind says, and keeps what it then is.
func (s *shop) change(ctx context.Context, t thing) error {
	s.repackage(ctx)
	doc, err := s.store.Document(ctx, t.id)
	if err != nil {
		return err
	}
	switch t.kind {
	case "voided":
		doc.Fields["voided"] = true
		_, err = s.store.SaveDocument(ctx, doc)
	case "deleted":
		_, err = s.store.SaveDocument(ctx, doc.Delete())
	case "taken away":
		s.store.DeleteDocument(t.id)
	case "signed up":
		var pkg wallet.CurrentPackage
		if pkg, err = s.store.CurrentPackage(ctx, t.id); err == nil {
			_, err = s.store.SavePersonalization(ctx, wallet.Personalization{ID: t.id, Time: noon}, pkg.Personalize(noon, "digest"))
		}
		err = errors.Join(err, s.bus.PassChanged(ctx, wallet.PassChanged{PassID: t.id}))
	}
	if err != nil {
		return err
	}
	s.repackage(ctx)
	pkg, err := s.store.CurrentPackage(ctx, t.id)
	if err != nil {
		return err
	}
	if pkg.Version == 0 {
		return errors.New("there is no package")
	}
	object, _, err := s.bucket.Open(ctx, pkg.Object)
	if err != nil {
		return err
	}
	s.held[t.id], err = io.ReadAll(object)
	return err
}

// repackage delivers what waits on pass-changed; nobody is to be pushed to here.
func (s *shop) repackage(ctx context.Context) {
	for m, ok := s.bus.next(); ok; m, ok = s.bus.next() {
		if m.topic == wallet.TopicPassChanged {
			if err := s.subscribers[m.topic](ctx, m.data); err != nil {
				panic(err) // nothing fails in this world
			}
		}
	}
}

// register is a registration that has long been there.
func (s *shop) register(device string, pass wallet.PassID) {
	id := wallet.DeviceID{PassTypeIdentifier: pass.PassTypeIdentifier, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(device)}
	d, err := s.store.Device(context.Background(), id)
	if err == nil {
		d.Register(pass.SerialNumber, wallet.NewPushToken("0a0b0c"), noon)
		_, err = s.store.SaveDevice(context.Background(), d)
	}
	if err != nil {
		panic(err) // nothing fails in this world
	}
	s.note(id, pass.SerialNumber, true)
}

// note remembers what a device has registered.
func (s *shop) note(device wallet.DeviceID, serial string, registered bool) {
	if s.registered[device] == nil {
		s.registered[device] = make(map[string]bool)
	}
	s.registered[device][serial] = registered
}

func TestTheShopHasAPassOfEachKind(t *testing.T) {
	s, err := newShop()
	if err != nil {
		t.Fatal(err)
	}
	for _, thing := range things {
		doc, errDoc := s.store.Document(t.Context(), thing.id)
		pkg, errPkg := s.store.CurrentPackage(t.Context(), thing.id)
		got := fmt.Sprint(doc.Revision != 0, pkg.Version, doc.Fields["voided"] == true, doc.Deleted(), !pkg.Personalized.IsZero(),
			len(pkg.RequiredPersonalizationFields), pkg.TokenKeyVersion, pkg.AuthenticationToken.IsZero(), errors.Join(errDoc, errPkg) != nil)
		want := map[string]string{
			"made with the old key": "true 1 false false false 0 1 true false",
			"without a package yet": "true 0 false false false 0 0 true false",
			"voided":                "true 2 true false false 0 2 true false",
			"deleted":               "true 2 true true false 0 2 true false",
			"taken away":            "false 2 false false false 0 2 true false",
			"with a form":           "true 1 false false false 4 2 true false",
			"signed up":             "true 2 false false true 0 2 true false",
			"absent":                "false 0 false false false 0 0 true false",
		}[thing.kind]
		if want != "" && got != want {
			t.Errorf("%s: %s, want %s", thing.kind, got, want)
		}
		if invalid := !valid(thing.id); invalid != (errPkg != nil) {
			t.Errorf("%s: invalid %v, %v", thing.kind, invalid, errPkg)
		}
	}
}

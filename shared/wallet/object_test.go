package wallet_test

import (
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

func TestObjectNames(t *testing.T) {
	name := wallet.CurrentPackage{ID: card}.ObjectName(12, "abc-def")
	if want := "packages/pass.com.example.loyalty/card-1/12-abc-def.pkpass"; name != want {
		t.Errorf("%s, want %s", name, want)
	}
	if id, version, ok := wallet.ParseObjectName(name); !ok || id != card || version != 12 {
		t.Errorf("%s is version %d of %v: %v", name, version, id, ok)
	}
	for _, name := range []string{
		"", "packages/", "images/pass.com.example.loyalty/card-1/1-a.pkpass", "packages/pass.com.example.loyalty/card-1", "packages/loyalty/card-1/1-a.pkpass",
		"packages/pass.com.example.loyalty/card-1/1.pkpass", "packages/pass.com.example.loyalty/card-1/0-a.pkpass",
		"packages/pass.com.example.loyalty/card-1/-1-a.pkpass", "packages/pass.com.example.loyalty/card-1/one-a.pkpass",
		"packages/pass.com.example.loyalty/card-1/99999999999999999999-a.pkpass", "packages/pass.com.example.loyalty/card 1/1-a.pkpass",
		"packages/pass.com.example.loyalty/card-1/1-a/2-b.pkpass",
	} {
		if id, version, ok := wallet.ParseObjectName(name); ok {
			t.Errorf("%q passes as version %d of %v", name, version, id)
		}
	}
}

func TestSuperseded(t *testing.T) {
	at := func(hours time.Duration) time.Time { return noon.Add(hours * time.Hour) }
	pkg := wallet.CurrentPackage{ID: card, Version: 4, Revision: wallet.Revision(at(4).UnixMicro())}
	pkg.Object = pkg.ObjectName(4, "live")
	for version := range int64(4) {
		pkg.Record(wallet.Event{Time: at(time.Duration(version + 1)), Kind: "packaged", Version: version + 1})
	}
	pkg.Record(wallet.Event{Time: at(1), Kind: "refused", Version: 9}) // says nothing of versions
	for _, c := range []struct {
		what    string
		version int64
		hash    string
		since   time.Time
		want    bool
	}{
		{"the live one", 4, "live", at(1000), false},
		{"one that may become it", 5, "next", at(1000), false},
		{"one that lost to it", 4, "lost", at(4), true},
		{"one that lost to it, a moment ago", 4, "lost", at(4).Add(-time.Second), false},
		{"the one before it", 3, "old", at(4), true},
		{"the one before it, a moment ago", 3, "old", at(4).Add(-time.Second), false},
		{"an older one", 2, "old", at(4).Add(-time.Second), true},
		{"an older one, at the time", 2, "old", at(3), true},
		{"an older one, a moment before", 2, "old", at(3).Add(-time.Second), false},
		{"one that lost to an older one", 2, "lost", at(3).Add(-time.Second), false},
	} {
		if got := pkg.Superseded(pkg.ObjectName(c.version, c.hash), c.since); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
	other := wallet.CurrentPackage{ID: wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "card-2"}}
	for _, name := range []string{other.ObjectName(1, "old"), "packages/readme.txt", ""} {
		if pkg.Superseded(name, at(1000)) {
			t.Errorf("%q is no object of the pass", name)
		}
	}
	if (wallet.CurrentPackage{ID: card}).Superseded(pkg.Object, at(1000)) {
		t.Error("of a pass that has no package, nothing is superseded")
	}
}

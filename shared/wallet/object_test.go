package wallet_test

import (
	"fmt"
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
		"packages/pass.com.example.loyalty/card-1/1-a/2-b.pkpass", "packages/pass.com.example.loyalty/card-1/1-notes.txt",
	} {
		if id, version, ok := wallet.ParseObjectName(name); ok || version != 0 || id != (wallet.PassID{}) {
			t.Errorf("%q passes as version %d of %v: %v", name, version, id, ok)
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

// However often a pass changes, and whatever else fills its timeline, what was superseded a day and a half ago is known to be,
// and nothing that was current within a day.
func TestSupersededOfABusyPass(t *testing.T) {
	for _, perDay := range []int{1, 3, 19, 50, 200} {
		for _, refusals := range []int{0, 1, 60} { // after each update
			t.Run(fmt.Sprintf("%d a day, each with %d refusals", perDay, refusals), func(t *testing.T) { busy(t, 24*time.Hour/time.Duration(perDay), refusals) })
		}
	}
}

// busy updates a pass for some days, and looks at all its versions after each.
func busy(t *testing.T, every time.Duration, refusals int) {
	t.Helper()
	pkg := wallet.CurrentPackage{ID: card}
	var committed []time.Time
	for now := noon; now.Before(noon.AddDate(0, 0, 4)); now = now.Add(every) {
		pkg.Version++
		pkg.Object, pkg.Revision = pkg.ObjectName(pkg.Version, "hash"), wallet.Revision(now.UnixMicro())
		committed = append(committed, now)
		pkg.Record(wallet.Event{Time: now, Kind: "written"})
		pkg.Record(wallet.Event{Time: now, Kind: "packaged", Version: pkg.Version})
		for range refusals {
			pkg.Record(wallet.Event{Time: now, Kind: "refused"})
		}
		for before, at := range committed[1:] { // when the version before was superseded
			version, age := int64(before+1), now.Sub(at)
			superseded := pkg.Superseded(pkg.ObjectName(version, "hash"), now.Add(-24*time.Hour))
			if superseded && age < 24*time.Hour || !superseded && age > 36*time.Hour+every {
				t.Fatalf("of %d versions, number %d was superseded %v ago: %v", pkg.Version, version, age, superseded)
			}
		}
	}
}

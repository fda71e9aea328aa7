package wallet_test

import (
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

func TestLastModifiedRisesByAWholeSecond(t *testing.T) { // WS-GET-5, P-1, scenario 10
	first := wallet.CurrentPackage{}.Next(noon.Add(700 * time.Millisecond))
	for _, c := range []struct {
		name string
		now  time.Time
		want time.Time
	}{
		{"later", noon.Add(5500 * time.Millisecond), noon.Add(5 * time.Second)},
		{"in the same second", noon.Add(900 * time.Millisecond), noon.Add(time.Second)},
		{"when the clock went back", noon.Add(-10 * time.Minute), noon.Add(time.Second)},
	} {
		next := first.Next(c.now)
		if !next.LastModified.Equal(c.want) {
			t.Errorf("%s: %v, want %v", c.name, next.LastModified, c.want)
		}
		if err := next.Follows(first); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestFollowsRefuses(t *testing.T) {
	previous := wallet.CurrentPackage{Version: 2, Object: "o", ContentHash: "h", SourceRevision: 5, LastModified: noon, TokenKeyVersion: 1, Style: "coupon"}
	for name, change := range map[string]func(*wallet.CurrentPackage){
		"a lower version":                   func(p *wallet.CurrentPackage) { p.Version = 1 },
		"a skipped version":                 func(p *wallet.CurrentPackage) { p.Version = 4 },
		"an older document":                 func(p *wallet.CurrentPackage) { p.SourceRevision = 4 },
		"another object for the version":    func(p *wallet.CurrentPackage) { p.Object = "x" },
		"another date for the version":      func(p *wallet.CurrentPackage) { p.LastModified = noon.Add(time.Second) },
		"a version with the date before":    func(p *wallet.CurrentPackage) { p.Version = 3 },
		"a version half a second later":     func(p *wallet.CurrentPackage) { p.Version, p.LastModified = 3, noon.Add(time.Second/2) },
		"another style":                     func(p *wallet.CurrentPackage) { p.Style = "storeCard" },
		"another authentication token":      func(p *wallet.CurrentPackage) { p.TokenKeyVersion = 2 },
		"a date that is not a whole second": func(p *wallet.CurrentPackage) { p.Version, p.LastModified = 3, noon.Add(1500*time.Millisecond) },
	} {
		next := previous
		change(&next)
		if next.Follows(previous) == nil {
			t.Errorf("%s passes", name)
		}
	}
	if err := previous.Follows(previous); err != nil {
		t.Errorf("the same record again: %v", err)
	}
}

func TestTimelineIsBounded(t *testing.T) {
	var p wallet.CurrentPackage
	for i := range int64(100) {
		p.Record(wallet.Event{Kind: "packaged", Version: i})
	}
	if n := len(p.Timeline); n != 40 || p.Timeline[n-1].Version != 99 {
		t.Errorf("%d events, the last %v", n, p.Timeline[n-1])
	}
}

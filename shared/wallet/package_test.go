package wallet_test

import (
	"slices"
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
		"a lower version": func(p *wallet.CurrentPackage) { p.Version = 1 },
		"a skipped version": func(p *wallet.CurrentPackage) {
			p.Version, p.ContentHash, p.LastModified = 4, "i", noon.Add(time.Minute)
		},
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

// Beside the newest events, the timeline keeps a few that say which version was current when, in the order in which they came.
func TestTheTimelineOfABusyPass(t *testing.T) {
	var p wallet.CurrentPackage
	for i := range int64(300) { // one each half an hour
		now := noon.Add(time.Duration(i) * 30 * time.Minute)
		p.Record(wallet.Event{Time: now, Kind: "packaged", Version: i})
		p.Record(wallet.Event{Time: now, Kind: "refused"})
	}
	var versions []int64
	for _, e := range p.Timeline[:8] {
		versions = append(versions, e.Version)
	}
	if want := []int64{228, 240, 252, 264, 276, 0, 283, 0}; len(p.Timeline) != 40 || !slices.Equal(versions, want) {
		t.Errorf("%d events, which begin with the versions %v, want %v", len(p.Timeline), versions, want)
	}
}

func TestRestored(t *testing.T) {
	id := wallet.PassID{PassTypeIdentifier: "pass.com.example", SerialNumber: "a"}
	name := func(version int64) string { return wallet.CurrentPackage{ID: id}.ObjectName(version, "abc") }
	now := noon.Add(time.Hour)
	for _, c := range []struct {
		name     string
		objects  []int64
		now      time.Time
		version  int64 // 0 where it stays as it is
		object   int64
		anew     bool
		modified time.Time
	}{
		{name: "as it was", objects: []int64{8, 9}, now: now},
		{"phones may have later ones", []int64{10, 12, 9}, now, 13, 9, false, now.Add(3 * time.Second)},
		{"later ones, made in a burst", []int64{10, 11, 12, 9}, noon, 13, 9, false, noon.Add(4 * time.Second)},
		{"gone, with later ones", []int64{10, 12}, now, 13, 12, true, now.Add(3 * time.Second)},
		{"gone, with earlier ones", []int64{7, 8}, now, 10, 8, true, now},
		{"gone, with all others", nil, now, 10, 9, true, now},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := wallet.CurrentPackage{
				ID: id, Version: 9, Object: name(9), ContentHash: "abc", LastModified: noon, Committed: 5, Revision: 7, Problem: &wallet.Problem{SourceRevision: 6},
			}
			objects := []string{"packages/pass.com.example/b/99-abc.pkpass", "packages/pass.com.example/a/odd"}
			for _, version := range c.objects {
				objects = append(objects, name(version))
			}
			next, changed := p.Restored(objects, c.now)
			if c.version == 0 {
				if changed || next.Version != 9 {
					t.Errorf("becomes %+v", next)
				}
				return
			}
			if !changed || next.Version != c.version || next.Object != name(c.object) || (next.ContentHash == "") != c.anew || !next.LastModified.Equal(c.modified) {
				t.Errorf("becomes %+v", next)
			}
			if next.CommittedAt() != next.Revision || next.Problem != p.Problem || next.Timeline[0].Kind != "restored" {
				t.Errorf("devices would not be told, or why is forgotten: %+v", next)
			}
			if err := next.Follows(p); err != nil {
				t.Error(err)
			}
			if again, changed := next.Restored(append(objects, next.Object), c.now); changed {
				t.Errorf("and then %+v", again)
			}
		})
	}
	if next, changed := (wallet.CurrentPackage{ID: id}).Restored([]string{name(1)}, now); changed {
		t.Errorf("what was never packaged becomes %+v", next)
	}
}

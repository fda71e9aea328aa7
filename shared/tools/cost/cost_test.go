package main

import (
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/tools/cost/bill"
)

// assume returns what the flags say.
func assume(t *testing.T, args ...string) Assumptions {
	t.Helper()
	a, err := parse(args, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func prices(t *testing.T) []Price {
	t.Helper()
	table, err := Prices()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// same compares quantities to six digits. What is not wanted by name must not be there.
func same(t *testing.T, what string, got, want Quantities) {
	t.Helper()
	for item := range maps.Keys(got) {
		if _, wanted := want[item]; !wanted && got[item] != 0 {
			t.Errorf("%s: %g of %s, which is not wanted", what, got[item], item)
		}
	}
	for item, n := range want {
		if math.Abs(got[item]-n) > 1e-6*math.Abs(n) {
			t.Errorf("%s: %g of %s, want %g", what, got[item], item, n)
		}
	}
}

// times is so many times as much.
func times(n float64, q Quantities) Quantities {
	all := make(Quantities)
	all.Add(n, q)
	return all
}

// A million updates, reckoned by hand.
func TestAMillionUpdates(t *testing.T) {
	q := times(1e6, assume(t).Update())
	const gib = 1073741824
	same(t, "used", q, Quantities{
		"reads": 6e6, "writes": 5e6, "class-a": 1e6, "class-b": 1e6, "requests": 5e6,
		"messages": 3e6 * 2000 / gib, // 1 kB at least, in and out
		"cpu":      5e5, "memory": 2.5e5, "logs": 5e9 / gib, "egress": 5e10 / gib,
	})
	paid := make(Quantities)
	for _, p := range prices(t) {
		if usd := p.Cost(q, false); usd != 0 {
			paid[p.Item] = usd
		}
	}
	same(t, "paid", paid, Quantities{
		"reads": 1.80, "writes": 4.50, "class-a": 5.00, "class-b": 0.40, "requests": 2.00, "messages": 0.2182787, "cpu": 12.00,
		"memory": 0.625, "logs": 2.3283064, "egress": 5.5879354,
	})
}

// Each assumption moves what it is about.
func TestAssumptions(t *testing.T) {
	a := assume(t, "-devices", "2", "-same", "0.5", "-together", "10", "-kms", "-road", "http", "-kb", "10", "-log", "0")
	const gib = 1073741824
	same(t, "two devices", times(1e6, a.Update()), Quantities{
		"reads":   11e6, // PATCH 2, regenerate 2, push 3, and for each phone list 1 and fetch 1
		"writes":  8e6,  // document, package, and for each phone marked, pushed and seen
		"class-a": 1e6, "class-b": 1e6, "messages": 3e6 * 2000 / gib, "signatures": 1e6,
		"requests": 8e6, // issue, changed, regenerate, push, and twice list and fetch
		"cpu":      8e4 + (1.0+30.0/200)/1000/10*1e6,
		"memory":   (8e4 + (1.0+30.0/200)/1000/10*1e6) / 2,
		"logs":     0, "egress": 1e10 / gib,
	})
	slow := assume(t, "-wait", "100").once(bill.Packaged) // 5 calls and 2.5 ms
	if got := slow["cpu"]; math.Abs(got-0.6) > 1e-9 {
		t.Errorf("502.5 ms are billed as %g s, want 0.6", got)
	}
}

// What the sweep does for an update depends on how long it stays the newest, and on how often the sweep comes by: after 5 minutes, 6
// hours and 24 hours, where it comes every 6 hours, and once or twice where it comes every 10,000,000 / 120,000 hours.
func TestWhatFollowsAnUpdate(t *testing.T) {
	for _, c := range []struct {
		passes, updates string
		again           float64
	}{
		{"1000", "4", 2 + (6-5.0/60)/6},
		{"1000", "31", 1 + (6-5.0/60)/6},
		{"1000", "122", 1},
		{"1000", "9000", 0},
		{"10000000", "4", 1 + (6-5.0/60)*12/1000 + 18*12/1000.0},
	} {
		q := assume(t, "-passes", c.passes, "-updates", c.updates).Again()
		if math.Abs(q["requests"]-c.again) > 1e-9 || math.Abs(q["reads"]-1-2*c.again) > 1e-9 {
			t.Errorf("%+v: %g requests and %g reads", c, q["requests"], q["reads"])
		}
	}
}

// The sweep, looks at templates and what is kept, reckoned by hand for a month of 730 hours.
func TestAMonth(t *testing.T) {
	few, many := assume(t, "-passes", "6000").Sweep(), assume(t).Sweep()
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"few: 2 reads of 6,000 passes every 6 hours, 3 of each call, and a campaign each minute", few["reads"], 2*6000*730/6 + 3*8760 + 43_800},
		{"few: pages of names", few["class-a"], 6000.0 * 730 / 24 / 1000},
		{"many: 2 reads of 10,000 passes each call, 3 more, and a campaign each minute", many["reads"], 2*10_000*8760 + 3*8760 + 43_800},
		{"requests", many["requests"], 8760 + 43_800},
		{"looks: each minute by the campaigns and, for 24,000 updates, once for each", assume(t, "-passes", "6000").Looks()["class-a"], 43_800 + 24_000},
		{"looks: each minute by the campaigns and by regenerate", assume(t).Looks()["class-a"], 2 * 43_800},
		{"looks: at three templates, by issue too", assume(t, "-templates", "3", "-road", "http").Looks()["class-a"], 3 * 3 * 43_800},
		{"looks: no updates", assume(t, "-updates", "0").Looks()["class-a"], 43_800},
		{"kept: 50 kB, and four times that for 204 of 730 hours", assume(t).Kept()["objects"], 1e6 * 5e4 * (1 + 4*204.0/730) / 1073741824},
		{"kept: 9 kB", assume(t).Kept()["documents"], 9e9 / 1073741824},
		{"installs: link 1, registration 2, welcome 2, lists 2, fetch 1", assume(t).Install()["reads"], 8},
	} {
		if math.Abs(c.got-c.want) > 1e-6*c.want {
			t.Errorf("%s: %g, want %g", c.what, c.got, c.want)
		}
	}
}

func TestWhatIsFree(t *testing.T) {
	q := Quantities{"reads": 1_600_000, "writes": 500_000}
	if got := q.Total(prices(t), false); math.Abs(got-0.93) > 1e-9 {
		t.Errorf("paid in full: %g, want 0.48 + 0.45", got)
	}
	if got := q.Total(prices(t), true); math.Abs(got-0.03) > 1e-9 {
		t.Errorf("the first 1.5 M reads and 600,000 writes are free: %g, want 0.03", got)
	}
}

// Whatever is used has a price, and every price has its page.
func TestPrices(t *testing.T) {
	priced := make(map[string]bool)
	for _, p := range prices(t) {
		if p.USD <= 0 || p.Per <= 0 || p.Free < 0 || !slices.Contains([]string{"seen", "to be checked"}, p.Known) || !strings.HasPrefix(p.Source, "https://cloud.google.com/") {
			t.Errorf("%+v", p)
		}
		if priced[p.Item] {
			t.Errorf("%s has two prices", p.Item)
		}
		priced[p.Item] = true
	}
	a := assume(t, "-kms")
	parts := append(a.Month(), Part{"everything once", a.once(slices.Collect(maps.Keys(events()))...)})
	for _, part := range parts {
		for item := range part.Used {
			if !priced[item] {
				t.Errorf("%s uses %s, which has no price", part.Name, item)
			}
		}
	}
}

func events() map[bill.Event]bool {
	all := make(map[bill.Event]bool)
	for _, row := range bill.Events {
		all[row.Event] = true
	}
	return all
}

// The page is Markdown: every row of a table has as many cells as its head.
func TestPage(t *testing.T) {
	var page, errors strings.Builder
	if err := run([]string{"-passes", "10000000"}, &page, &errors); err != nil {
		t.Fatal(err)
	}
	cells := 0
	for line := range strings.Lines(page.String()) {
		switch n := strings.Count(line, "|"); {
		case n == 0:
			cells = 0
		case cells == 0:
			cells = n
		case n != cells:
			t.Errorf("%d bars and not %d: %s", n, cells, line)
		}
	}
	for _, want := range []string{
		"one update of many: 6 reads, 5 writes, 1 object created, 1 object read, 3 messages", "| Firestore writes | documents | 5,000,000 | 4.50 |", "A month of 10,000,000 passes",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestWrongUse(t *testing.T) {
	for _, args := range []string{"-road sea", "-devices 0.5", "-together 0", "-same 2", "-passes -1", "-templates -1", "more"} {
		if err := run(strings.Fields(args), io.Discard, io.Discard); err == nil {
			t.Errorf("%s is taken", args)
		}
	}
}

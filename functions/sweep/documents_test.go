package sweep_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// write is a business that writes a document now.
func (h *house) write(serial string) {
	h.t.Helper()
	doc, err := h.Store.Document(h.t.Context(), id(serial))
	h.check(err)
	doc.Fields = map[string]any{"template": "stamps", "data": map[string]any{"at": h.now.Format(time.RFC3339Nano)}}
	_, err = h.Store.SaveDocument(h.t.Context(), doc)
	h.check(err)
}

// pack is a packager that is done with a document now: with a new version of its package.
func (h *house) pack(serial string) {
	h.t.Helper()
	h.packaged(serial, func(pkg wallet.CurrentPackage) wallet.CurrentPackage {
		next := pkg.Next(h.now)
		next.Template = "stamps"
		return next
	})
}

// refuse is a packager that refuses a document now.
func (h *house) refuse(serial string) {
	h.t.Helper()
	h.packaged(serial, func(pkg wallet.CurrentPackage) wallet.CurrentPackage {
		next := pkg.Same()
		next.Problem = wallet.NewProblem(h.now, 0, wallet.Findings{{Severity: wallet.SeverityError}})
		next.Problem.TemplateRevision = "tried"
		return next
	})
}

func (h *house) packaged(serial string, next func(wallet.CurrentPackage) wallet.CurrentPackage) {
	h.t.Helper()
	doc, err := h.Store.Document(h.t.Context(), id(serial))
	h.check(err)
	pkg, err := h.Store.CurrentPackage(h.t.Context(), id(serial))
	h.check(err)
	pkg = next(pkg)
	pkg.SourceRevision, pkg.DocumentGone = doc.SourceRevision(), doc.Revision == 0
	_, err = h.Store.SavePackage(h.t.Context(), pkg)
	h.check(err)
}

func TestADocumentAheadOfItsPackageIsAnnouncedAndCounted(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(h *house)
		after   time.Duration
		want    string
	}{
		"never packaged":                  {func(h *house) {}, afterGrace, "changed a"},
		"within the grace":                {func(h *house) {}, grace - time.Microsecond, ""},
		"packaged":                        {func(h *house) { h.pack("a") }, grace - time.Microsecond, ""},
		"refused":                         {func(h *house) { h.refuse("a") }, afterGrace, ""},
		"packaged, then written":          {func(h *house) { h.pack("a"); h.tick(); h.write("a") }, afterGrace, "changed a"},
		"refused, then written":           {func(h *house) { h.refuse("a"); h.tick(); h.write("a") }, afterGrace, "changed a"},
		"packaged, then written, packed":  {func(h *house) { h.pack("a"); h.tick(); h.write("a"); h.pack("a") }, grace - time.Microsecond, ""},
		"packaged, then written, refused": {func(h *house) { h.pack("a"); h.tick(); h.write("a"); h.refuse("a") }, afterGrace, "packaged a 1"},
		"packaged, then deleted":          {func(h *house) { h.pack("a"); h.tick(); h.tombstone("a") }, afterGrace, "changed a"},
		"deleted, and that packaged":      {func(h *house) { h.tombstone("a"); h.pack("a") }, grace - time.Microsecond, ""},
		"taken away before it was packed": {func(h *house) { h.DeleteDocument(id("a")) }, afterGrace, ""},
		"packaged, then taken away":       {func(h *house) { h.pack("a"); h.DeleteDocument(id("a")) }, afterGrace, "changed a"},
		"taken away, within the grace":    {func(h *house) { h.pack("a"); h.DeleteDocument(id("a")) }, grace - time.Second, ""},
		"taken away, and that packaged":   {func(h *house) { h.pack("a"); h.DeleteDocument(id("a")); h.tick(); h.pack("a") }, afterGrace - time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.write("a")
			c.happens(h)
			h.now = h.now.Add(c.after)
			h.wantSwept(name, c.want)
			line := fmt.Sprintf(`level=WARN msg="document ahead of package" passTypeIdentifier=%s serialNumber=a seconds=30`, passType)
			if logged := strings.Contains(h.log.String(), "ahead of package"); logged != (c.want == "changed a") || logged && !strings.Contains(h.log.String(), line) {
				t.Errorf("log\n%s, want\n%s", &h.log, line)
			}
		})
	}
}

func (h *house) tick() { h.now = h.now.Add(time.Second) }

func (h *house) tombstone(serial string) {
	h.t.Helper()
	doc, err := h.Store.Document(h.t.Context(), id(serial))
	h.check(err)
	_, err = h.Store.SaveDocument(h.t.Context(), doc.Delete())
	h.check(err)
}

// Whether its fan-out was lost cannot be seen, so each version is announced again at three ages, however often the sweep is
// called; a later write of the record, which leaves the version as it is, begins nothing.
func TestAPackageIsAnnouncedAgainAtThreeAges(t *testing.T) {
	for _, every := range []time.Duration{5 * time.Minute, time.Hour, 100 * time.Minute, 7 * time.Hour} {
		for _, committed := range []time.Duration{0, 7 * time.Minute, 55*time.Minute + time.Microsecond, 59 * time.Minute} {
			h := newHouse(t)
			h.write("a")
			var at []time.Duration
			for h.now = noon; h.now.Before(noon.AddDate(0, 0, 4)); h.now = h.now.Add(every) {
				if pkg, _ := h.Store.CurrentPackage(t.Context(), id("a")); pkg.Version == 0 && h.now.Sub(noon) >= committed {
					h.pack("a")
				} else if h.now.Sub(noon) > 12*time.Hour && pkg.Problem == nil {
					h.refuse("a")
				}
				if got, ok := h.sweep(); !ok {
					t.Fatal("it fails")
				} else if strings.Contains(got, "packaged a 1") {
					at = append(at, h.now.Sub(noon))
				}
			}
			// A walk begins every six hours at most, and where the times of two overlap, an age is met twice.
			late := max(every, 6*time.Hour) + every
			for _, age := range []time.Duration{grace, 6 * time.Hour, 24 * time.Hour} {
				found := 0
				for _, a := range at {
					if age := committed + age; a >= age && a <= age+2*late {
						found++
					}
				}
				if found == 0 {
					t.Errorf("every %v, committed after %v: announced at %v, never at the age of %v", every, committed, at, age)
				}
			}
			if len(at) > 6 {
				t.Errorf("every %v, committed after %v: announced %d times: %v", every, committed, len(at), at)
			}
		}
	}
}

func TestTheFirstWalkLooksBackTwoDaysAndALaterOneToTheWalkBefore(t *testing.T) {
	h := newHouse(t)
	h.write("old")
	h.pack("old")
	h.now = h.now.AddDate(0, 0, 4)
	h.write("new")
	h.pack("new")
	h.now = h.now.Add(30 * time.Hour)
	h.wantSwept("the first walk", "packaged new 1")
	h.now = h.now.Add(6 * time.Hour)
	h.wantSwept("the second walk", "")
	h.now = h.now.Add(time.Minute)
	h.write("paused")
	h.pack("paused")
	h.now = h.now.AddDate(0, 1, 0)
	h.wantSwept("after the sweep was paused for a month", "packaged paused 1")
	h.now = h.now.Add(6 * time.Hour)
	h.wantSwept("then", "")
}

func TestTheWalkIsBoundedAndGoesOnWhereItWas(t *testing.T) {
	h := newHouse(t)
	for n := range 10_001 {
		h.write(fmt.Sprintf("card-%05d", n))
	}
	h.now = h.now.Add(afterGrace)
	began := h.now
	for call, want := range []int{10_000, 1, 0, 0} {
		if _, ok := h.sweep(); !ok || len(h.announced) != want {
			t.Errorf("call %d: ok %v, %d documents, want %d", call, ok, len(h.announced), want)
		}
		if want > 0 && h.announced[0] != fmt.Sprintf("changed card-%05d", call*10_000) {
			t.Errorf("call %d begins with %s", call, h.announced[0])
		}
		h.now = h.now.Add(10 * time.Minute)
	}
	h.now = began.Add(6*time.Hour - time.Microsecond)
	h.wantSwept("within six hours", "")
	h.now = began.Add(6 * time.Hour)
	if _, ok := h.sweep(); !ok || len(h.announced) != 10_000 {
		t.Errorf("after six hours: ok %v, %d documents", ok, len(h.announced))
	}
}

// The place is kept only when all before it is announced: a crash repeats a page and skips nothing.
func TestWalkFailures(t *testing.T) {
	const both = "changed a, changed b"
	for name, c := range map[string]struct {
		fails, lost func(string) error
		ok          bool
		first, then string
	}{
		"an announcement fails":          {failOnce("changed a", errDown), none, false, "changed b", both},
		"its answer is lost":             {none, failOnce("changed a", errDown), false, both, both},
		"it crashes before the place":    {failOnce("save walk over documents", errDown), none, false, both, both},
		"the place's answer is lost":     {none, failOnce("save walk over documents", errDown), false, both, ""},
		"another call was faster":        {failOnce("save walk over documents", wallet.ErrConflict), none, true, both, both},
		"a package record is unreadable": {failOnce("package a", wallet.ErrInvalid), none, true, "changed b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.write("a")
			h.write("b")
			if strings.Contains(name, "unreadable") {
				h.refuse("a")
			}
			h.now = h.now.Add(afterGrace)
			h.fails, h.lost = c.fails, c.lost
			if got, ok := h.sweep(); ok != c.ok || got != c.first {
				t.Errorf("ok %v, announced %q, want %v, %q", ok, got, c.ok, c.first)
			}
			h.wantSwept("then", c.then)
			if unreadable := strings.Contains(h.log.String(), "unreadable package record"); unreadable != strings.Contains(name, "unreadable") {
				t.Errorf("log %s", &h.log)
			}
		})
	}
}

func TestAPackagesAnnouncementThatFailsIsRepeated(t *testing.T) {
	h := newHouse(t)
	h.write("a")
	h.pack("a")
	h.now = h.now.Add(afterGrace)
	h.fails = failOnce("packaged a 1", errDown)
	if got, ok := h.sweep(); ok || got != "" {
		t.Errorf("ok %v, announced %q", ok, got)
	}
	h.wantSwept("then", "packaged a 1")
}

// A call that overlaps another does no harm: both announce the page, and the place moves once.
func TestOverlappingCalls(t *testing.T) {
	h := newHouse(t)
	for n := range 1500 {
		h.write(fmt.Sprintf("card-%04d", n))
	}
	h.register("phone-1", "a")
	h.now = h.now.Add(afterGrace)
	h.before = func(call string) {
		if call == "save walk over documents" {
			h.before = func(string) {}
			if answer := h.post(); answer.Code != 200 {
				t.Errorf("the call in between: %d", answer.Code)
			}
		}
	}
	if _, ok := h.sweep(); !ok || len(h.announced) != 2501 {
		t.Errorf("ok %v, %d announced, want the first page twice, the second and the device once", ok, len(h.announced))
	}
	h.wantSwept("then", "")
}

// Two instances' clocks may differ: the walk begins by one that is fast, and goes on by one that is not.
func TestAClockThatGoesBackHidesNoPackage(t *testing.T) {
	h := newHouse(t)
	for n := range 10_000 {
		h.write(fmt.Sprintf("card-%04d", n))
	}
	h.write("z") // for the second call
	h.pack("z")
	h.now = noon.Add(12 * time.Minute)
	h.sweep()
	h.now = noon.Add(2 * time.Minute)
	h.wantSwept("too early for the package", "")
	h.now = noon.Add(6*time.Hour + 12*time.Minute)
	h.sweep()
	h.wantSwept("in the next walk", "packaged z 1")
}

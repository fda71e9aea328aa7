package sweep_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

func (h *house) List(ctx context.Context, prefix, after string, limit int) (names []string, err error) {
	err = h.around("list", func() error { names, err = h.bucket.List(ctx, prefix, after, limit); return err })
	return names, err
}

func (h *house) Remove(ctx context.Context, name string) error {
	return h.around("remove "+name, func() error { return h.bucket.Remove(ctx, name) })
}

// store is a packager that stores the object of an attempt at a version.
func (h *house) store(serial string, version int64, hash string) string {
	h.t.Helper()
	name := wallet.CurrentPackage{ID: id(serial)}.ObjectName(version, hash)
	h.check(h.bucket.Create(h.t.Context(), name, []byte("package")))
	return name
}

// commit is a packager that stores an object and makes it the current package, now.
func (h *house) commit(serial string) string {
	h.t.Helper()
	var object string
	h.packaged(serial, func(pkg wallet.CurrentPackage) wallet.CurrentPackage {
		next := pkg.Next(h.now)
		object = h.store(serial, next.Version, "hash")
		next.Object = object
		next.Record(wallet.Event{Time: h.now, Kind: "written"})
		next.Record(wallet.Event{Time: h.now, Kind: "packaged", Version: next.Version})
		return next
	})
	return object
}

func (h *house) objects() []string {
	h.t.Helper()
	names, err := h.bucket.List(h.t.Context(), "", "", 1_000_000)
	h.check(err)
	return names
}

func (h *house) wantObjects(what string, want ...string) {
	h.t.Helper()
	slices.Sort(want)
	if got := h.objects(); !slices.Equal(got, want) {
		h.t.Errorf("%s: objects %q, want %q", what, got, want)
	}
}

func TestASupersededPackageIsRemovedAfterADayAndALiveOneNever(t *testing.T) {
	h := newHouse(t)
	h.write("a")
	first := h.commit("a")
	h.now = h.now.AddDate(0, 1, 0)
	h.post()
	h.wantObjects("live for a month", first)
	second := h.commit("a")
	h.now = h.now.Add(24*time.Hour - time.Second)
	h.post()
	h.wantObjects("superseded for less than a day", first, second)
	h.now = h.now.AddDate(0, 0, 1)
	if answer := h.post(); !strings.Contains(answer.Body.String(), `"removed":1`) {
		t.Errorf("answer %s", answer.Body)
	}
	h.wantObjects("superseded for a day", second)
	h.now = h.now.AddDate(0, 1, 0)
	h.post()
	h.wantObjects("a month later", second)
}

// A pass that changes all the time: what was superseded a day ago goes, though the current package is young.
func TestVersionsOfABusyPassAreRemoved(t *testing.T) {
	for _, perDay := range []int{10, 50} {
		t.Run(fmt.Sprint(perDay, " a day"), func(t *testing.T) {
			h := newHouse(t)
			h.write("a")
			var made []string
			for range 7 * perDay {
				made = append(made, h.commit("a"))
				h.now = h.now.Add(24 * time.Hour / time.Duration(perDay))
				h.post()
			}
			// What is left is of the last day, of a quarter of a day, and of the day since the last walk began.
			if n := len(h.objects()); n > perDay*9/4+2 {
				t.Errorf("%d objects are left of %d", n, len(made))
			}
			for _, object := range made[len(made)-perDay:] {
				if !slices.Contains(h.objects(), object) {
					t.Errorf("%s is gone within a day", object)
				}
			}
		})
	}
}

// Objects that no record points to: an attempt that lost its race goes with the version it competed for; one that may yet
// move the pointer stays, and so does whatever is not a package of ours or has no record.
func TestObjectsOfAttempts(t *testing.T) {
	h := newHouse(t)
	h.write("a")
	h.store("a", 1, "lost")
	live := h.commit("a")
	ahead := h.store("a", 2, "ahead")
	stranger1, stranger2 := h.store("b", 1, "x"), h.store("b", 2, "y")
	h.now = h.now.AddDate(0, 1, 0)
	h.post()
	h.wantObjects("a month later", live, ahead, stranger1, stranger2)
}

// What is no package of ours stays, wherever it lies, and is in nobody's way.
func TestForeignObjects(t *testing.T) {
	h := newHouse(t)
	h.write("a")
	h.commit("a")
	want := []string{
		"packages/readme.txt", "packages/" + passType + "/a/1.txt", "packages/" + passType + "/a b/1-hash.pkpass", "packages/" + passType + "/a b/2-hash.pkpass",
		"packages/zzz.txt",
	}
	for _, name := range want {
		h.check(h.bucket.Create(t.Context(), name, nil))
	}
	want = append(want, h.commit("a"))
	h.now = h.now.AddDate(0, 1, 0)
	if _, ok := h.sweep(); !ok || strings.Contains(h.log.String(), "level=ERROR") {
		t.Errorf("ok %v, log\n%s", ok, &h.log)
	}
	h.wantObjects("a month later", want...)
}

// Nobody can say what is superseded of a pass whose record is spoilt: its objects stay, and those of others go.
func TestASpoiltRecordStopsNoOther(t *testing.T) {
	h := newHouse(t)
	var want []string
	for _, serial := range []string{"a", "b", "c"} {
		h.write(serial)
		first := h.commit(serial)
		if serial == "b" {
			want = append(want, first)
		}
		want = append(want, h.commit(serial))
	}
	h.SpoilPackage(id("b"))
	h.now = h.now.AddDate(0, 0, 2)
	answer := h.post()
	if answer.Code != 200 || !strings.Contains(answer.Body.String(), `"removed":2,"certificates":0,"unreadable":2}`) { // met by each walk
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if line := `level=ERROR msg="unreadable package record" error="read package of ` + id("b").String(); strings.Count(h.log.String(), line) != 1 {
		t.Errorf("log\n%s, want\n%s", &h.log, line)
	}
	h.wantObjects("after the walk", want...)
}

// More objects than a page holds, and more versions of one pass than a page holds.
func TestObjectsAreWalkedInPages(t *testing.T) {
	h := newHouse(t)
	var want []string
	for n := range 600 {
		serial := fmt.Sprintf("card-%04d", n)
		h.write(serial)
		h.commit(serial)
		h.commit(serial)
		want = append(want, h.commit(serial))
	}
	h.write("busy")
	for range 2500 {
		h.commit("busy")
	}
	want = append(want, h.commit("busy"))
	h.now = h.now.AddDate(0, 0, 2)
	h.post()
	h.wantObjects("after one call", want...)
}

func TestObjectFailures(t *testing.T) {
	const first = "packages/pass.com.example.loyalty/a/1-hash.pkpass"
	for name, c := range map[string]struct {
		fails, lost func(string) error
		ok          bool
		gone, then  int // objects removed
	}{
		"the list fails":              {failOnce("list", errDown), none, false, 0, 2},
		"a removal fails":             {failOnce("remove "+first, errDown), none, false, 1, 2},
		"its answer is lost":          {none, failOnce("remove "+first, errDown), false, 2, 2},
		"the record is out of reach":  {failOnce("package of a", errDown), none, false, 1, 2},
		"it crashes before the place": {failOnce("save walk over objects", errDown), none, false, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			for _, serial := range []string{"a", "b", "c"} {
				h.write(serial)
				h.commit(serial)
			}
			h.commit("a")
			h.commit("b")
			h.now = h.now.AddDate(0, 0, 2)
			h.fails, h.lost = c.fails, c.lost
			if _, ok := h.sweep(); ok != c.ok || len(h.objects()) != 5-c.gone {
				t.Errorf("ok %v, %d objects left, want %v, %d", ok, len(h.objects()), c.ok, 5-c.gone)
			}
			if _, ok := h.sweep(); !ok || len(h.objects()) != 5-c.then {
				t.Errorf("then ok %v, %d objects left, want %d", ok, len(h.objects()), 5-c.then)
			}
		})
	}
}

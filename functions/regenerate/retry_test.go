package regenerate_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// A worker is about to commit a document that is taken away meanwhile; the message of that ends before it, and no other will
// come. Found by the simulator.
func TestPromise1_ADocumentTakenAwayWhileItIsPackaged(t *testing.T) {
	for _, before := range []string{"Create", "SavePackage"} {
		for name, c := range map[string]struct {
			prepare func(l *line)
			version int64 // in the end
		}{
			"for the first time":           {func(*line) {}, 0},
			"after it was taken away once": {func(l *line) { l.points(1); l.check(l.deliver()); l.DeleteDocument(card); l.check(l.deliver()) }, 2},
			"after it never was":           {func(l *line) { l.check(l.deliver()) }, 0},
		} {
			l := newLine(t)
			c.prepare(l)
			l.points(2)
			l.overtaken = before
			l.overtake = func() { l.DeleteDocument(card); l.check(l.deliver()) }
			err := l.deliver()
			if pkg := l.current(); !pkg.DocumentGone || pkg.Version != c.version || err != nil {
				t.Errorf("before %s, %s: %v, %+v", before, name, err, pkg)
			}
			if c.version > 0 && !strings.Contains(l.served(), `"voided":true`) {
				t.Errorf("before %s, %s: %s", before, name, l.served())
			}
			if c.version == 0 && l.announced != nil {
				t.Errorf("before %s, %s: announced %v", before, name, l.announced)
			}
		}
	}
}

// Wherever an attempt ends, the message comes again, and what is served in between is whole. The second document is one
// that was taken away, so that each call takes part.
func TestEveryCallMayFail(t *testing.T) {
	for _, c := range []struct {
		call      string
		applied   bool
		committed bool // by the attempt that failed
	}{
		{"CurrentPackage", false, false}, {"Document", false, false}, {"Open", false, false}, {"Create", false, false}, {"SavePackage", false, false},
		{"Create", true, false}, {"SavePackage", true, true}, {"PassPackaged", false, true}, {"PassPackaged", true, true},
	} {
		l := newLine(t)
		l.points(1)
		l.check(l.deliver())
		l.DeleteDocument(card)
		if l.fails, l.err = c.call, errDown; c.applied {
			l.fails, l.lost = "", c.call
		}
		if err := l.deliver(); !errors.Is(err, errDown) || (l.current().Version == 2) != c.committed || strings.Contains(l.served(), `"voided":true`) != c.committed {
			t.Errorf("%+v: %v, version %d", c, err, l.current().Version)
		}
		l.fails, l.lost, l.announced = "", "", nil
		l.check(l.deliver())
		if l.current().Version != 2 || len(l.objects()) != 2 || !slices.Equal(l.announced, []int64{2}) || !strings.Contains(l.served(), `"voided":true`) {
			t.Errorf("%+v: then version %d, objects %v, announced %v", c, l.current().Version, l.objects(), l.announced)
		}
	}
}

// The object of an attempt that did not get as far as its commit is used as it is: Create says ErrExists.
func TestAnObjectThatIsThereIsUsed(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.fails, l.err = "SavePackage", errDown
	if err := l.deliver(); !errors.Is(err, errDown) || len(l.objects()) != 1 || l.current().Version != 0 {
		t.Fatalf("%v, objects %v", err, l.objects())
	}
	l.fails = ""
	l.packager.Now = func() time.Time { return noon.Add(time.Hour) }
	l.check(l.deliver())
	if pkg := l.current(); !slices.Equal(l.objects(), []string{pkg.Object}) || !pkg.LastModified.Equal(noon.Add(time.Hour)) || !slices.Equal(l.announced, []int64{1}) {
		t.Errorf("%+v, objects %v, announced %v", pkg, l.objects(), l.announced)
	}
	l.served()
}

// Promise 2: whoever is overtaken reads both again, so that the newest document wins and the pointer never moves back.
func TestSomebodyElseIsFaster(t *testing.T) {
	for _, before := range []string{"CurrentPackage", "Document", "Create", "SavePackage"} {
		for _, points := range []int64{1, 2} { // the same document or a newer one
			l := newLine(t)
			l.points(1)
			l.overtaken = before
			l.overtake = func() { l.points(points); l.check(l.deliver()) }
			l.check(l.deliver())
			if l.current().Version != 1 || !slices.Equal(l.announced, []int64{1, 1}) || !strings.Contains(l.served(), fmt.Sprintf(`"value":%d`, points)) {
				t.Errorf("before %s, %d points: version %d, announced %v: %s", before, points, l.current().Version, l.announced, l.served())
			}
			l.check(errors.Join(l.Violations()...))
		}
	}
}

func TestConflictForEverAsksForAnotherDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		l.points(1)
		l.fails, l.err = "SavePackage", wallet.ErrConflict
		if err := l.deliver(); !errors.Is(err, wallet.ErrConflict) || l.current().Version != 0 || l.announced != nil {
			t.Errorf("%v, version %d, announced %v", err, l.current().Version, l.announced)
		}
	})
}

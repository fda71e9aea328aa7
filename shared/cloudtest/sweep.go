package cloudtest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/wallet"
)

// dueDevice saves a device of a pass type whose push is due at a time.
func dueDevice(t *testing.T, s Store, passType, name string, due time.Time) wallet.Device {
	t.Helper()
	d := wallet.Device{ID: wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(name)}}
	d.Register("serial-1", wallet.NewPushToken(name), someTime)
	d.PushDue = due
	return writeDevice(t, s, d)
}

// devicesDue returns, of the devices due by a time, those of some pass types, since all tests may share one store.
func devicesDue(t *testing.T, s Store, by time.Time, passTypes ...string) []wallet.Device {
	t.Helper()
	var found []wallet.Device
	for d, err := range s.DevicesDue(t.Context(), by) {
		ok(t, err)
		if slices.Contains(passTypes, d.ID.PassTypeIdentifier) {
			found = append(found, d)
		}
	}
	return found
}

func devicesDueOldestFirst(t *testing.T, s Store) {
	passType, other := freshPassType(), freshPassType()
	longAgo := someTime.AddDate(-100, 0, 0) // before whatever other tests have left
	for i, name := range []string{"c", "d", "a"} {
		dueDevice(t, s, passType, name, longAgo.Add(time.Duration(i)*time.Microsecond))
	}
	dueDevice(t, s, other, "b", longAgo.Add(time.Microsecond))
	dueDevice(t, s, passType, "never", time.Time{})
	dueDevice(t, s, passType, "later", longAgo.Add(3*time.Microsecond))
	var got []string
	for _, d := range devicesDue(t, s, longAgo.Add(2*time.Microsecond), passType, other) {
		got = append(got, string(d.ID.DeviceLibraryIdentifier))
	}
	want := []string{"c", "d", "b", "a"}
	if other < passType {
		want = []string{"c", "b", "d", "a"}
	}
	if !slices.Equal(got, want) {
		t.Errorf("due are %q, want %q", got, want)
	}
}

func devicesDuePages(t *testing.T, s Store) {
	passType := freshPassType()
	registerMany(t, s, passType) // all due at one moment: the place between two pages is inside it
	found := make(map[wallet.DeviceLibraryIdentifier]bool)
	for _, d := range devicesDue(t, s, someTime, passType) {
		found[d.ID.DeviceLibraryIdentifier] = true
	}
	if len(found) != registrations {
		t.Errorf("%d devices, want %d", len(found), registrations)
	}
}

func devicesDueWrite(t *testing.T, s Store) {
	passType := freshPassType()
	saved := dueDevice(t, s, passType, "a", someTime)
	found := devicesDue(t, s, someTime, passType)
	if len(found) != 1 {
		t.Fatalf("%d devices are due, want 1", len(found))
	}
	if found[0].ReadAt < found[0].Revision {
		t.Errorf("revision %d was read at %d", found[0].Revision, found[0].ReadAt)
	}
	saved.ReadAt = found[0].ReadAt
	wantEqual(t, found[0], saved)
	found[0].PushAnnounced(someTime)
	writeDevice(t, s, found[0])
	deviceConflicts(t, s, "a second write", found[0])
	if found := devicesDue(t, s, someTime, passType); len(found) != 0 {
		t.Errorf("%d devices are still due", len(found))
	}
}

func devicesDueStop(t *testing.T, s Store) {
	passType := freshPassType()
	for n := range 3 {
		dueDevice(t, s, passType, fmt.Sprint("device-", n), someTime)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	for _, err := range s.DevicesDue(ctx, someTime) {
		ok(t, err)
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("%d devices before the loop ended, want 1", seen)
	}
}

// walkDocuments returns the documents of some pass types that a walk in pages meets, in its order.
func walkDocuments(t *testing.T, s Store, limit int, passTypes ...string) []wallet.DocumentRevision {
	t.Helper()
	var found []wallet.DocumentRevision
	for after, pages := "", 0; ; pages++ {
		page, next, err := s.DocumentRevisions(t.Context(), after, limit)
		ok(t, err)
		if len(page) > limit {
			t.Fatalf("a page of %d, want at most %d", len(page), limit)
		}
		for _, doc := range page {
			if slices.Contains(passTypes, doc.ID.PassTypeIdentifier) {
				found = append(found, doc)
			}
		}
		if next == "" {
			return found
		}
		if after = next; pages > 10_000 {
			t.Fatal("the walk does not end")
		}
	}
}

func documentRevisions(t *testing.T, s Store) {
	// Of which one begins the other, and goes on with what is before a slash in the order of bytes.
	passType := freshPassType()
	longer := passType + "-x"
	var want []wallet.DocumentRevision
	for _, id := range []wallet.PassID{
		{PassTypeIdentifier: passType, SerialNumber: "-"}, {PassTypeIdentifier: passType, SerialNumber: "1"},
		{PassTypeIdentifier: passType, SerialNumber: "10"}, {PassTypeIdentifier: passType, SerialNumber: "2"},
		{PassTypeIdentifier: longer, SerialNumber: ".0"}, {PassTypeIdentifier: longer, SerialNumber: "A"},
	} {
		doc := writeDocument(t, s, id, map[string]any{"n": int64(1)})
		want = append(want, wallet.DocumentRevision{ID: id, Revision: doc.Revision})
	}
	want[1].Revision = writeDocument(t, s, want[1].ID, map[string]any{"deleted": true}).Revision // a tombstone is one too
	writePackage(t, s, wallet.CurrentPackage{ID: freshPass(), Version: 1})                       // no document
	for _, limit := range []int{1, 2, 4, 1000} {
		if got := walkDocuments(t, s, limit, passType, longer); !slices.Equal(got, want) {
			t.Errorf("pages of %d: %v, want %v", limit, got, want)
		}
	}
}

func currentPackages(t *testing.T, s Store) {
	passType := freshPassType()
	longer := passType + "-x"
	want := make(map[wallet.PassID]wallet.CurrentPackage)
	place := make(map[wallet.PassID]bool) // whose documents the walk meets
	for n := range 20 {
		id := wallet.PassID{PassTypeIdentifier: []string{passType, longer}[n/10], SerialNumber: fmt.Sprint("serial-", n)}
		if n%3 != 0 {
			place[id] = true
			writeDocument(t, s, id, map[string]any{"n": int64(n)})
		}
		if n%2 == 0 {
			pkg := filledPackage(t)
			pkg.ID = id
			want[id] = writePackage(t, s, pkg)
		}
	}
	for _, limit := range []int{1, 2, 7, 1000} {
		met := make(map[wallet.PassID]bool)
		var last wallet.PassID
		for after, ended := "", false; !ended; {
			page, next, err := s.DocumentRevisions(t.Context(), after, limit)
			ok(t, err)
			for pkg, err := range s.CurrentPackages(t.Context(), after, next) {
				if pkg.ID.PassTypeIdentifier != passType && pkg.ID.PassTypeIdentifier != longer {
					continue
				}
				ok(t, err)
				if cmp.Or(cmp.Compare(last.PassTypeIdentifier, pkg.ID.PassTypeIdentifier), cmp.Compare(last.SerialNumber, pkg.ID.SerialNumber)) >= 0 {
					t.Errorf("pages of %d: %v after %v", limit, pkg.ID, last)
				}
				met[pkg.ID], last = true, pkg.ID
				wantEqual(t, pkg, want[pkg.ID])
				here := slices.ContainsFunc(page, func(d wallet.DocumentRevision) bool { return d.ID == pkg.ID })
				if here != place[pkg.ID] {
					t.Errorf("pages of %d: %v comes with the page of its document: %v, want %v", limit, pkg.ID, here, place[pkg.ID])
				}
			}
			after, ended = next, next == ""
		}
		if len(met) != len(want) {
			t.Errorf("pages of %d: %d packages, want %d", limit, len(met), len(want))
		}
	}
	for range s.CurrentPackages(t.Context(), "", "") {
		break
	}
}

// manyPackages is more than any store reads at once.
const manyPackages = 1001

func currentPackagesPages(t *testing.T, s Store) {
	passType := freshPassType()
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(16)
	for n := range manyPackages {
		id := wallet.PassID{PassTypeIdentifier: passType, SerialNumber: fmt.Sprint("serial-", n)}
		g.Go(func() error {
			_, err := s.SavePackage(ctx, wallet.CurrentPackage{ID: id, Version: 1, LastModified: someTime})
			return err
		})
	}
	ok(t, g.Wait())
	found := 0
	for pkg, err := range s.CurrentPackages(t.Context(), "", "") {
		if pkg.ID.PassTypeIdentifier == passType {
			ok(t, err)
			found++
		}
	}
	if found != manyPackages {
		t.Errorf("%d packages, want %d", found, manyPackages)
	}
}

func walkRecord(t *testing.T, s Store) {
	other, err := s.Walk(t.Context(), wallet.WalkObjects)
	ok(t, err)
	read := func() wallet.Walk {
		t.Helper()
		w, err := s.Walk(t.Context(), wallet.WalkDocuments)
		ok(t, err)
		return w
	}
	save := func(w wallet.Walk) wallet.Walk {
		t.Helper()
		revision, err := s.SaveWalk(t.Context(), w)
		ok(t, err)
		saved := read()
		if saved.Revision != revision {
			t.Errorf("saved as revision %d, read as %d", revision, saved.Revision)
		}
		w.Revision = revision
		wantEqual(t, saved, w)
		return saved
	}
	var full wallet.Walk
	fill(t, &full)
	full.Name, full.Revision = wallet.WalkDocuments, read().Revision
	first := save(full)
	if again := save(first); again.Revision != first.Revision {
		t.Errorf("saved unchanged: revision %d, want the old one %d", again.Revision, first.Revision)
	}
	second := save(wallet.Walk{Name: first.Name, Revision: first.Revision})
	_, err = s.SaveWalk(t.Context(), first)
	wantKind(t, "a write on an old revision", err, wallet.ErrConflict)
	_, err = s.SaveWalk(t.Context(), wallet.Walk{Name: first.Name})
	wantKind(t, "a second creation", err, wallet.ErrConflict)
	wantEqual(t, read(), second)
	untouched, err := s.Walk(t.Context(), wallet.WalkObjects)
	ok(t, err)
	wantEqual(t, untouched, other)
}

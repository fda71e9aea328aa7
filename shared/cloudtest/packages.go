package cloudtest

import (
	"reflect"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

func readPackage(t *testing.T, s Store, id wallet.PassID) wallet.CurrentPackage {
	t.Helper()
	pkg, err := s.CurrentPackage(t.Context(), id)
	ok(t, err)
	return pkg
}

// writePackage replaces the record whatever it is, and returns it as it then stands.
func writePackage(t *testing.T, s Store, pkg wallet.CurrentPackage) wallet.CurrentPackage {
	t.Helper()
	pkg.Revision = readPackage(t, s, pkg.ID).Revision
	revision, err := s.SavePackage(t.Context(), pkg)
	ok(t, err)
	saved := readPackage(t, s, pkg.ID)
	if saved.Revision != revision {
		t.Fatalf("saved as revision %d, read as %d", revision, saved.Revision)
	}
	return saved
}

// filledPackage is a first version of which every field is set.
func filledPackage(t *testing.T) wallet.CurrentPackage {
	t.Helper()
	var pkg wallet.CurrentPackage
	fill(t, &pkg)
	pkg.ID, pkg.Version, pkg.Revision = freshPass(), 1, 0
	return pkg
}

func packageAbsent(t *testing.T, s Store) {
	id := freshPass()
	if pkg := readPackage(t, s, id); !reflect.DeepEqual(pkg, wallet.CurrentPackage{ID: id}) {
		t.Errorf("absent package %+v", pkg)
	}
}

func packageFields(t *testing.T, s Store) {
	want := filledPackage(t)
	got := writePackage(t, s, want)
	want.Revision = got.Revision
	wantEqual(t, got, want)

	least := wallet.CurrentPackage{ID: freshPass(), Version: 1}
	got = writePackage(t, s, least)
	least.Revision = got.Revision
	wantEqual(t, got, least)
}

func packageConflict(t *testing.T, s Store) {
	first := writePackage(t, s, filledPackage(t))
	_, err := s.SavePackage(t.Context(), wallet.CurrentPackage{ID: first.ID, Version: 1})
	wantKind(t, "second creation", err, wallet.ErrConflict)

	next := first.Next(first.LastModified)
	second := writePackage(t, s, next)
	next.Object = "packages/other.pkpass"
	_, err = s.SavePackage(t.Context(), next)
	wantKind(t, "write on an old revision", err, wallet.ErrConflict)
	wantEqual(t, readPackage(t, s, first.ID), second)
}

func packageUnchanged(t *testing.T, s Store) {
	pkg := writePackage(t, s, filledPackage(t))
	revision, err := s.SavePackage(t.Context(), pkg)
	ok(t, err)
	if revision != pkg.Revision {
		t.Errorf("saved unchanged: revision %d, want the old one %d", revision, pkg.Revision)
	}
}

func packageReplaced(t *testing.T, s Store) {
	pkg := writePackage(t, s, filledPackage(t))
	pkg.Problem, pkg.Timeline, pkg.AuthenticationToken = nil, nil, wallet.AuthenticationToken{}
	saved := writePackage(t, s, pkg)
	pkg.Revision = saved.Revision
	wantEqual(t, saved, pkg)
}

func packageCopied(t *testing.T, s Store) {
	pkg := filledPackage(t)
	want := pkg.Timeline[0].Kind + pkg.Problem.Findings[0].Message
	stored := func() string {
		now := readPackage(t, s, pkg.ID)
		return now.Timeline[0].Kind + now.Problem.Findings[0].Message
	}
	spoil := func(p wallet.CurrentPackage) { p.Timeline[0].Kind, p.Problem.Findings[0].Message = "x", "x" }
	saved := writePackage(t, s, pkg)
	spoil(pkg)
	if got := stored(); got != want {
		t.Errorf("what was saved shares memory with the store: %s, want %s", got, want)
	}
	spoil(saved)
	if got := stored(); got != want {
		t.Errorf("what was read shares memory with the store: %s, want %s", got, want)
	}
}

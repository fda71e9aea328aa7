package cloudtest

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// signUp is a sign-up of which every field is set, for a pass that has a package.
func signUp(t *testing.T, s Store) (wallet.Personalization, wallet.CurrentPackage) {
	t.Helper()
	var p wallet.Personalization
	fill(t, &p)
	pkg := writePackage(t, s, wallet.CurrentPackage{ID: freshPass(), Version: 1, RequiredPersonalizationFields: []string{"a", "b"}})
	p.ID = pkg.ID
	return p, pkg
}

func readPersonalization(t *testing.T, s Store, id wallet.PassID) wallet.Personalization {
	t.Helper()
	p, err := s.Personalization(t.Context(), id)
	ok(t, err)
	return p
}

func personalizationKept(t *testing.T, s Store) {
	p, pkg := signUp(t, s)
	_, err := s.Personalization(t.Context(), p.ID)
	wantKind(t, "before there is one", err, wallet.ErrNotFound)

	next := pkg.Personalize(someTime, "digest")
	revision, err := s.SavePersonalization(t.Context(), p, next)
	ok(t, err)
	wantEqual(t, readPersonalization(t, s, p.ID), p)
	saved := readPackage(t, s, p.ID)
	if next.Revision = revision; revision <= pkg.Revision {
		t.Errorf("revision %d after %d", revision, pkg.Revision)
	}
	wantEqual(t, saved, next)
}

func personalizationConflict(t *testing.T, s Store) {
	p, pkg := signUp(t, s)
	moved := writePackage(t, s, pkg.Next(someTime))
	_, err := s.SavePersonalization(t.Context(), p, pkg.Personalize(someTime, "digest"))
	wantKind(t, "on an old package record", err, wallet.ErrConflict)
	wantEqual(t, readPackage(t, s, p.ID), moved)
	_, err = s.Personalization(t.Context(), p.ID)
	wantKind(t, "after a conflict", err, wallet.ErrNotFound)

	_, err = s.SavePersonalization(t.Context(), p, moved.Personalize(someTime, "digest"))
	ok(t, err)
	current := readPackage(t, s, p.ID)
	other := p
	other.Info = wallet.PersonalInfo{"fullName": wallet.NewPersonalText("Mallory")}
	again := current.Same()
	again.TemplateRevision = "other"
	_, err = s.SavePersonalization(t.Context(), other, again)
	wantKind(t, "a second sign-up", err, wallet.ErrConflict)
	wantEqual(t, readPersonalization(t, s, p.ID), p)
	wantEqual(t, readPackage(t, s, p.ID), current)
}

func personalizationConcurrency(t *testing.T, s Store) {
	p, pkg := signUp(t, s)
	errs := make([]error, 8)
	var writers sync.WaitGroup
	for n := range errs {
		writers.Go(func() {
			_, errs[n] = s.SavePersonalization(t.Context(), p, pkg.Personalize(someTime, "digest"))
		})
	}
	writers.Wait()
	saved := 0
	for _, err := range errs {
		if err == nil {
			saved++
		} else if !errors.Is(err, wallet.ErrConflict) {
			t.Error(err)
		}
	}
	if saved != 1 {
		t.Errorf("%d of %d sign-ups were saved, want 1", saved, len(errs))
	}
}

func personalizationCopied(t *testing.T, s Store) {
	p, pkg := signUp(t, s)
	next := pkg.Personalize(someTime, "digest")
	_, err := s.SavePersonalization(t.Context(), p, next)
	ok(t, err)
	want := readPersonalization(t, s, p.ID)
	spoil := func(p wallet.Personalization) { p.Info["fullName"] = wallet.NewPersonalText("Mallory") }
	spoil(p)
	spoil(readPersonalization(t, s, p.ID))
	next.RequiredPersonalizationFields[0] = "x"
	readPackage(t, s, p.ID).RequiredPersonalizationFields[0] = "x"
	if got := readPersonalization(t, s, p.ID); !reflect.DeepEqual(got, want) || readPackage(t, s, p.ID).RequiredPersonalizationFields[0] != "a" {
		t.Error("it shares memory with the store")
	}
}

func personalizationSecrets(t *testing.T, s Store) {
	p, pkg := signUp(t, s)
	p.Info = wallet.PersonalInfo{"fullName": wallet.NewPersonalText("Ada-Example")}
	pkg.Revision--
	_, err := s.SavePersonalization(t.Context(), p, pkg.Personalize(someTime, "digest"))
	wantKind(t, "on a revision that never was", err, wallet.ErrConflict)
	p.Info["fullName"] = wallet.NewPersonalText("Ada-Example\xff")
	_, other := s.SavePersonalization(t.Context(), p, readPackage(t, s, p.ID).Personalize(someTime, "digest"))
	wantKind(t, "text that is not UTF-8", other, wallet.ErrInvalid)
	for _, err := range []error{err, other} {
		if err != nil && strings.Contains(err.Error(), "Ada-Example") {
			t.Errorf("the error shows the name: %v", err)
		}
	}
}

package store_test

import (
	"testing"

	"walletpasses.example/server/shared/cloudtest"
	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/gcp/store"
)

const (
	project  = "test-project"
	database = "(default)"
)

func open(t *testing.T) *store.Store {
	t.Helper()
	t.Setenv("FIRESTORE_EMULATOR_HOST", emulator.Firestore(t))
	s, err := store.Open(t.Context(), project, database)
	check(t, err)
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}

func TestStore(t *testing.T) {
	cloudtest.TestStore(t, func(t *testing.T) cloudtest.Store { return open(t) })
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

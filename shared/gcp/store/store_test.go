package store_test

import (
	"testing"

	"cloud.google.com/go/firestore"

	"walletpasses.example/server/shared/cloudtest"
	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/wallet"
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

func TestSpoiltPackage(t *testing.T) {
	client, s := googleClient(t), open(t)
	cloudtest.TestSpoiltPackage(t, s, func(id wallet.PassID) {
		_, err := document(client, "packages", id).Update(t.Context(), []firestore.Update{{Path: "version", Value: "one"}})
		check(t, err)
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

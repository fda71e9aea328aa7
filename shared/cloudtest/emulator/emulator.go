// Package emulator starts Google's emulators of Firestore and Pub/Sub, and fake-gcs-server for Cloud Storage, so that what
// uses Google's clients is tried against more than a promise.
//
// Tests call [Firestore], [PubSub] and [Storage]: each is started once per test process, on a free port. Where
// FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST or STORAGE_EMULATOR_HOST names one that runs already, that one is used.
// What is not installed skips the test and says so; with REQUIRE_EMULATORS=1 it fails the test. Programs, and tests that
// want one of their own, call [StartFirestore], [StartPubSub] and [StartStorage].
//
// Every server ends with the process that started it, however that ends.
package emulator

import (
	"context"
	"errors"
	"os"
	"sync"
)

// A T is what is needed of a test or benchmark.
type T interface {
	Helper()
	Skip(args ...any)
	Fatal(args ...any)
}

// Firestore returns the host:port of a Firestore emulator.
func Firestore(t T) string {
	t.Helper()
	return host(t, "FIRESTORE_EMULATOR_HOST", firestore)
}

// PubSub returns the host:port of a Pub/Sub emulator.
func PubSub(t T) string {
	t.Helper()
	return host(t, "PUBSUB_EMULATOR_HOST", pubsub)
}

// Storage returns the host:port of a fake Cloud Storage.
func Storage(t T) string {
	t.Helper()
	return host(t, "STORAGE_EMULATOR_HOST", storage)
}

// Unless stops the test when err is not nil: it skips what needs a program that is not installed, and fails otherwise.
func Unless(t T, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrNotInstalled) && os.Getenv("REQUIRE_EMULATORS") != "1":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

func host(t T, variable string, start func() (*Server, error)) string {
	t.Helper()
	if running := os.Getenv(variable); running != "" {
		return running
	}
	server, err := start()
	Unless(t, err)
	return server.Address
}

// Those that all tests of a process share.
var (
	firestore = sync.OnceValues(func() (*Server, error) { return StartFirestore(context.Background(), "") })
	pubsub    = sync.OnceValues(func() (*Server, error) { return StartPubSub(context.Background()) })
	storage   = sync.OnceValues(func() (*Server, error) { return StartStorage(context.Background()) })
)

package local_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"walletpasses.example/server/shared/cloudtest"
	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/gcp/bucket"
	"walletpasses.example/server/shared/gcp/local"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/wallet"
)

const topic = "pass-updates"

// open returns a new project with one topic, and one bucket that is named like it.
func open(t *testing.T) (p *local.Project, id string) {
	t.Helper()
	t.Setenv("FIRESTORE_EMULATOR_HOST", emulator.Firestore(t))
	t.Setenv("PUBSUB_EMULATOR_HOST", emulator.PubSub(t))
	t.Setenv("STORAGE_EMULATOR_HOST", emulator.Storage(t))
	id = "test-" + strings.ToLower(rand.Text())
	first, err := local.Open(t.Context(), id, id, topic)
	check(t, err)
	check(t, first.Close())
	p, err = local.Open(t.Context(), id, id, topic) // finds everything there
	check(t, err)
	t.Cleanup(func() { check(t, p.Close()) })
	return p, id
}

// background runs f until the test ends, when it has to return without an error.
func background(t *testing.T, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		check(t, <-done)
	})
}

func receive[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience.Limit)
	defer cancel()
	select {
	case v := <-from:
		return v
	case <-ctx.Done():
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}

func TestMessagesAreDeliveredUntilTheyAreHandled(t *testing.T) {
	p, _ := open(t)
	check(t, p.Subscribe(t.Context(), topic))
	check(t, p.Subscribe(t.Context(), topic)) // the one that is there
	check(t, p.Publish(t.Context(), topic, []byte("hello")))
	deliveries := make(chan string)
	answers := make(chan error)
	background(t, func(ctx context.Context) error {
		return p.Receive(ctx, topic, func(_ context.Context, message []byte) error {
			select {
			case deliveries <- string(message):
				return <-answers
			case <-ctx.Done(): // once more after it was handled, as may be
				return ctx.Err()
			}
		})
	})
	for _, answer := range []error{errors.New("not now"), nil} {
		if got := receive(t, "a delivery", deliveries); got != "hello" {
			t.Errorf("delivered %q", got)
		}
		answers <- answer
	}
}

func TestDocumentsWrittenAreNamed(t *testing.T) {
	p, project := open(t)
	s, err := store.Open(t.Context(), project, "(default)")
	check(t, err)
	defer s.Close()
	before := wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "before"}
	after := wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "after"}
	save(t, s, before, 1)
	written := make(chan wallet.PassID)
	answers := make(chan error)
	background(t, func(ctx context.Context) error {
		return p.WatchDocuments(ctx, func(_ context.Context, id wallet.PassID) error {
			written <- id
			return <-answers
		})
	})
	for _, step := range []struct {
		what   string
		write  func()
		id     wallet.PassID
		answer error
	}{
		{"what was there", func() {}, before, nil},
		{"a creation", func() { save(t, s, after, 1) }, after, errors.New("not now")},
		{"the creation again", func() {}, after, nil},
		{"a change", func() { save(t, s, before, 2) }, before, nil},
	} {
		step.write()
		if got := receive(t, step.what, written); got != step.id {
			t.Errorf("%s: named %v, want %v", step.what, got, step.id)
		}
		answers <- step.answer
	}
}

func save(t *testing.T, s cloudtest.Store, id wallet.PassID, points int64) {
	t.Helper()
	doc, err := s.Document(t.Context(), id)
	check(t, err)
	doc.Fields = map[string]any{"points": points}
	_, err = s.SaveDocument(t.Context(), doc)
	check(t, err)
}

func TestTheBucketIsThere(t *testing.T) {
	_, name := open(t)
	b, err := bucket.Open(t.Context(), name)
	check(t, err)
	defer b.Close()
	check(t, b.Create(t.Context(), "a.pkpass", []byte("data")))
}

func TestARealProjectIsRefused(t *testing.T) {
	variables := []string{"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"}
	for _, missing := range variables {
		for _, variable := range variables {
			t.Setenv(variable, "127.0.0.1:1")
		}
		t.Setenv(missing, "")
		if _, err := local.Open(t.Context(), "project", "bucket"); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: error %v", missing, err)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package gcp

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"walletpasses.example/server/shared/wallet"
)

func TestPassOfDocument(t *testing.T) {
	id, err := passOfDocument("passTypes/pass.com.example/passes/card-1")
	if want := (wallet.PassID{PassTypeIdentifier: "pass.com.example", SerialNumber: "card-1"}); err != nil || id != want {
		t.Errorf("%v, %v", id, err)
	}
	for _, path := range []string{
		"", "passTypes", "passTypes/pass.com.example", "passTypes/pass.com.example/passes", "passTypes/pass.com.example/passes/",
		"passTypes/pass.com.example/passes/card-1/notes/1", "/passTypes/pass.com.example/passes/card-1",
		"passTypes/pass.com.example/packages/card-1", "passTypes/pass.com.example/devices/card-1", "customers/pass.com.example/passes/card-1",
		"passTypes/com.example/passes/card-1", "passTypes/pass.com.example/passes/..", "passTypes/pass.com.example/passes/Jörg 1",
		"projects/p/databases/(default)/documents/passTypes/pass.com.example/passes/card-1",
	} {
		if _, err := passOfDocument(path); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestMessageData(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"a message", `{"message":{"data":"eyJhIjoxfQ==","messageId":"1","attributes":{"a":"b"}},"subscription":"s"}`, `{"a":1}`},
		{"bytes", `{"message":{"data":"/wA="}}`, "\xff\x00"},
		{"without data", `{"message":{"attributes":{"a":"b"}}}`, ""},
		{"without a message", `{}`, ""},
	} {
		if got, err := messageData(strings.NewReader(c.body)); err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	for name, body := range map[string]string{
		"not base64": `{"message":{"data":"%"}}`, "not an object": `[1]`, "data of no kind": `{"message":{"data":{}}}`, "nothing": "", "half": `{"message":`,
	} {
		if _, err := messageData(strings.NewReader(body)); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A message that broke off on its way is delivered again; one that is malformed would be no better the next time.
func TestAMessageThatBreaksOffIsNotInvalid(t *testing.T) {
	_, err := messageData(io.MultiReader(strings.NewReader(`{"message":`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

func TestOpenedOnceForAllAndAgainAfterAFailure(t *testing.T) {
	opens := 0
	open := once(func(context.Context) (int, error) {
		if opens++; opens < 3 {
			return 0, errors.New("Firestore is away")
		}
		return opens, nil
	})
	for range 2 {
		if _, err := open(t.Context()); err == nil {
			t.Error("opened")
		}
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if h, err := open(t.Context()); h != 3 || err != nil {
				t.Errorf("%d, %v", h, err)
			}
		})
	}
	all.Wait()
	if opens != 3 {
		t.Errorf("opened %d times", opens)
	}
}

// A client that is opened by a request must not end with it.
func TestTheClientsOutliveTheRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opened, err := once(func(ctx context.Context) (context.Context, error) { return ctx, nil })(ctx)
	cancel()
	if err != nil || opened.Err() != nil {
		t.Errorf("%v, %v", err, opened.Err())
	}
}

func TestOnlyTheFunctionThatWasDeployedReadsItsSettings(t *testing.T) {
	t.Setenv("FUNCTION_TARGET", "Another")
	read := func(name string) { t.Errorf("the settings of %s were read", name) }
	Messages("IngestPass", time.Minute, func(*Environment) Open[wallet.MessageHandler] { read("IngestPass"); return nil })
	DocumentWrites("PassChanged", time.Minute, func(*Environment) Open[func(context.Context, wallet.PassID) error] { read("PassChanged"); return nil })
	if !deployed("Another") || deployed("") || deployed(strings.ToLower("Another")) {
		t.Error("the name is not compared as it is")
	}
}

package gcp

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/cloudevents/sdk-go/v2/event"

	"walletpasses.example/server/shared/wallet"
)

// Open builds a function's handler, opening the clients it needs. It is called at the first request, so that an outage of
// another service does not keep an instance from starting; one that failed is called again at the next request.
type Open[H any] func(ctx context.Context) (H, error)

// HTTP registers an entry point that answers HTTP. settings runs at once when this process was deployed as that function,
// and not at all otherwise; a setting that is missing or malformed stops the start.
func HTTP(name string, settings func(*Environment) Open[http.Handler]) {
	if !deployed(name) {
		return
	}
	handler := once(start(name, settings))
	functions.HTTP(name, func(w http.ResponseWriter, r *http.Request) {
		h, err := handler(r.Context())
		if err != nil {
			Logger().ErrorContext(r.Context(), "cannot open", "function", name, "error", err)
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		h.ServeHTTP(w, r.WithContext(withTrace(r.Context(), r.Header)))
	})
}

// Messages registers an entry point that Pub/Sub pushes to, directly or through Eventarc. What can never succeed is logged
// and acknowledged; any other error asks for another delivery.
func Messages(name string, settings func(*Environment) Open[wallet.MessageHandler]) {
	cloudEvent(name, settings, func(ctx context.Context, handle wallet.MessageHandler, e event.Event) error {
		message, err := messageData(e)
		if err != nil {
			return err
		}
		return handle(ctx, message)
	})
}

// DocumentWrites registers an entry point that the Firestore trigger calls for each write of a pass document, with the same
// bargain as [Messages].
func DocumentWrites(name string, settings func(*Environment) Open[func(context.Context, wallet.PassID) error]) {
	cloudEvent(name, settings, func(ctx context.Context, handle func(context.Context, wallet.PassID) error, e event.Event) error {
		path, _ := e.Extensions()["document"].(string)
		id, err := passOfDocument(path)
		if err != nil {
			return err
		}
		return handle(ctx, id)
	})
}

// cloudEvent registers an entry point whose events are handed to the handler by call.
func cloudEvent[H any](name string, settings func(*Environment) Open[H], call func(context.Context, H, event.Event) error) {
	if !deployed(name) {
		return
	}
	handler := once(start(name, settings))
	functions.CloudEvent(name, func(ctx context.Context, e event.Event) error {
		handle, err := handler(ctx)
		if err != nil {
			return fmt.Errorf("%s: cannot open: %w", name, err)
		}
		return wallet.Acknowledge(ctx, Logger(), name, call(ctx, handle, e))
	})
}

// messageData returns the data of the message in a messagePublished event.
// https://cloud.google.com/eventarc/docs/cloudevents
func messageData(e event.Event) ([]byte, error) {
	var published struct {
		Message struct {
			Data []byte `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(e.Data(), &published); err != nil {
		return nil, fmt.Errorf("%w: not a Pub/Sub message: %v", wallet.ErrInvalid, err)
	}
	return published.Message.Data, nil
}

// passOfDocument reads the path of a pass document. The event's body holds the document too, before and after, and is not
// looked at: by the time anyone works on it, it may say something else.
func passOfDocument(path string) (wallet.PassID, error) {
	parts := strings.Split(path, "/")
	if len(parts) != 4 || parts[0] != "passTypes" || parts[2] != "passes" {
		return wallet.PassID{}, fmt.Errorf("%w: the event is about %q, not about passTypes/…/passes/…", wallet.ErrInvalid, path)
	}
	id := wallet.PassID{PassTypeIdentifier: parts[1], SerialNumber: parts[3]}
	return id, id.Validate()
}

// deployed reports that this process was started as the named function.
func deployed(name string) bool { return os.Getenv("FUNCTION_TARGET") == name }

// start reads the settings, or ends the process with a sentence for each that is wrong, so that a rollout fails and not
// the first customer.
func start[H any](name string, settings func(*Environment) Open[H]) Open[H] {
	env := NewEnvironment(os.Getenv)
	open := settings(env)
	if err := env.Err(); err != nil {
		log.Fatalf("%s cannot start:\n%v", name, err)
	}
	return open
}

// once calls open until it succeeds, and then no more.
func once[H any](open Open[H]) Open[H] {
	var (
		mu     sync.Mutex
		opened bool
		h      H
	)
	return func(ctx context.Context) (H, error) {
		mu.Lock()
		defer mu.Unlock()
		if opened {
			return h, nil
		}
		var err error
		// The clients outlive the request that happened to open them.
		h, err = open(context.WithoutCancel(ctx))
		opened = err == nil
		return h, err
	}
}

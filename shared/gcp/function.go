package gcp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"golang.org/x/sync/singleflight"

	"walletpasses.example/server/shared/wallet"
)

// Open builds a function's handler, opening the clients it needs. It is called at the first request, so that an outage of
// another service does not keep an instance from starting; one that failed is called again at the next request.
type Open[H any] func(ctx context.Context) (H, error)

// margin is what is left of a request's time when its work is given up: enough to say so, before the platform cuts it off.
const margin = 5 * time.Second

// HTTP registers an entry point that answers HTTP. timeout is what the platform allows one request, timeout_seconds in
// terraform/functions.tf: its context ends a little earlier. settings runs at once when this process was deployed as that
// function, and not at all otherwise; a setting that is missing or malformed stops the start.
func HTTP(name string, timeout time.Duration, settings func(*Environment) Open[http.Handler]) {
	register(name, timeout, settings, func(h http.Handler, w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) })
}

// Messages registers an entry point that Pub/Sub pushes to, directly or through Eventarc: either way the message is in the
// body. What can never succeed is logged and acknowledged with 200; any other error is a 500 and asks for another delivery.
// https://cloud.google.com/pubsub/docs/push#receive_push
func Messages(name string, timeout time.Duration, settings func(*Environment) Open[wallet.MessageHandler]) {
	register(name, timeout, settings, func(handle wallet.MessageHandler, w http.ResponseWriter, r *http.Request) {
		message, err := messageData(r.Body)
		if err == nil {
			err = handle(r.Context(), message)
		}
		acknowledge(name, err, w, r)
	})
}

// DocumentWrites registers an entry point that the Firestore trigger calls for each write of a pass document, with the same
// bargain as [Messages].
//
// The event's header names the document. Its body holds the document too, before and after, and is not looked at: by the
// time anyone works on it, it may say something else.
// https://cloud.google.com/eventarc/docs/cloudevents
func DocumentWrites(name string, timeout time.Duration, settings func(*Environment) Open[func(context.Context, wallet.PassID) error]) {
	register(name, timeout, settings, func(handle func(context.Context, wallet.PassID) error, w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a sender that is cut off half way would send the event again
		id, err := passOfDocument(r.Header.Get("Ce-Document"))
		if err == nil {
			err = handle(r.Context(), id)
		}
		acknowledge(name, err, w, r)
	})
}

// register registers an entry point whose requests are given, with its handler, to serve. Events are requests like others:
// so the framework hands over their headers, with the trace, and has no opinion about messages that are no CloudEvents.
func register[H any](name string, timeout time.Duration, settings func(*Environment) Open[H], serve func(H, http.ResponseWriter, *http.Request)) {
	if !deployed(name) {
		return
	}
	functions.HTTP(name, within(name, timeout, start(name, settings), serve))
}

// within opens the handler and serves requests with it, each in its time.
func within[H any](name string, timeout time.Duration, open Open[H], serve func(H, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	handler := once(open)
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(withTrace(r.Context(), r.Header), timeout-margin)
		defer cancel()
		r = r.WithContext(ctx)
		h, err := handler(r.Context())
		if err != nil {
			Logger().ErrorContext(r.Context(), "cannot open", "function", name, "error", err)
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		serve(h, w, r)
	}
}

// acknowledge answers an event whose handling ended with err.
func acknowledge(name string, err error, w http.ResponseWriter, r *http.Request) {
	if wallet.Acknowledge(r.Context(), Logger(), name, err) != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// maxMessage bounds a push, in bytes: a document in base64, and all the attributes that a message may have.
const maxMessage = 512 << 10

// messageData returns the data of the message that Pub/Sub pushes. One that no function of ours could take is
// [wallet.ErrTooLarge]: some of them at once would fill the memory.
// https://cloud.google.com/pubsub/docs/reference/rest/v1/PubsubMessage
func messageData(body io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(body, maxMessage+1))
	if err == nil && len(text) > maxMessage {
		if _, err = io.Copy(io.Discard, body); err == nil { // cut off half way, it would be sent again
			return nil, fmt.Errorf("%w: the message has more than %d bytes with its envelope", wallet.ErrTooLarge, maxMessage)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the message: %w", err)
	}
	var pushed struct {
		Message struct {
			Data []byte `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(text, &pushed); err != nil {
		return nil, fmt.Errorf("%w: not a Pub/Sub message: %v", wallet.ErrInvalid, err)
	}
	return pushed.Message.Data, nil
}

// passOfDocument reads the path of a pass document.
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

// once calls open until it succeeds, and then no more. Who asks meanwhile waits for the same outcome, for as long as their own
// context lasts.
func once[H any](open Open[H]) Open[H] {
	var (
		opening singleflight.Group
		opened  atomic.Pointer[H]
	)
	return func(ctx context.Context) (H, error) {
		if h := opened.Load(); h != nil {
			return *h, nil
		}
		outcome := opening.DoChan("", func() (any, error) {
			if h := opened.Load(); h != nil { // by whom this one just missed
				return *h, nil
			}
			h, err := open(context.WithoutCancel(ctx)) // the clients outlive the request that happened to open them
			if err == nil {
				opened.Store(&h)
			}
			return h, err
		})
		select {
		case o := <-outcome:
			h, _ := o.Val.(H) // nil, of an interface, is none
			return h, o.Err
		case <-ctx.Done():
			var none H
			return none, ctx.Err()
		}
	}
}

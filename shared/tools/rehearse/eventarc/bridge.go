// Package eventarc stands where Eventarc stands between Firestore and a function: it is told by the Firestore emulator that
// a document was written, and delivers the event that production would, until the function acknowledges it.
//
// The emulator itself tries once, and sends the body in base64.
package eventarc

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Backoff is the wait before the second delivery of an event, which doubles with every further one up to Max.
// Production's are 10 s and 600 s. https://cloud.google.com/eventarc/docs/retry-events
type Backoff struct{ Min, Max time.Duration }

// A Bridge delivers events.
type Bridge struct {
	backoff Backoff
	address string
	server  *http.Server
	client  *http.Client
	life    context.Context // ends with Close
	end     context.CancelFunc
	working sync.WaitGroup // the server and the deliveries

	mu       sync.Mutex
	triggers map[string]string // the function's URL by the trigger's identifier; nil once closed
}

// deliveryLimit is how long a function may work on one delivery: the deadline of the subscription behind a trigger.
const deliveryLimit = 10 * time.Second

// Listen starts a bridge on a free port. The Firestore emulator has to be started with its address.
func Listen(backoff Backoff) (*Bridge, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for document writes: %w", err)
	}
	b := &Bridge{
		backoff: backoff,
		address: listener.Addr().String(),
		client: &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: 64},
			Timeout:   deliveryLimit,
			// A redirect is no acknowledgement.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		triggers: make(map[string]string),
	}
	b.life, b.end = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /functions/projects/{project}/triggers/{trigger}", b.receive)
	b.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	b.working.Go(func() { _ = b.server.Serve(listener) }) // until Close
	return b, nil
}

// Address is the host:port where the emulator posts.
func (b *Bridge) Address() string { return b.address }

// Close stops receiving and delivering. What was not acknowledged is lost.
func (b *Bridge) Close() {
	b.mu.Lock()
	b.triggers = nil // so that no delivery begins any more
	b.mu.Unlock()
	b.end()
	_ = b.server.Close() // the listener's error: nothing is left to do about it
	b.working.Wait()
	b.client.CloseIdleConnections()
}

// receive takes one event from the emulator, and answers before it is delivered.
func (b *Bridge) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, r.Body))
	if err != nil {
		http.Error(w, "the event is not base64: "+err.Error(), http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	function, ok := b.triggers[r.PathValue("trigger")]
	if !ok {
		http.Error(w, "no such trigger", http.StatusNotFound)
		return
	}
	header := asInProduction(r.Header)
	b.working.Go(func() { b.deliver(function, header, body) })
}

// asInProduction returns the headers of the binary mode of CloudEvents, with what the emulator writes otherwise mended.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#31-binary-content-mode
func asInProduction(emulator http.Header) http.Header {
	event := http.Header{"Content-Type": {"application/protobuf"}}
	for name, values := range emulator {
		if strings.HasPrefix(name, "Ce-") && name != "Ce-Datacontenttype" { // that is Content-Type, in this mode
			event[name] = values
		}
	}
	event.Set("Ce-Source", strings.Replace(event.Get("Ce-Source"), "projects/projects/", "projects/", 1))
	return event
}

// deliver repeats until the event is acknowledged or the bridge is closed.
func (b *Bridge) deliver(function string, header http.Header, body []byte) {
	for gap := b.backoff.Min; !b.acknowledged(function, header, body); gap = min(2*gap, b.backoff.Max) {
		wait := time.NewTimer(gap)
		select {
		case <-wait.C:
		case <-b.life.Done():
			wait.Stop()
			return
		}
	}
}

// acknowledged delivers the event once.
func (b *Bridge) acknowledged(function string, header http.Header, body []byte) bool {
	request, err := http.NewRequestWithContext(b.life, http.MethodPost, function, bytes.NewReader(body))
	if err != nil {
		return false
	}
	request.Header = header.Clone()
	response, err := b.client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err == nil && response.StatusCode/100 == 2
}

package console

import (
	"slices"
	"sync"

	"walletpasses.example/server/shared/wallet"
)

// An Event names something that has changed, and says nothing about it: whoever shows it looks again.
type Event struct {
	Kind string `json:"kind"` // one of the Kind constants
	// PassID is the pass that the event is about. Without a serial number, it is about any pass of the type.
	wallet.PassID
}

// The kinds of event.
const (
	KindPass     = "pass"     // a document, a package, or a device that registered it
	KindPhone    = "phone"    // the simulated iPhone
	KindPush     = "push"     // APNs was asked to deliver
	KindTemplate = "template" // the templates
	KindCampaign = "campaign" // a campaign
	KindLog      = "log"      // what devices complain about
	KindReload   = "reload"   // more than could be kept for a slow reader: everything may have changed
)

// maxPending bounds what is kept for a reader who is slow.
const maxPending = 64

// A Hub tells every reader of events of each, and waits for none of them. It is safe for concurrent use. The zero value is
// ready.
type Hub struct {
	mu      sync.Mutex
	readers map[*reader]bool
	closed  bool
}

// A reader has events to read when wake is not empty. Of equal events that wait, one is kept.
type reader struct {
	wake    chan struct{}
	pending []Event // guarded by the hub's lock
}

// Publish tells every reader.
func (h *Hub) Publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for r := range h.readers {
		r.add(e)
	}
}

func (r *reader) add(e Event) {
	switch {
	case slices.Contains(r.pending, e), slices.Contains(r.pending, Event{Kind: KindReload}):
		return
	case len(r.pending) == maxPending:
		r.pending = []Event{{Kind: KindReload}}
	default:
		r.pending = append(r.pending, e)
	}
	select {
	case r.wake <- struct{}{}:
	default: // it is awake
	}
}

// Close ends all reading, now and later.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for r := range h.readers {
		close(r.wake)
	}
	clear(h.readers)
}

// subscribe returns a new reader; its wake is closed when the hub is.
func (h *Hub) subscribe() *reader {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := &reader{wake: make(chan struct{}, 1)}
	if h.closed {
		close(r.wake)
		return r
	}
	if h.readers == nil {
		h.readers = make(map[*reader]bool)
	}
	h.readers[r] = true
	return r
}

// leave forgets a reader.
func (h *Hub) leave(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.readers, r)
}

// take returns what waits for a reader.
func (h *Hub) take(r *reader) []Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	events := r.pending
	r.pending = nil
	return events
}

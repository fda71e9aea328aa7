package iphone

import (
	"slices"
	"sync"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// historyLength is how many events a phone remembers.
const historyLength = 200

// An Event is one thing the phone did.
type Event struct {
	Time time.Time
	// Kind is "added", "registered", "pushed", "listed", "fetched", "unchanged", "notice", "personalized", "removed", "off" or
	// "on". The Detail of a notice is what the lock screen says.
	Kind   string
	Pass   wallet.PassID // without a serial number where the event is about a pass type; zero where it is about the phone
	Detail string
}

// history is the last of what a phone did. It has a lock of its own, so that it can be looked at in the middle of an exchange.
type history struct {
	mu     sync.Mutex
	events []Event
}

// History returns the last 200 things that the phone did, oldest first.
func (p *Phone) History() []Event {
	p.history.mu.Lock()
	defer p.history.mu.Unlock()
	return slices.Clone(p.history.events)
}

func (h *history) add(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) == historyLength {
		h.events = slices.Delete(h.events, 0, 1)
	}
	h.events = append(h.events, e)
}

func (p *Phone) event(kind string, id wallet.PassID, detail string) {
	e := Event{Time: p.Now(), Kind: kind, Pass: id, Detail: detail}
	p.history.add(e)
	if p.OnEvent != nil {
		p.OnEvent(e)
	}
}

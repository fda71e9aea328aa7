package inmem

import (
	"bytes"
	"fmt"
	"sync"

	"walletpasses.example/server/shared/wallet"
)

// A subscription is a queue of deliveries and the workers that empty it. The bus's lock guards it.
type subscription struct {
	bus     *Bus
	topic   string
	handle  wallet.MessageHandler
	waiting []delivery
	arrived sync.Cond
}

// A delivery is one message on its way to one subscription.
type delivery struct {
	message  []byte
	attempts int // so far
}

// queue makes a delivery ready for the next free worker. The caller holds the lock.
func (s *subscription) queue(d delivery) {
	s.waiting = append(s.waiting, d)
	s.arrived.Signal()
}

// work handles deliveries until the bus closes.
func (s *subscription) work() {
	for {
		d, ok := s.next()
		if !ok {
			return
		}
		d.attempts++
		s.settle(d, s.attempt(d))
	}
}

func (s *subscription) next() (delivery, bool) {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	for len(s.waiting) == 0 && !s.bus.closed {
		s.arrived.Wait()
	}
	if s.bus.closed {
		return delivery{}, false
	}
	d := s.waiting[0]
	s.waiting = s.waiting[1:]
	return d, true
}

// attempt calls the handler with a copy of the message. A panic is an error like any other.
func (s *subscription) attempt(d delivery) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the handler of %s panicked: %v", s.topic, r)
		}
	}()
	return s.handle(s.bus.ctx, bytes.Clone(d.message))
}

// settle ends a delivery, repeats it later, or gives it up.
func (s *subscription) settle(d delivery, err error) {
	b := s.bus
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		b.settled()
	case b.closed:
		// Close has dropped what is not delivered.
	case d.attempts >= b.options.Attempts:
		letter := DeadLetter{Topic: s.topic, Message: d.message, Attempts: d.attempts, Err: err}
		b.dead = append(b.dead, letter)
		if b.options.OnDeadLetter != nil {
			b.options.OnDeadLetter(letter)
		}
		b.settled()
	default:
		b.later(s, d, b.options.Backoff(d.attempts))
	}
}

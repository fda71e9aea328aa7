package apnstest

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A Push is one request as it was received, and how it was answered. The token is in it for everyone to see: this is no
// real APNs.
type Push struct {
	Time       time.Time `json:"time"`       // of arrival, UTC; RFC 3339 in JSON
	PushToken  string    `json:"pushToken"`  // of the path, unescaped
	Topic      string    `json:"topic"`      // apns-topic
	PushType   string    `json:"pushType"`   // apns-push-type
	Priority   int       `json:"priority"`   // apns-priority; 0 when absent or no number
	Expiration int64     `json:"expiration"` // apns-expiration, Unix seconds; 0 when absent or no number
	Body       string    `json:"body"`
	Status     int       `json:"status"` // of the answer; 0 when the connection was dropped instead

	ID            string `json:"-"` // apns-id
	Reason        string `json:"-"` // of the answer; empty for 200
	Authorization string `json:"-"` // the header as sent
}

// A history grows at its end. It is never cut.
type history struct {
	mu      sync.Mutex
	pushes  []Push
	waiters []*waiter
}

// A waiter waits for n pushes.
type waiter struct {
	n       int
	reached chan struct{}
}

// Pushes returns every request so far in the order of their answers, newest last.
func (s *Server) Pushes() []Push {
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	return slices.Clone(s.history.pushes)
}

// Wait returns the history as soon as it has at least n pushes, or the context's error.
func (s *Server) Wait(ctx context.Context, n int) ([]Push, error) {
	select {
	case <-s.history.reaches(n):
		return s.Pushes(), nil
	case <-ctx.Done():
		return s.Pushes(), ctx.Err()
	}
}

func (h *history) add(p Push) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pushes = append(h.pushes, p)
	h.waiters = slices.DeleteFunc(h.waiters, func(w *waiter) bool {
		if len(h.pushes) < w.n {
			return false
		}
		close(w.reached)
		return true
	})
}

// reaches returns a channel that is closed once there are n pushes.
func (h *history) reaches(n int) <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := &waiter{n, make(chan struct{})}
	if len(h.pushes) >= n {
		close(w.reached)
	} else {
		h.waiters = append(h.waiters, w)
	}
	return w.reached
}

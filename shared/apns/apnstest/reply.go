package apnstest

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// A Reply is arranged in place of a 200. The zero Reply is a 200. A request that APNs would refuse is refused whatever was
// arranged, and uses up no Reply.
type Reply struct {
	Delay      time.Duration // before anything else
	Drop       bool          // end the connection without an answer
	GoAway     bool          // after the answer, ask the client to open another connection
	Status     int           // 200 when zero
	Reason     string        // Apple's word, for example "Unregistered"
	Timestamp  time.Time     // of a 410: since when the token has been inactive; the time of the answer when zero
	RetryAfter string        // the header; absent when empty
	Body       string        // sent as it is in place of Apple's JSON
}

// A script is what has been arranged.
type script struct {
	mu      sync.Mutex
	byToken map[string][]Reply
	all     Reply
}

// Answer arranges the answers to the next pushes to the token, one each, after those arranged earlier.
func (s *Server) Answer(token string, replies ...Reply) {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	if s.script.byToken == nil {
		s.script.byToken = make(map[string][]Reply)
	}
	s.script.byToken[token] = append(s.script.byToken[token], replies...)
}

// AnswerAll arranges the answer to every push that nothing is arranged for by token, until it is called again.
func (s *Server) AnswerAll(reply Reply) {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	s.script.all = reply
}

func (s *script) next(token string) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	replies := s.byToken[token]
	if len(replies) == 0 {
		return s.all
	}
	s.byToken[token] = replies[1:]
	return replies[0]
}

// write sends the reply as APNs writes it.
func (r Reply) write(w http.ResponseWriter, id string, now time.Time) {
	if id != "" {
		w.Header().Set("apns-id", id)
	}
	if r.RetryAfter != "" {
		w.Header().Set("Retry-After", r.RetryAfter)
	}
	if r.GoAway {
		w.Header().Set("Connection", "close") // net/http makes this a GOAWAY
	}
	w.WriteHeader(r.Status)
	switch {
	case r.Body != "":
		w.Write([]byte(r.Body))
	case r.Status != http.StatusOK:
		w.Write(r.json(now))
	}
}

func (r Reply) json(now time.Time) []byte {
	answer := map[string]any{"reason": r.Reason}
	if r.Status == http.StatusGone {
		if !r.Timestamp.IsZero() {
			now = r.Timestamp
		}
		answer["timestamp"] = now.UnixMilli()
	}
	text, _ := json.Marshal(answer) // a string and a number: cannot fail
	return text
}

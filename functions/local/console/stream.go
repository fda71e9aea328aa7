package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// heartbeat is how often a stream says that it is there, so that one whose reader has gone ends.
	heartbeat = 20 * time.Second
	// patience is how long a reader may take to take what is written.
	patience = 10 * time.Second
)

// events streams what the hub is told, as server-sent events whose data is one [Event] each, until the reader leaves or the
// hub is closed. https://html.spec.whatwg.org/multipage/server-sent-events.html
func (c *Console) events(w http.ResponseWriter, r *http.Request) error {
	reader := c.Hub.subscribe()
	defer c.Hub.leave(reader)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	s := stream{w, http.NewResponseController(w)}
	if s.write(": hello\n\n") != nil {
		return nil // the reader has gone, here and below
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var text string
		select {
		case <-r.Context().Done():
			return nil
		case <-beat.C:
			text = ":\n\n"
		case _, open := <-reader.wake:
			if !open {
				return nil
			}
			for _, e := range c.Hub.take(reader) {
				data, err := json.Marshal(e)
				if err != nil {
					return err
				}
				text += fmt.Sprintf("data: %s\n\n", data)
			}
		}
		if s.write(text) != nil {
			return nil
		}
	}
}

// A stream is an answer that goes on.
type stream struct {
	http.ResponseWriter
	control *http.ResponseController
}

// write sends the text at once, or fails.
func (s stream) write(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := s.ResponseWriter.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

// Package devicelog answers Apple's "Log a Message": what a device complained about.
//
// Called by devices, and by anyone else: the endpoint is open. So its text is trusted with nothing: it is cut, stripped of
// what could be an identifier or a token, and logged as data. The answer is always 200, or devices would try again. Complaints
// of passes that a device could not use are counted for the campaigns that run, which stop at too many.
//
// https://developer.apple.com/documentation/walletpasses/log-a-message
package devicelog

import (
	"encoding/json"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"walletpasses.example/server/shared/webservice"
)

const (
	maxBody  = 64 << 10 // bytes read of a body
	maxLines = 100      // lines kept of a body
	maxLine  = 2 << 10  // bytes kept of a line
)

// New returns the handler. It writes at most 100 records of at most 2 KiB to log.
func New(store Campaigns, log *slog.Logger, now func() time.Time) webservice.HandlerFunc {
	complaints := complaints{store: store, log: log, now: now, count: make(map[string]int64)}
	return func(w http.ResponseWriter, r *http.Request) error {
		var lines []string
		for line := range logs(io.LimitReader(r.Body, maxBody)) {
			log.InfoContext(r.Context(), "device log", "line", redact(line))
			lines = append(lines, line[:min(len(line), maxLine)])
		}
		complaints.note(r.Context(), lines)
		w.WriteHeader(http.StatusOK)
		return nil
	}
}

// logs yields the texts among the first 100 elements of the member logs, up to where the body is cut or can be read no further:
// what that is, is not worth a word, since anyone may post here.
func logs(body io.Reader) iter.Seq[string] {
	return func(yield func(string) bool) {
		decoder := json.NewDecoder(body)
		decoder.UseNumber() // so that none is too large
		if !findLogs(decoder) {
			return
		}
		var line any
		for range maxLines {
			if !decoder.More() || decoder.Decode(&line) != nil {
				return
			}
			if text, ok := line.(string); ok && !yield(text) {
				return
			}
		}
	}
}

// findLogs reads a body up to the first element of its member logs.
func findLogs(decoder *json.Decoder) (found bool) {
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return false
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return false
		}
		if name == "logs" {
			opening, err := decoder.Token()
			return err == nil && opening == json.Delim('[')
		}
		var other any
		if decoder.Decode(&other) != nil {
			return false
		}
	}
	return false
}

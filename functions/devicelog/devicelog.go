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
		var body struct {
			Logs []any `json:"logs"`
		}
		// What cannot be read is not worth a word: anyone may post here.
		_ = json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&body)
		var lines []string
		for _, line := range body.Logs[:min(len(body.Logs), maxLines)] {
			if text, ok := line.(string); ok {
				log.InfoContext(r.Context(), "device log", "line", redact(text))
				lines = append(lines, text[:min(len(text), maxLine)])
			}
		}
		complaints.note(r.Context(), lines)
		w.WriteHeader(http.StatusOK)
		return nil
	}
}

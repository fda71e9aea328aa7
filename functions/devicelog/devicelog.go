// Package devicelog answers Apple's "Log a Message": what a device complained about.
//
// Called by devices, and by anyone else: the endpoint is open. So its text is trusted with nothing: it is cut, stripped of
// what could be an identifier or a token, and logged as data. The answer is always 200, or devices would try again.
//
// https://developer.apple.com/documentation/walletpasses/log-a-message
package devicelog

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"unicode"

	"walletpasses.example/server/shared/webservice"
)

const (
	maxBody  = 64 << 10 // bytes read of a body
	maxLines = 100      // lines kept of a body
	maxLine  = 2 << 10  // bytes kept of a line
)

// New returns the handler. It writes at most 100 records of at most 2 KiB to log.
func New(log *slog.Logger) webservice.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		var body struct {
			Logs []any `json:"logs"`
		}
		// What cannot be read is not worth a word: anyone may post here.
		_ = json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&body)
		for _, line := range body.Logs[:min(len(body.Logs), maxLines)] {
			if text, ok := line.(string); ok {
				log.InfoContext(r.Context(), "device log", "message", redact(text))
			}
		}
		w.WriteHeader(http.StatusOK)
		return nil
	}
}

var (
	// A path of the web service holds a device identifier or a serial number behind its first words.
	servicePath = regexp.MustCompile(`(/v1/(?:devices|passes)/)\S*`)
	credential  = regexp.MustCompile(`(?i)(ApplePass\s+)\S+`)
	// Whatever is long and has no space can be a token, an identifier or a serial number.
	opaque = regexp.MustCompile(`[A-Za-z0-9._~+=-]{20,}`)
)

// redact cuts a line and takes out what should not be kept.
func redact(line string) string {
	if len(line) > maxLine {
		line = line[:maxLine]
	}
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(line, "�"))
	line = credential.ReplaceAllString(line, "$1…")
	line = servicePath.ReplaceAllString(line, "$1…")
	return opaque.ReplaceAllString(line, "…")
}

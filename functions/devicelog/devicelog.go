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
				log.InfoContext(r.Context(), "device log", "line", redact(text))
			}
		}
		w.WriteHeader(http.StatusOK)
		return nil
	}
}

// What is taken out of a line, and what stays of it.
var redactions = []struct {
	pattern *regexp.Regexp
	stays   string
}{
	{regexp.MustCompile(`(?i)(ApplePass\s+)\S+`), "$1…"},
	{regexp.MustCompile(`(?i)(token\s+)\S+`), "$1…"},
	{regexp.MustCompile(`(?i)(serial number\s+)[^\s,;)]+`), "$1…"},
	// A path of the web service holds a device identifier or a serial number behind its first words.
	{regexp.MustCompile(`(/v1/+(?:devices|passes)/|/install/)\S*`), "$1…"},
	// A push token as it used to be printed: <0f744707 bebcf74f …>.
	{regexp.MustCompile(`(?i)\b[0-9a-f]{8}(?: [0-9a-f]{8})+`), "…"},
	// Whatever is long and has no space can be a token, an identifier or a serial number.
	{regexp.MustCompile(`[A-Za-z0-9._~+=-]{20,}`), "…"},
}

// redact takes out what should not be kept, and cuts what remains.
func redact(line string) string {
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(line, ""))
	for _, r := range redactions {
		line = r.pattern.ReplaceAllString(line, r.stays)
	}
	if len(line) > maxLine {
		line = strings.ToValidUTF8(line[:maxLine], "") // not in the middle of a character
	}
	return line
}

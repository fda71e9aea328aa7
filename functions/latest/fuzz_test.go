package latest_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"walletpasses.example/server/functions/latest"
	"walletpasses.example/server/shared/webservice"
)

// Only the pass's own token gets the package or a 304, which only an If-Modified-Since of the package's own time or later gets.
// All others get the very same answer, cost no more than one read and never the bucket. The log shows no token.
func FuzzLatest(f *testing.F) {
	const good = "ApplePass "
	for _, seed := range [][2]string{
		{good, ""}, {good, modified.Format(http.TimeFormat)}, {good, "Sun, 22 Nov 2026 12:00:01 GMT"}, {good, "Sun, 22 Nov 2026 11:59:59 GMT"}, {good, "Sunday, 22-Nov-26 12:00:00 GMT"}, {good, "Sun Nov 22 12:00:00 2026"},
		{good, "0"}, {"applepass\t", ""}, {"ApplePass  ", ""}, {"Bearer ", ""}, {"", modified.Format(http.TimeFormat)}, {"ApplePass x ", ""}, {"ApplePass \x00", "\xff"},
	} {
		f.Add(seed[0], "", seed[1])
		f.Add(seed[0], "A", seed[1])
	}
	var e *endpoint
	f.Fuzz(func(t *testing.T, before, after, since string) {
		if e == nil {
			e = newEndpoint(t, 2)
		}
		token, err := e.keys.AuthenticationToken(1, card)
		check(t, err)
		ask := func(authorization string) (*httptest.ResponseRecorder, string) {
			e.reads, e.opened = 0, 0
			var log bytes.Buffer
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/v1/passes/"+card.String(), nil)
			r.Header.Set("Authorization", authorization)
			r.Header.Set("If-Modified-Since", since)
			answer := httptest.NewRecorder()
			auth := webservice.Authenticator{Keys: e.keys, Packages: e}
			webservice.NewRouter(slog.New(slog.NewJSONHandler(&log, nil))).Handle(webservice.LatestPass, latest.New(e, e, auth)).ServeHTTP(answer, r)
			if strings.Contains(log.String(), token.Reveal()) {
				t.Errorf("%q: the log shows the token: %s", authorization, &log)
			}
			return answer, fmt.Sprint(answer.Code, answer.Header(), answer.Body)
		}
		_, refusal := ask("")
		for _, authorization := range []string{before + token.Reveal() + after, before + after} {
			scheme, presented, _ := strings.Cut(authorization, " ")
			holder := strings.EqualFold(scheme, "ApplePass") && strings.TrimSpace(presented) == token.Reveal()
			answer, whole := ask(authorization)
			date, err := http.ParseTime(since)
			switch current := err == nil && !date.Before(modified); {
			case !holder:
				if whole != refusal || answer.Code != http.StatusUnauthorized || e.reads > 1 || e.opened > 0 {
					t.Errorf("%q: %s, %d reads, %d opened", authorization, whole, e.reads, e.opened)
				}
			case current:
				if answer.Code != http.StatusNotModified || answer.Body.Len() > 0 || e.opened > 0 {
					t.Errorf("since %q: %s, %d opened", since, whole, e.opened)
				}
			default:
				if answer.Code != http.StatusOK || answer.Body.String() != content || e.opened != 1 {
					t.Errorf("since %q: %s, %d opened", since, whole, e.opened)
				}
			}
		}
	})
}

package install_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"walletpasses.example/server/functions/install"
)

func refused(t *testing.T, status int, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", "/install/x", nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	install.Refuse(answer, r, status)
	return answer
}

// Whoever opens a link that leads to no pass is told what to do, by a page that loads nothing.
func TestRefuse(t *testing.T) {
	for status, says := range map[int]string{
		http.StatusUnauthorized:        "This link is not valid, or not any more. Ask for a new one.",
		http.StatusNotFound:            "There is nothing at this address.",
		http.StatusMethodNotAllowed:    "There is nothing at this address.",
		http.StatusServiceUnavailable:  "Your pass is being made. Try again in a moment.",
		http.StatusInternalServerError: "Something went wrong on our side. Try again later.",
	} {
		got := refused(t, status)
		text := got.Body.String()
		say(t, text, "<h1>"+says+"</h1>", `<html lang="en">`)
		if got.Code != status || got.Header().Get("Content-Type") != "text/html; charset=utf-8" || got.Header().Get("Vary") != "Accept, Accept-Language" ||
			got.Header().Get("Referrer-Policy") != "no-referrer" || got.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%d: %d %v", status, got.Code, got.Header())
		}
		want := "default-src 'none'; img-src data:; style-src " + strings.Join(styleSources(t, text), " ") + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
		if policy := got.Header().Get("Content-Security-Policy"); policy != want {
			t.Errorf("%d: %s, want %s", status, policy, want)
		}
		if again := strings.Contains(text, ">Try again<"); again != (status == http.StatusServiceUnavailable) {
			t.Errorf("%d: a link to try again: %v", status, again)
		}
	}
	say(t, refused(t, http.StatusUnauthorized, "Accept-Language", "de-CH").Body.String(), `<html lang="de">`, "Dieser Link gilt nicht")
}

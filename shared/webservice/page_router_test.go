package webservice_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// Whoever opens a link in a browser is told what to do, and nothing that tells a forged link from an expired one.
func TestPageRouterAnswersPeople(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		body   string
	}{
		{fmt.Errorf("%w: not signed by us", wallet.ErrUnauthorized), http.StatusUnauthorized, "This link is not valid, or not any more. Ask for a new one."},
		{fmt.Errorf("%w: expired", wallet.ErrUnauthorized), http.StatusUnauthorized, "This link is not valid, or not any more. Ask for a new one."},
		{wallet.ErrNotReady, http.StatusServiceUnavailable, "Your pass is being made. Try again in a moment."},
		{fmt.Errorf("secret detail"), http.StatusInternalServerError, ""},
	} {
		router := webservice.NewPageRouter(slog.New(slog.DiscardHandler)).
			Handle(webservice.InstallPass, func(http.ResponseWriter, *http.Request) error { return c.err })
		got := httptest.NewRecorder()
		router.ServeHTTP(got, httptest.NewRequest(http.MethodGet, "/install/x", nil))
		if got.Code != c.status || got.Body.String() != c.body {
			t.Errorf("%v: %d %q", c.err, got.Code, got.Body)
		}
		if wait := got.Header().Get("Retry-After"); (wait != "") != (c.status == http.StatusServiceUnavailable) {
			t.Errorf("%v: Retry-After %q", c.err, wait)
		}
	}
}

// A browser is shown a page; it is told the status, and nothing of the error.
func TestPageRouterShowsBrowsersAPage(t *testing.T) {
	page := func(w http.ResponseWriter, _ *http.Request, status int) {
		w.WriteHeader(status)
		fmt.Fprintf(w, "page %d", status)
	}
	router := webservice.NewPageRouter(slog.New(slog.DiscardHandler)).Refusing(page).
		Handle(webservice.InstallPass, func(http.ResponseWriter, *http.Request) error { return wallet.ErrNotReady })
	for _, c := range []struct{ path, accept, body, wait string }{
		{"/install/x", "text/html,application/xhtml+xml,*/*;q=0.8", "page 503", "1"},
		{"/install/x", "*/*", "Your pass is being made. Try again in a moment.", "1"},
		{"/nothing", "text/html", "page 404", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Header.Set("Accept", c.accept)
		got := httptest.NewRecorder()
		router.ServeHTTP(got, r)
		if got.Body.String() != c.body || got.Header().Get("Retry-After") != c.wait || got.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%+v: %d %v %q", c, got.Code, got.Header(), got.Body)
		}
	}
}

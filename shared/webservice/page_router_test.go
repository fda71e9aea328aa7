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

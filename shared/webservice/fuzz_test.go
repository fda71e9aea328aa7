package webservice_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// Whatever is asked for, the router answers by itself: no redirect, no 5xx, no panic, and 405 with what is allowed.
func FuzzRouter(f *testing.F) {
	for _, path := range []string{registration, latest, "/v1/v1/log", "//install//abc/", "/v1/passes/a%2Fb/%25", "/", "*", "/v1/../v1/log", "/%76%31/log", "/v1/passes/%zz/a"} {
		f.Add("GET", path)
		f.Add("POST", path)
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return // net/http answers these itself
		}
		recorder := httptest.NewRecorder()
		apple(silent).ServeHTTP(recorder, &http.Request{Method: method, URL: u, Header: http.Header{}, Body: http.NoBody})
		switch recorder.Code {
		case http.StatusOK, http.StatusNotFound:
		case http.StatusMethodNotAllowed:
			if recorder.Header().Get("Allow") == "" {
				t.Errorf("%s %q: 405 without Allow", method, path)
			}
		default:
			t.Errorf("%s %q: %d", method, path, recorder.Code)
		}
		if location := recorder.Header().Get("Location"); location != "" {
			t.Errorf("%s %q: Location %s", method, path, location)
		}
	})
}

// No header but the pass's own token opens the pass.
func FuzzAuthorization(f *testing.F) {
	good := derived(f, 2, card)
	for _, header := range []string{"", "ApplePass", "ApplePass ", "ApplePass " + good, "applepass\t" + good, "ApplePass  " + good + " x", "Bearer " + good,
		"ApplePass " + importedToken, "ApplePass 2." + strings.Repeat("A", 43), "ApplePass \x00", "ApplePass 99999999999999999999." + good[2:]} {
		f.Add(header)
	}
	older := derived(f, 1, card)
	f.Fuzz(func(t *testing.T, header string) {
		packages := &readCounter{}
		_, err := webservice.Authenticator{Keys: tokenKeys(t), Packages: packages}.Authorize(named(card, header))
		if err != nil && !errors.Is(err, wallet.ErrUnauthorized) {
			t.Errorf("%q: %v", header, err)
		}
		if err == nil && !strings.Contains(header, good) && !strings.Contains(header, older) {
			t.Errorf("%q opens the pass", header)
		}
		if packages.reads > 1 {
			t.Errorf("%q costs %d reads", header, packages.reads)
		}
	})
}

// A date that cannot be read never makes a device keep an old pass.
func FuzzIfModifiedSince(f *testing.F) {
	for _, header := range []string{"", modified.Format(http.TimeFormat), modified.Format(time.RFC850), modified.Format(time.ANSIC), "Sun, 01 Nov 2026 08:49:37", "0", "\xff"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("If-Modified-Since", header)
		if !webservice.NotModified(r, modified) {
			return
		}
		if since, err := http.ParseTime(header); err != nil || since.Before(modified) {
			t.Errorf("%q is taken for %v or later", header, modified)
		}
	})
}

// A registration's body is a push token or a kind of refusal that devices are answered 4xx for.
func FuzzPushToken(f *testing.F) {
	for _, body := range []string{`{"pushToken":"00fc13"}`, `{}`, `{"pushToken":1}`, `[]`, "", "null", "\xff", `{"pushToken":"\ud800"}`, `{"PUSHTOKEN":"a"}`, strings.Repeat("[", 9000)} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		token, err := webservice.PushToken(httptest.NewRequest("POST", "/", strings.NewReader(body)))
		switch {
		case err == nil && token.IsZero():
			t.Errorf("%q: an empty token", body)
		case err != nil && !errors.Is(err, wallet.ErrInvalid) && !errors.Is(err, wallet.ErrTooLarge):
			t.Errorf("%q: %v", body, err)
		case err != nil && !token.IsZero():
			t.Errorf("%q: a token and %v", body, err)
		}
	})
}

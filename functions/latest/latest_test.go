package latest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"walletpasses.example/server/functions/latest"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

const content = "a signed package"

var (
	card     = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "card-1"}
	modified = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	errDown  = errors.New("down")
)

// An endpoint is the handler between a store and a bucket that count and can be told to fail.
type endpoint struct {
	store                 *inmem.Store
	bucket                *inmem.Bucket
	keys                  wallet.TokenKeys
	reads, opened, closed int
	record, object, bytes error // of CurrentPackage, of Open, of reading what was opened
}

func (e *endpoint) CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	e.reads++
	pkg, err := e.store.CurrentPackage(ctx, id)
	return pkg, errors.Join(err, e.record)
}

func (e *endpoint) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	e.opened++
	if e.object != nil {
		return nil, 0, e.object
	}
	object, size, err := e.bucket.Open(ctx, name)
	if e.bytes != nil {
		object = io.NopCloser(io.MultiReader(io.LimitReader(object, 3), iotest.ErrReader(e.bytes)))
	}
	return closer{object, &e.closed}, size, err
}

type closer struct {
	io.Reader
	closed *int
}

func (c closer) Close() error { *c.closed++; return nil }

// newEndpoint serves a pass of so many versions. Nobody has registered it (WS-GET-10).
func newEndpoint(t *testing.T, versions int) *endpoint {
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	check(t, err)
	e := &endpoint{store: inmem.NewStore(), bucket: inmem.NewBucket(), keys: keys}
	pkg := wallet.CurrentPackage{ID: card}
	for range versions {
		pkg = pkg.Next(modified.Add(-time.Hour).Add(time.Duration(pkg.Version) * time.Hour))
		pkg.Object = fmt.Sprintf("packages/%d", pkg.Version)
		check(t, e.bucket.Create(t.Context(), pkg.Object, []byte(content)))
		pkg.Revision, err = e.store.SavePackage(t.Context(), pkg)
		check(t, err)
	}
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	auth := webservice.Authenticator{Keys: e.keys, Packages: e}
	webservice.NewRouter(slog.New(slog.DiscardHandler)).Handle(webservice.LatestPass, latest.New(e, e, auth)).ServeHTTP(w, r)
}

// get asks with the token of the pass that is held.
func (e *endpoint) get(t *testing.T, method string, holds wallet.PassID, since string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/v1/passes/"+card.String(), nil)
	token, err := e.keys.AuthenticationToken(1, holds)
	check(t, err)
	r.Header.Set("Authorization", "ApplePass "+token.Reveal())
	r.Header.Set("If-Modified-Since", since)
	answer := httptest.NewRecorder()
	e.ServeHTTP(answer, r)
	return answer
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestLatest(t *testing.T) {
	other := wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "card-2"}
	now := modified.Format(http.TimeFormat)
	for name, c := range map[string]struct {
		method        string
		versions      int
		holds         wallet.PassID
		since         string
		status        int
		reads, opened int
	}{
		"the package":                 {"GET", 2, card, "", 200, 1, 1},  // WS-GET-2
		"HEAD":                        {"HEAD", 2, card, "", 200, 1, 1}, // WS-GET-13
		"since the version before":    {"GET", 2, card, modified.Add(-time.Second).Format(http.TimeFormat), 200, 1, 1},
		"since now":                   {"GET", 2, card, now, 304, 1, 0}, // WS-GET-3, 4: the bucket is not touched
		"HEAD since now":              {"HEAD", 2, card, now, 304, 1, 0},
		"since now, as RFC 850":       {"GET", 2, card, modified.Format(time.RFC850), 304, 1, 0},
		"since later":                 {"GET", 2, card, modified.Add(time.Hour).Format(http.TimeFormat), 304, 1, 0},
		"since no date":               {"GET", 2, card, "1795348800", 200, 1, 1}, // WS-GET-6
		"before the first package":    {"GET", 0, card, now, 503, 1, 0},
		"another pass's token":        {"GET", 2, other, "", 401, 0, 0}, // WS-GET-1
		"another pass's token, 304":   {"GET", 2, other, now, 401, 0, 0},
		"a stranger before the first": {"GET", 0, other, "", 401, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, c.versions)
			answer := e.get(t, c.method, c.holds, c.since)
			if answer.Code != c.status || e.reads != c.reads || e.opened != c.opened || e.closed != c.opened {
				t.Errorf("status %d, %d reads, %d opened, %d closed; want %d, %d, %d", answer.Code, e.reads, e.opened, e.closed, c.status, c.reads, c.opened)
			}
			want := map[int]map[string]string{ // WS-GET-2, 3, 11
				200: {"Last-Modified": now, "Cache-Control": "private, no-cache", "Vary": "Authorization", "Content-Type": webservice.ContentType, "Content-Length": "16"},
				304: {"Last-Modified": now, "Cache-Control": "private, no-cache", "Vary": "Authorization"},
				401: {"Cache-Control": "no-store"},
				503: {"Cache-Control": "no-store", "Retry-After": "1"},
			}[c.status]
			for header, value := range want {
				if got := answer.Header().Get(header); got != value {
					t.Errorf("%s %q, want %q", header, got, value)
				}
			}
			if len(answer.Header()) != len(want) {
				t.Errorf("headers %v, want no others than %v", answer.Header(), want)
			}
			body := ""
			if c.status == 200 && c.method == "GET" {
				body = content
			}
			if got := answer.Body.String(); got != body {
				t.Errorf("body %q, want %q", got, body)
			}
		})
	}
}

// No error is dressed up as an answer (WS-GET-14), and none looks like an unknown pass.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct{ record, object error }{
		"the record cannot be read": {record: errDown},
		"the object cannot be read": {object: errDown},
		"the object is not there":   {object: wallet.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, 1)
			e.record, e.object = c.record, c.object
			answer := e.get(t, "GET", card, "")
			if answer.Code != 500 || answer.Body.Len() != 0 || answer.Header().Get("Last-Modified") != "" || answer.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%d %v %q", answer.Code, answer.Header(), answer.Body)
			}
		})
	}
}

// Promise 2: an object that breaks off breaks off at the phone too, which then keeps the pass that it has.
func TestHalfAPackageIsNotTakenForAWholeOne(t *testing.T) {
	e := newEndpoint(t, 1)
	e.bytes = errDown
	server := httptest.NewServer(e)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/v1/passes/"+card.String(), nil)
	check(t, err)
	token, err := e.keys.AuthenticationToken(1, card)
	check(t, err)
	r.Header.Set("Authorization", "ApplePass "+token.Reveal())
	answer, err := server.Client().Do(r)
	check(t, err)
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); answer.StatusCode != 200 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%d %q, %v", answer.StatusCode, got, err)
	}
	server.Close() // waits for the handler
	if e.closed != 1 {
		t.Errorf("closed %d times", e.closed)
	}
}

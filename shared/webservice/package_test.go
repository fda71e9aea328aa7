package webservice_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

var modified = time.Date(2026, 11, 1, 8, 49, 37, 0, time.UTC)

// object is a bucket of one object, which may hold less than it says or break while it is read.
type object struct {
	data   string
	size   int64 // what Open says; the truth when 0
	broken error // after the data, instead of its end

	opened, closed int
	io.Reader
}

func (o *object) Open(_ context.Context, name string) (io.ReadCloser, int64, error) {
	if name != "packages/1.pkpass" {
		return nil, 0, fmt.Errorf("%w: object %s", wallet.ErrNotFound, name)
	}
	o.opened++
	o.Reader = strings.NewReader(o.data)
	if o.broken != nil {
		o.Reader = io.MultiReader(o.Reader, failingReader{o.broken})
	}
	if o.size == 0 {
		return o, int64(len(o.data)), nil
	}
	return o, o.size, nil
}

func (o *object) Close() error { o.closed++; return nil }

// A failingReader has nothing to read but its error.
type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// serving serves the object as the current package at the path of the latest pass.
func serving(o *object, name string) *webservice.Router {
	pkg := wallet.CurrentPackage{ID: card, Version: 1, Object: name, LastModified: modified.In(time.FixedZone("", 3600))}
	return webservice.NewRouter(silent).Handle(webservice.LatestPass, func(w http.ResponseWriter, r *http.Request) error {
		return webservice.WritePackage(w, r, o, pkg)
	})
}

func TestWritePackage(t *testing.T) { // WS-GET-2, WS-13, DST-1, DST-4
	for _, c := range []struct{ method, body string }{{"GET", "PK the package"}, {"HEAD", ""}} {
		o := &object{data: "PK the package"}
		got := call(serving(o, "packages/1.pkpass"), c.method, latest)
		if got.Code != http.StatusOK || got.Body.String() != c.body {
			t.Errorf("%s: %d %q", c.method, got.Code, got.Body)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/vnd.apple.pkpass", "Content-Length": strconv.Itoa(len(o.data)), "Last-Modified": "Sun, 01 Nov 2026 08:49:37 GMT",
		} {
			if h := got.Header().Get(name); h != want {
				t.Errorf("%s: %s %q, want %q", c.method, name, h, want)
			}
		}
		if o.opened != 1 || o.closed != 1 {
			t.Errorf("%s: opened %d times, closed %d times", c.method, o.opened, o.closed)
		}
	}
}

// A record without its object is a fault of ours: a device that was told 401 or 404 would give the pass up.
func TestAMissingObjectIsOurFault(t *testing.T) {
	for _, method := range []string{"GET", "HEAD"} {
		got := call(serving(&object{}, "packages/2.pkpass"), method, latest)
		if h := got.Header(); got.Code != http.StatusInternalServerError || h.Get("Last-Modified") != "" || h.Get("Content-Type") != "" {
			t.Errorf("%s: %d %v", method, got.Code, h)
		}
	}
}

// A bucketFunc is a bucket that only opens.
type bucketFunc func() (io.ReadCloser, int64, error)

func (f bucketFunc) Open(context.Context, string) (io.ReadCloser, int64, error) { return f() }

// A bucket that does not answer now is worth another try.
func TestABucketThatIsAwayIsNoFaultOfOurs(t *testing.T) {
	away := bucketFunc(func() (io.ReadCloser, int64, error) { return nil, 0, fmt.Errorf("open: %w", wallet.ErrUnavailable) })
	router := webservice.NewRouter(silent).Handle(webservice.LatestPass, func(w http.ResponseWriter, r *http.Request) error {
		return webservice.WritePackage(w, r, away, wallet.CurrentPackage{ID: card, Version: 1})
	})
	if got := call(router, "GET", latest); got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") != "1" {
		t.Errorf("%d %v", got.Code, got.Header())
	}
}

// Promise 2: of an object that breaks off, a client sees an error and never a whole answer.
func TestAPackageThatBreaksOffIsNotTakenForAWhole(t *testing.T) {
	for name, o := range map[string]*object{
		"shorter than announced": {data: "half", size: 8},
		"nothing at all":         {data: "", size: 8},
		"an error on the way":    {data: strings.Repeat("x", 100<<10), size: 200 << 10, broken: errors.New("checksum")},
		"longer than announced":  {data: "twice as long", size: 6},
	} {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s http2=%v", name, http2), func(t *testing.T) {
				server := httptest.NewUnstartedServer(serving(o, "packages/1.pkpass"))
				server.EnableHTTP2 = http2
				server.StartTLS()
				defer server.Close()
				response, err := server.Client().Get(server.URL + latest)
				if err == nil {
					defer response.Body.Close()
					var body []byte
					if body, err = io.ReadAll(response.Body); err == nil {
						t.Errorf("a whole answer: %d with %d bytes", response.StatusCode, len(body))
					}
				}
				if o.opened != o.closed {
					t.Errorf("opened %d times, closed %d times", o.opened, o.closed)
				}
			})
		}
	}
}

func TestNotModified(t *testing.T) { // WS-GET-4, WS-GET-6; the three forms of RFC 9110, 5.6.7
	for _, c := range []struct {
		name, header string
		want         bool
	}{
		{"our own text", modified.Format(http.TimeFormat), true},
		{"the form of RFC 850", modified.Format("Monday, 02-Jan-06 15:04:05 GMT"), true},
		{"the form of asctime", modified.Format(time.ANSIC), true},
		{"a second later", modified.Add(time.Second).Format(http.TimeFormat), true},
		{"from the future", modified.AddDate(10, 0, 0).Format(http.TimeFormat), true},
		{"a second earlier", modified.Add(-time.Second).Format(http.TimeFormat), false},
		{"a second earlier, RFC 850", modified.Add(-time.Second).Format("Monday, 02-Jan-06 15:04:05 GMT"), false},
		{"a second earlier, asctime", modified.Add(-time.Second).Format(time.ANSIC), false},
		{"missing", "", false},
		{"not a date", "yesterday", false},
		{"another format", modified.Format(time.RFC3339), false},
		{"a date that is none", "Sun, 31 Feb 2027 08:49:37 GMT", false},
		{"a number", "1793523000", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("If-Modified-Since", c.header)
			if got := webservice.NotModified(r, modified); got != c.want {
				t.Errorf("%q: %v", c.header, got)
			}
		})
	}
}

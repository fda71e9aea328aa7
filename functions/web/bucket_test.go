package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/web"
	"walletpasses.example/server/shared/hot"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
)

// A bucketOf opens objects as a function does.
type bucketOf func(ctx context.Context, name string) (io.ReadCloser, int64, error)

func (open bucketOf) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	return open(ctx, name)
}

// over returns the web service with one pass, whose package is in a bucket, and what its phone sends.
func over(t *testing.T, open bucketOf) (http.Handler, http.Header) {
	t.Helper()
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	check(t, err)
	token, err := keys.AuthenticationToken(1, card)
	check(t, err)
	store := inmem.NewStore()
	pkg := wallet.CurrentPackage{ID: card}.Next(noon)
	pkg.Object = "packages/1"
	_, err = store.SavePackage(t.Context(), pkg)
	check(t, err)
	h := web.New(web.Parts{
		Store: store, Bucket: open, Events: new(bus), Keys: keys, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return noon },
	})
	return h, http.Header{"Authorization": {"ApplePass " + token.Reveal()}}
}

// Whatever a phone asks, but for the bytes of a package, is answered from Firestore alone.
func TestOnlyAPackageIsReadFromCloudStorage(t *testing.T) {
	h, header := over(t, func(context.Context, string) (io.ReadCloser, int64, error) {
		t.Error("Cloud Storage was asked")
		return nil, 0, wallet.ErrUnavailable
	})
	const device = "/v1/devices/phone-1/registrations/pass.com.example.loyalty"
	fresh, stranger := header.Clone(), http.Header{"Authorization": {"ApplePass none"}}
	fresh.Set("If-Modified-Since", noon.Format(http.TimeFormat))
	for _, c := range []struct {
		name, method, target, body string
		header                     http.Header
		status                     int
	}{
		{"list of nobody", "GET", device, "", nil, 204},
		{"register", "POST", device + "/card-1", `{"pushToken":"0a0a"}`, header, 201},
		{"register again", "POST", device + "/card-1", `{"pushToken":"0a0a"}`, header, 200},
		{"list", "GET", device, "", nil, 200},
		{"not modified", "GET", "/v1/passes/" + card.String(), "", fresh, 304},
		{"not modified, HEAD", "HEAD", "/v1/passes/" + card.String(), "", fresh, 304},
		{"a stranger", "GET", "/v1/passes/" + card.String(), "", stranger, 401},
		{"a stranger, HEAD", "HEAD", "/v1/passes/" + card.String(), "", stranger, 401},
		{"log", "POST", "/v1/log", `{"logs":["a line"]}`, nil, 200},
		{"unregister", "DELETE", device + "/card-1", "", header, 200},
	} {
		r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
		r.Header = c.header.Clone()
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		if answer.Code != c.status {
			t.Errorf("%s: %d, want %d", c.name, answer.Code, c.status)
		}
	}
}

// The phone has the first half of a package while the second is still under way from Cloud Storage, with and without the cache
// in between.
func TestAPackageIsStreamed(t *testing.T) {
	for name, through := range map[string]func(bucketOf) bucketOf{
		"from the bucket":   func(open bucketOf) bucketOf { return open },
		"through the cache": func(open bucketOf) bucketOf { return hot.New(open).Open },
	} {
		t.Run(name, func(t *testing.T) {
			half := strings.Repeat("half", 10_000)
			arriving, send := io.Pipe()
			h, header := over(t, through(func(context.Context, string) (io.ReadCloser, int64, error) {
				return arriving, int64(2 * len(half)), nil
			}))
			server := httptest.NewServer(h)
			defer server.Close()
			defer send.Close() // so that nobody waits for the other half when the test fails
			sent := make(chan error, 1)
			go func() { _, err := io.WriteString(send, half); sent <- err }()

			r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/v1/passes/"+card.String(), nil)
			check(t, err)
			r.Header = header
			answer, err := server.Client().Do(r)
			check(t, err)
			defer answer.Body.Close()
			got := make([]byte, len(half))
			_, err = io.ReadFull(answer.Body, got)
			check(t, err)
			check(t, <-sent)
			if answer.StatusCode != 200 || answer.ContentLength != int64(2*len(half)) || string(got) != half {
				t.Errorf("%s, %d bytes, %.40q…", answer.Status, answer.ContentLength, got)
			}
			go func() { _, err := io.WriteString(send, half); send.Close(); sent <- err }()
			rest, err := io.ReadAll(answer.Body)
			check(t, err)
			check(t, <-sent)
			if string(rest) != half {
				t.Errorf("then %d bytes, %.40q…", len(rest), rest)
			}
		})
	}
}

// HEAD tells the length of a package and reads none of its bytes.
func TestHeadReadsNoBytes(t *testing.T) {
	h, header := over(t, func(context.Context, string) (io.ReadCloser, int64, error) {
		return io.NopCloser(unreadable{t}), 60_000, nil
	})
	r := httptest.NewRequest("HEAD", "/v1/passes/"+card.String(), nil)
	r.Header = header
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	if answer.Code != 200 || answer.Header().Get("Content-Length") != "60000" || answer.Body.Len() != 0 {
		t.Errorf("%d %v, %d bytes", answer.Code, answer.Header(), answer.Body.Len())
	}
}

// unreadable fails the test in which it is read.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the package was read")
	return 0, io.EOF
}

package bucket

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/storage"
	"google.golang.org/api/option"

	"walletpasses.example/server/shared/gcp/call"
	"walletpasses.example/server/shared/wallet"
)

// A trouble is a Cloud Storage that does the same to every request.
type trouble func(*http.Request) (*http.Response, error)

func (f trouble) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func overloaded(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: make(http.Header), Body: http.NoBody}, nil
}

// over returns a bucket at a Cloud Storage in trouble.
func over(t *testing.T, do trouble) *Bucket {
	t.Helper()
	client, err := storage.NewClient(t.Context(), storage.WithJSONReads(), option.WithHTTPClient(&http.Client{Transport: do}))
	if err != nil {
		t.Fatal(err)
	}
	return &Bucket{client: client, bucket: client.Bucket("test")}
}

func TestACallEndsAsUnavailable(t *testing.T) {
	for how, do := range map[string]trouble{"hanging": hang, "refused for the moment": overloaded} {
		for name, method := range map[string]func(context.Context, *Bucket) error{
			"Create": func(ctx context.Context, b *Bucket) error { return b.Create(ctx, "a.pkpass", []byte("data")) },
			"Open":   func(ctx context.Context, b *Bucket) error { _, _, err := b.Open(ctx, "a.pkpass"); return err },
			"List":   func(ctx context.Context, b *Bucket) error { _, err := b.List(ctx, "packages/", "", 10); return err },
			"Remove": func(ctx context.Context, b *Bucket) error { return b.Remove(ctx, "a.pkpass") },
			"Elsewhere": func(ctx context.Context, b *Bucket) error {
				_, err := b.Elsewhere(10)(ctx, "other", "logo.png")
				return err
			},
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					start := time.Now()
					err := method(t.Context(), over(t, do))
					if took := time.Since(start); took > call.Limit || !errors.Is(err, wallet.ErrUnavailable) {
						t.Errorf("after %v: %v; want unavailable within %v", took, err, call.Limit)
					}
				})
			})
		}
	}
}

// A phone on a slow network takes its time between two reads; Cloud Storage may not.
func TestReadingWaitsForTheReaderAndNotForTheBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := over(t, func(r *http.Request) (*http.Response, error) {
			body := io.MultiReader(strings.NewReader("half"), stalled{r.Context()})
			header := http.Header{"Content-Length": {"8"}}
			return &http.Response{StatusCode: http.StatusOK, Header: header, ContentLength: 8, Body: io.NopCloser(body), Request: r}, nil
		})
		object, size, err := b.Open(t.Context(), "a.pkpass")
		if err != nil || size != 8 {
			t.Fatalf("%d bytes, %v", size, err)
		}
		time.Sleep(10 * call.Limit)
		half := make([]byte, 4)
		if _, err := io.ReadFull(object, half); err != nil || string(half) != "half" {
			t.Errorf("a reader that is slow gets %q, %v", half, err)
		}
		start := time.Now()
		if _, err := io.ReadAll(object); err == nil || time.Since(start) != call.Limit {
			t.Errorf("bytes that do not come end after %v with %v", time.Since(start), err)
		}
		object.Close() // says again that it broke off
	})
}

// A stalled body has no more bytes, and no end.
type stalled struct{ ctx context.Context }

func (s stalled) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

package bucket_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/gcp/bucket"
)

// crc32c of "data", big-endian, in base64, as Cloud Storage takes it.
const crc32cOfData = "rth90Q=="

// recorded returns a bucket at a server that accepts uploads which declare the checksum of "data".
func recorded(t *testing.T, note func(*http.Request)) *bucket.Bucket {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r)
		body, err := io.ReadAll(r.Body)
		if err != nil || !strings.Contains(string(body), `"crc32c":"`+crc32cOfData+`"`) {
			t.Errorf("the upload declares no checksum: %q, %v", body, err)
		}
		io.WriteString(w, `{"name": "a.pkpass"}`)
	}))
	t.Cleanup(server.Close)
	t.Setenv("STORAGE_EMULATOR_HOST", server.URL)
	b, err := bucket.Open(t.Context(), "test")
	check(t, err)
	t.Cleanup(func() { check(t, b.Close()) })
	return b
}

// refusing returns a bucket at a server that allows no creation, and knows the objects named.
func refusing(t *testing.T, objects ...string) *bucket.Bucket {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := path.Base(r.URL.Path)
		switch {
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusForbidden)
		case slices.Contains(objects, name):
			io.WriteString(w, `{"name": "`+name+`"}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("STORAGE_EMULATOR_HOST", server.URL)
	b, err := bucket.Open(t.Context(), "test")
	check(t, err)
	t.Cleanup(func() { check(t, b.Close()) })
	return b
}

package bucket_test

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/storage"

	"walletpasses.example/server/shared/cloudtest"
	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/gcp/bucket"
	"walletpasses.example/server/shared/wallet"
)

// open returns a new bucket, and Google's client for what is in it.
func open(t *testing.T) (*bucket.Bucket, *storage.BucketHandle) {
	t.Helper()
	t.Setenv("STORAGE_EMULATOR_HOST", emulator.Storage(t))
	client, err := storage.NewClient(t.Context(), storage.WithJSONReads())
	check(t, err)
	t.Cleanup(func() { check(t, client.Close()) })
	name := "test-" + strings.ToLower(rand.Text())
	check(t, client.Bucket(name).Create(t.Context(), "test-project", nil))
	b, err := bucket.Open(t.Context(), name)
	check(t, err)
	t.Cleanup(func() { check(t, b.Close()) })
	return b, client.Bucket(name)
}

func TestBucket(t *testing.T) {
	cloudtest.TestBucket(t, func(t *testing.T) cloudtest.Bucket {
		b, _ := open(t)
		return b
	})
}

func TestPackagesAreServedAsPassesAndNeverCached(t *testing.T) {
	b, objects := open(t)
	for name, contentType := range map[string]string{
		"packages/pass.com.example/serial-1/1-abc.pkpass": "application/vnd.apple.pkpass",
		"other": "application/octet-stream",
	} {
		check(t, b.Create(t.Context(), name, []byte("data")))
		attrs, err := objects.Object(name).Attrs(t.Context())
		check(t, err)
		if attrs.ContentType != contentType || attrs.CacheControl != "private, no-store" {
			t.Errorf("%s: %q, %q; want %q, private and never stored", name, attrs.ContentType, attrs.CacheControl, contentType)
		}
	}
}

func TestCreateIsOneGuardedAndCheckedRequest(t *testing.T) {
	var requests []*http.Request
	b := recorded(t, func(r *http.Request) { requests = append(requests, r) })
	check(t, b.Create(t.Context(), "a.pkpass", []byte("data")))
	if len(requests) != 1 {
		t.Fatalf("%d requests, want 1", len(requests))
	}
	query := requests[0].URL.Query()
	if query.Get("ifGenerationMatch") != "0" || query.Get("uploadType") != "multipart" {
		t.Errorf("the upload asked for %v, want a creation in one part", query)
	}
}

func TestElsewhere(t *testing.T) {
	b, objects := open(t)
	w := objects.Object("logo.png").NewWriter(t.Context())
	_, err := w.Write([]byte("data"))
	check(t, err)
	check(t, w.Close())
	name := objects.BucketName()
	if data, err := b.Elsewhere(4)(t.Context(), name, "logo.png"); err != nil || string(data) != "data" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := b.Elsewhere(3)(t.Context(), name, "logo.png"); !errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := b.Elsewhere(4)(t.Context(), name, "none.png"); !errors.Is(err, wallet.ErrNotFound) {
		t.Errorf("no such object: %v", err)
	}
}

// One who may create objects and not overwrite them can be refused with 403 where there is one already.
func TestARefusalWhereThereIsAnObjectMeansThatItExists(t *testing.T) {
	b := refusing(t, "taken.pkpass")
	if err := b.Create(t.Context(), "taken.pkpass", []byte("data")); !errors.Is(err, wallet.ErrExists) {
		t.Errorf("taken: %v, want %v", err, wallet.ErrExists)
	}
	if err := b.Create(t.Context(), "free.pkpass", []byte("data")); err == nil || errors.Is(err, wallet.ErrExists) {
		t.Errorf("free, but not allowed: %v", err)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

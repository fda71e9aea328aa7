package cloudtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// A Bucket keeps objects that are created once and never rewritten.
type Bucket interface {
	Create(ctx context.Context, name string, data []byte) error
	Open(ctx context.Context, name string) (io.ReadCloser, int64, error)
	List(ctx context.Context, prefix, after string, limit int) ([]string, error)
	Remove(ctx context.Context, name string) error
}

// TestBucket tests the bucket that open returns. Each subtest opens it anew; all may be the same bucket.
func TestBucket(t *testing.T, open func(t *testing.T) Bucket) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Bucket)
	}{
		{"an object comes back as it went", objectBytes},
		{"an object is created once and never rewritten", objectOnce},
		{"of many creators one succeeds", objectRace},
		{"an object that is absent is not found", objectAbsent},
		{"an object has a name of 1 to 1024 bytes", objectNames},
		{"objects are listed by prefix, sorted, page by page", objectList},
		{"an object that is removed is gone, and can be removed again", objectRemoved},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// freshObject returns a name below a prefix that no other test uses.
func freshObject() (prefix, name string) {
	prefix = "packages/" + freshPassType() + "/"
	return prefix, prefix + "serial-1/1-abc.pkpass"
}

func wantObject(t *testing.T, b Bucket, name string, want []byte) {
	t.Helper()
	r, size, err := b.Open(t.Context(), name)
	ok(t, err)
	got, err := io.ReadAll(r)
	ok(t, errors.Join(err, r.Close()))
	if !bytes.Equal(got, want) || size != int64(len(want)) {
		t.Errorf("%s: size %d and %d bytes, want %d", name, size, len(got), len(want))
	}
}

func objectBytes(t *testing.T, b Bucket) {
	prefix, _ := freshObject()
	for _, data := range [][]byte{{}, []byte("PK\x03\x04"), bytes.Repeat([]byte{0, 1, 2, 255}, 300_000)} {
		name := fmt.Sprintf("%s%d ü+%%2F.pkpass", prefix, len(data))
		sent := bytes.Clone(data)
		ok(t, b.Create(t.Context(), name, sent))
		clear(sent)
		wantObject(t, b, name, data)
	}
}

func objectOnce(t *testing.T, b Bucket) {
	_, name := freshObject()
	ok(t, b.Create(t.Context(), name, []byte("first")))
	for _, data := range []string{"second", "first"} {
		wantKind(t, "a second creation", b.Create(t.Context(), name, []byte(data)), wallet.ErrExists)
	}
	wantObject(t, b, name, []byte("first"))
}

func objectRace(t *testing.T, b Bucket) {
	_, name := freshObject()
	var all sync.WaitGroup
	var created atomic.Int64
	for range 8 {
		all.Go(func() {
			err := b.Create(t.Context(), name, []byte("data"))
			if err == nil {
				created.Add(1)
			} else {
				wantKind(t, "a losing creation", err, wallet.ErrExists)
			}
		})
	}
	all.Wait()
	if n := created.Load(); n != 1 {
		t.Errorf("%d creators succeeded, want 1", n)
	}
}

func objectAbsent(t *testing.T, b Bucket) {
	_, name := freshObject()
	_, _, err := b.Open(t.Context(), name)
	wantKind(t, "Open", err, wallet.ErrNotFound)
}

func objectNames(t *testing.T, b Bucket) {
	for _, name := range []string{"", strings.Repeat("x", 1025)} {
		wantKind(t, fmt.Sprintf("Create with a name of %d bytes", len(name)), b.Create(t.Context(), name, nil), wallet.ErrInvalid)
	}
}

func objectList(t *testing.T, b Bucket) {
	prefix, _ := freshObject()
	for _, name := range []string{"b/2", "a/1", "b/1", "ab"} {
		ok(t, b.Create(t.Context(), prefix+name, []byte(name)))
	}
	for under, want := range map[string][]string{
		"":   {"a/1", "ab", "b/1", "b/2"},
		"b/": {"b/1", "b/2"},
		"a":  {"a/1", "ab"},
		"c":  nil,
	} {
		for limit := 1; limit <= 5; limit++ {
			var names []string
			for page := []string{""}; len(page) > 0; {
				var err error
				page, err = b.List(t.Context(), prefix+under, page[len(page)-1], limit)
				ok(t, err)
				if len(page) > limit {
					t.Errorf("list of %q: a page of %d, want at most %d", under, len(page), limit)
				}
				names = append(names, page...)
			}
			var full []string
			for _, name := range want {
				full = append(full, prefix+name)
			}
			if !reflect.DeepEqual(names, full) {
				t.Errorf("list of %q in pages of %d: %q, want %q", under, limit, names, full)
			}
		}
	}
}

func objectRemoved(t *testing.T, b Bucket) {
	prefix, name := freshObject()
	other := prefix + "serial-1/2-abc.pkpass"
	ok(t, b.Create(t.Context(), name, []byte("first")))
	ok(t, b.Create(t.Context(), other, []byte("other")))
	for range 2 {
		ok(t, b.Remove(t.Context(), name))
	}
	_, _, err := b.Open(t.Context(), name)
	wantKind(t, "Open", err, wallet.ErrNotFound)
	wantObject(t, b, other, []byte("other"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	failed(t, "Remove", b.Remove(ctx, other))
	wantObject(t, b, other, []byte("other"))
}

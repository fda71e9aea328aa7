package document_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"testing"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
)

var errDown = errors.New("out of reach")

// drawn is a picture file of one colour.
func drawn(t testing.TB, width, height int, c color.Color) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		img.Set(i%width, i/width, c)
	}
	var file bytes.Buffer
	check(t, png.Encode(&file, img))
	return file.Bytes()
}

// internet is what can be fetched, by address; it notes what was.
type internet struct {
	files   map[string][]byte
	fetched []string
	err     error
}

func (n *internet) get(_ context.Context, address string) ([]byte, error) {
	n.fetched = append(n.fetched, address)
	file, ok := n.files[address]
	if !ok && n.err == nil {
		return nil, fmt.Errorf("%w: no such file", wallet.ErrInvalid)
	}
	return file, n.err
}

func (n *internet) object(ctx context.Context, bucket, name string) ([]byte, error) {
	file, err := n.get(ctx, bucket+":"+name)
	if errors.Is(err, wallet.ErrInvalid) {
		err = fmt.Errorf("%w: no such object", wallet.ErrNotFound)
	}
	return file, err
}

func (n *internet) album() *document.Album {
	return &document.Album{Bucket: inmem.NewBucket(), Fetch: n.get, Object: n.object}
}

// full is a bucket that takes nothing.
type full struct{ *inmem.Bucket }

func (full) Create(context.Context, string, []byte) error { return errDown }

// That a picture cannot be kept is our own fault, and nothing that its source could mend.
func TestAPictureThatCannotBeKept(t *testing.T) {
	n := &internet{files: map[string][]byte{address: drawn(t, 10, 10, color.White)}}
	album := document.Album{Bucket: full{inmem.NewBucket()}, Fetch: n.get}
	if _, err := album.Picture(t.Context(), address); !errors.Is(err, errDown) || errors.Is(err, wallet.ErrNotReady) || errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

// What NewAlbum reaches is the public internet, and the buckets that it was given.
func TestNewAlbum(t *testing.T) {
	n := &internet{files: map[string][]byte{"pictures:logo.png": drawn(t, 10, 10, color.White)}}
	album := document.NewAlbum(inmem.NewBucket(), n.object)
	if got, err := album.Picture(t.Context(), "gs://pictures/logo.png"); err != nil || len(got) == 0 {
		t.Errorf("an object: %v", err)
	}
	for _, source := range []string{"https://127.0.0.1/logo.png", "https://metadata.google.internal/", "http://example.com/logo.png"} {
		if _, err := album.Picture(t.Context(), source); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

const address = "https://example.com/strip.png"

// What was once found at an address stays, so that a pass is the same each time it is made.
func TestAPictureIsFetchedOnce(t *testing.T) {
	first, second := drawn(t, 10, 10, color.White), drawn(t, 10, 10, color.Black)
	n := &internet{files: map[string][]byte{address: first}}
	album := n.album()
	for range 3 {
		got, err := album.Picture(t.Context(), address)
		if err != nil || !bytes.Equal(got, first) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		n.files[address] = second
	}
	if len(n.fetched) != 1 {
		t.Errorf("fetched %q", n.fetched)
	}
	if got, err := album.Picture(t.Context(), "gs://pictures/a/b.png"); !errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("an object that is not there: %d bytes, %v", len(got), err)
	}
	n.files["pictures:a/b.png"] = second
	if got, err := album.Picture(t.Context(), "gs://pictures/a/b.png"); err != nil || !bytes.Equal(got, second) {
		t.Errorf("an object: %d bytes, %v", len(got), err)
	}
}

// What is no picture is not kept: it may be mended where it lies.
func TestOnlyPicturesAreKept(t *testing.T) {
	n := &internet{files: map[string][]byte{address: []byte("<html>")}}
	album := n.album()
	if _, err := album.Picture(t.Context(), address); !errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("a page: %v", err)
	}
	n.err = errDown
	if _, err := album.Picture(t.Context(), address); !errors.Is(err, errDown) || !errors.Is(err, wallet.ErrNotReady) || errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("out of reach: %v", err)
	}
	n.err, n.files[address] = nil, drawn(t, 10, 10, color.White)
	if _, err := album.Picture(t.Context(), address); err != nil {
		t.Errorf("mended: %v", err)
	}
	n.fetched = nil
	for _, source := range []string{"gs://", "gs://pictures", "gs:///a"} {
		if _, err := album.Picture(t.Context(), source); !errors.Is(err, wallet.ErrInvalid) || n.fetched != nil {
			t.Errorf("%s: %v, asked for %q", source, err, n.fetched)
		}
	}
}

// Of two that find different pictures at one address, both go on with the one that is kept.
func TestTheFirstPictureKeptIsTheOne(t *testing.T) {
	theirs, ours := drawn(t, 10, 10, color.White), drawn(t, 10, 10, color.Black)
	n := &internet{files: map[string][]byte{address: theirs}}
	album := n.album()
	slow := document.Album{Bucket: album.Bucket, Fetch: func(ctx context.Context, address string) ([]byte, error) {
		_, err := album.Picture(ctx, address) // somebody else is faster
		return ours, err
	}}
	if got, err := slow.Picture(t.Context(), address); err != nil || !bytes.Equal(got, theirs) {
		t.Errorf("%d bytes, %v; want theirs", len(got), err)
	}
}

package document

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"walletpasses.example/server/shared/fetch"
	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/wallet"
)

// An Album gets the picture files that documents refer to, and keeps those that are pictures: an address is fetched once,
// whatever happens to it later, so that a pass is the same each time it is made. Another picture has another address.
type Album struct {
	Bucket Bucket
	// Fetch returns the file at an https address, Object the object of a bucket of Cloud Storage; both within the limit of
	// [picture.MaxBytes]. [wallet.ErrInvalid] and [wallet.ErrNotFound] mean that the source is to blame.
	Fetch  func(ctx context.Context, address string) ([]byte, error)
	Object func(ctx context.Context, bucket, name string) ([]byte, error)
}

// fetchTimeout is how long a host may take to send a picture, with everything.
const fetchTimeout = 10 * time.Second

// NewAlbum returns an album that keeps pictures in a bucket, and fetches those at https addresses from public hosts.
func NewAlbum(bucket Bucket, object func(ctx context.Context, bucket, name string) ([]byte, error)) *Album {
	return &Album{Bucket: bucket, Fetch: fetch.New(picture.MaxBytes, fetchTimeout).Get, Object: object}
}

// Bucket keeps pictures.
type Bucket interface {
	// Create stores a new object durably, or fails with [wallet.ErrExists] and leaves the one there as it is.
	Create(ctx context.Context, name string, data []byte) error
	// Open returns the object and its size in bytes, or [wallet.ErrNotFound].
	Open(ctx context.Context, name string) (io.ReadCloser, int64, error)
}

// Picture returns the picture file at a source, https:// or gs://. [wallet.ErrInvalid] means that the source cannot be
// used as it is, [wallet.ErrNotReady] that it is out of reach now; any other error is about the bucket where pictures are kept.
func (a *Album) Picture(ctx context.Context, source string) ([]byte, error) {
	kept := keptAs(source)
	data, err := a.kept(ctx, kept)
	if !errors.Is(err, wallet.ErrNotFound) {
		return data, err
	}
	if data, err = a.read(ctx, source); err != nil {
		return nil, err
	}
	if _, err := picture.Decode(data); err != nil {
		return nil, err
	}
	err = a.Bucket.Create(ctx, kept, data)
	if errors.Is(err, wallet.ErrExists) {
		return a.kept(ctx, kept) // somebody else was faster, perhaps with another picture: theirs is the one
	}
	if err != nil {
		return nil, fmt.Errorf("keep the picture: %w", err)
	}
	return data, nil
}

// keptAs is the name of the object that keeps what was found at a source.
func keptAs(source string) string {
	sum := sha256.Sum256([]byte(source))
	return "images/" + hex.EncodeToString(sum[:])
}

func (a *Album) kept(ctx context.Context, name string) ([]byte, error) {
	object, _, err := a.Bucket.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer object.Close()
	data, err := io.ReadAll(object)
	if err != nil {
		return nil, fmt.Errorf("read the kept picture: %w", err)
	}
	return data, nil
}

// read gets the file at a source.
func (a *Album) read(ctx context.Context, source string) ([]byte, error) {
	data, err := a.readFrom(ctx, source)
	switch {
	case errors.Is(err, wallet.ErrNotFound):
		return nil, fmt.Errorf("%w: there is no such object", wallet.ErrInvalid)
	case err != nil && !errors.Is(err, wallet.ErrInvalid):
		return nil, fmt.Errorf("%w: %w", wallet.ErrNotReady, err)
	}
	return data, err
}

func (a *Album) readFrom(ctx context.Context, source string) ([]byte, error) {
	path, ok := strings.CutPrefix(source, "gs://")
	if !ok {
		return a.Fetch(ctx, source)
	}
	bucket, name, _ := strings.Cut(path, "/")
	if bucket == "" || name == "" {
		return nil, fmt.Errorf("%w: give a bucket and an object, such as gs://my-pictures/logo.png", wallet.ErrInvalid)
	}
	return a.Object(ctx, bucket, name)
}

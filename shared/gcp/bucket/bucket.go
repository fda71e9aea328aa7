// Package bucket keeps signed packages in Cloud Storage: objects that are created once and never rewritten.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"

	"walletpasses.example/server/shared/gcp/call"
	"walletpasses.example/server/shared/wallet"
)

// A Bucket is one bucket of Cloud Storage. A call takes [call.Limit] at most; where Cloud Storage did not answer, or had too much
// to do, the error is [wallet.ErrUnavailable].
type Bucket struct {
	client *storage.Client
	bucket *storage.BucketHandle
}

// Open connects to Cloud Storage or, like all of Google's clients, to the emulator that STORAGE_EMULATOR_HOST names. Close
// the bucket after use.
func Open(ctx context.Context, name string) (*Bucket, error) {
	client, err := storage.NewClient(ctx, storage.WithJSONReads())
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", name, err)
	}
	return &Bucket{client: client, bucket: client.Bucket(name)}, nil
}

// Close releases the connections.
func (b *Bucket) Close() error { return b.client.Close() }

// maxName bounds an object's name, in bytes. https://cloud.google.com/storage/docs/objects#naming
const maxName = 1024

// Create stores an object that is not there yet. An object of that name is left as it is, with [wallet.ErrExists].
func (b *Bucket) Create(ctx context.Context, name string, data []byte) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("%w: object name of %d bytes: use 1 to %d", wallet.ErrInvalid, len(name), maxName)
	}
	ctx, done := call.Bound(ctx)
	defer done()
	w := b.bucket.Object(name).If(storage.Conditions{DoesNotExist: true}).NewWriter(ctx)
	w.ContentType = contentType(name)
	w.CacheControl = "private, no-store" // a package is one person's
	w.SendCRC32C, w.CRC32C = true, crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
	w.ChunkSize = 0 // one request and no 16 MiB buffer; repeating is up to the caller's message
	_, err := w.Write(data)
	if err = errors.Join(err, w.Close()); err == nil {
		return nil
	}
	if b.taken(ctx, name, err) {
		return fmt.Errorf("%w: object %s", wallet.ErrExists, name)
	}
	return fmt.Errorf("create object %s: %w", name, call.Failure(err))
}

// taken reports that an object was refused since there is one of its name. Whoever may create and not overwrite can be told
// either that the precondition failed or, before it is looked at, that overwriting is not allowed.
func (b *Bucket) taken(ctx context.Context, name string, err error) bool {
	refused, ok := errors.AsType[*googleapi.Error](err)
	if ok && refused.Code == http.StatusForbidden {
		_, err := b.bucket.Object(name).Attrs(ctx)
		return err == nil
	}
	return ok && refused.Code == http.StatusPreconditionFailed
}

// contentType names what a phone is sent.
// https://developer.apple.com/documentation/walletpasses/distributing-and-updating-a-pass
func contentType(name string) string {
	if strings.HasSuffix(name, ".pkpass") {
		return "application/vnd.apple.pkpass"
	}
	return "application/octet-stream"
}

// List returns the next names that begin with prefix and come after a name, sorted: at most limit, and none only when there
// are no more.
func (b *Bucket) List(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	ctx, done := call.Bound(ctx)
	defer done()
	query := &storage.Query{Prefix: prefix, StartOffset: after}
	if err := query.SetAttrSelection([]string{"Name"}); err != nil {
		return nil, fmt.Errorf("list objects %s…: %w", prefix, err)
	}
	objects := b.bucket.Objects(ctx, query)
	objects.PageInfo().MaxSize = limit
	var names []string
	for len(names) == 0 || objects.PageInfo().Remaining() > 0 {
		object, err := objects.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("list objects %s…: %w", prefix, call.Failure(err))
		}
		if object.Name > after { // the offset itself may be among them
			names = append(names, object.Name)
		}
	}
	return names, nil
}

// Remove takes an object away; one that is not there is away already.
func (b *Bucket) Remove(ctx context.Context, name string) error {
	ctx, done := call.Bound(ctx)
	defer done()
	err := b.bucket.Object(name).Delete(ctx)
	if err != nil && !errors.Is(err, storage.ErrObjectNotExist) {
		return fmt.Errorf("remove object %s: %w", name, call.Failure(err))
	}
	return nil
}

// Elsewhere returns what reads objects of other buckets, of at most limit bytes. [wallet.ErrInvalid] is one that is larger or
// that our credentials may not read, [wallet.ErrNotFound] one that is not there.
func (b *Bucket) Elsewhere(limit int64) func(ctx context.Context, bucket, name string) ([]byte, error) {
	return func(ctx context.Context, bucket, name string) ([]byte, error) {
		ctx, done := call.Bound(ctx)
		defer done()
		r, err := b.client.Bucket(bucket).Object(name).NewReader(ctx)
		if errors.Is(err, storage.ErrObjectNotExist) || errors.Is(err, storage.ErrBucketNotExist) {
			return nil, fmt.Errorf("%w: object %s of bucket %s", wallet.ErrNotFound, name, bucket)
		}
		if refused, ok := errors.AsType[*googleapi.Error](err); ok && refused.Code < 500 && refused.Code != http.StatusTooManyRequests {
			return nil, fmt.Errorf("%w: object %s of bucket %s: %s; grant this function's account roles/storage.objectViewer on the bucket",
				wallet.ErrInvalid, name, bucket, http.StatusText(refused.Code))
		}
		if err != nil {
			return nil, fmt.Errorf("open object %s of bucket %s: %w", name, bucket, call.Failure(err))
		}
		defer r.Close()
		data, err := io.ReadAll(io.LimitReader(r, limit+1))
		if err != nil {
			return nil, fmt.Errorf("read object %s of bucket %s: %w", name, bucket, call.Failure(err))
		}
		if int64(len(data)) > limit {
			return nil, fmt.Errorf("%w: object %s of bucket %s has more than %d bytes", wallet.ErrInvalid, name, bucket, limit)
		}
		return data, nil
	}
}

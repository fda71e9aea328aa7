package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"cloud.google.com/go/storage"

	"walletpasses.example/server/shared/gcp/call"
	"walletpasses.example/server/shared/wallet"
)

// Open returns an object's bytes as they arrive and how many there will be, or [wallet.ErrNotFound]. The reader fails at
// the end when the bytes are not those that were stored. The caller closes it, and may take its time between two reads: the
// limit of a call holds for each of them, and for the first answer.
func (b *Bucket) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	o := &object{stalled: time.AfterFunc(call.Limit, cancel), cancel: cancel}
	var err error
	o.reader, err = b.bucket.Object(name).NewReader(ctx)
	o.stalled.Stop()
	if err == nil {
		return o, o.reader.Attrs.Size, nil
	}
	cancel()
	if errors.Is(err, storage.ErrObjectNotExist) {
		return nil, 0, fmt.Errorf("%w: object %s", wallet.ErrNotFound, name)
	}
	return nil, 0, fmt.Errorf("open object %s: %w", name, call.Failure(err))
}

// An object is read for somebody who may be slower than Cloud Storage.
type object struct {
	reader  *storage.Reader
	stalled *time.Timer // ends the context while a read waits for bytes that do not come
	cancel  context.CancelFunc
}

func (o *object) Read(p []byte) (int, error) {
	o.stalled.Reset(call.Limit)
	defer o.stalled.Stop()
	return o.reader.Read(p)
}

func (o *object) Close() error {
	defer o.cancel()
	return o.reader.Close()
}

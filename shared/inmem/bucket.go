package inmem

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"walletpasses.example/server/shared/wallet"
)

// A Bucket keeps objects that are created once and never rewritten.
type Bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
}

// NewBucket returns an empty bucket.
func NewBucket() *Bucket { return &Bucket{objects: make(map[string][]byte)} }

// maxName bounds an object's name, in bytes. https://cloud.google.com/storage/docs/objects#naming
const maxName = 1024

// Create stores an object that is not there yet. An object of that name is left as it is, with [wallet.ErrExists].
func (b *Bucket) Create(ctx context.Context, name string, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if name == "" || len(name) > maxName {
		return fmt.Errorf("%w: object name of %d bytes: use 1 to %d", wallet.ErrInvalid, len(name), maxName)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.objects[name]; ok {
		return fmt.Errorf("%w: object %s", wallet.ErrExists, name)
	}
	b.objects[name] = bytes.Clone(data)
	return nil
}

// Open returns an object's bytes and how many there are, or [wallet.ErrNotFound]. The caller closes the reader.
func (b *Bucket) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	data, ok := b.objects[name]
	if !ok {
		return nil, 0, fmt.Errorf("%w: object %s", wallet.ErrNotFound, name)
	}
	return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
}

// List returns the next names that begin with prefix and come after a name, sorted: at most limit, and none only when there
// are no more.
func (b *Bucket) List(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for _, name := range slices.Sorted(maps.Keys(b.objects)) {
		if strings.HasPrefix(name, prefix) && name > after && len(names) < limit {
			names = append(names, name)
		}
	}
	return names, nil
}

// Remove takes an object away; one that is not there is away already.
func (b *Bucket) Remove(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, name)
	return nil
}

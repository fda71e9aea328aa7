// Package hot keeps the objects that are asked for most in memory: the one pass that a thousand people add from a poster, and
// the passes of a bundle, which are read twice. A name stands for the same bytes for ever, so nothing here is ever out of date;
// which name is asked for, and whether at all, is up to a record that was read before.
package hot

import (
	"container/list"
	"context"
	"io"
	"sync"
)

// What a [Bucket] holds, in bytes. The functions that have one have 512 MiB for up to 80 requests at a time, and start with less
// than 50. A collector that lets the heap double leaves 64 MiB for the cache, and so most of the memory for the requests.
// Packages are some tens of kB, so these are hundreds of them; one of more than 1 MiB would push out too many others.
const (
	total   = 32 << 20 // of all objects, also while they are read
	largest = 1 << 20  // of one object
)

// An Opener opens objects that never change.
type Opener interface {
	// Open returns the object and its size in bytes.
	Open(ctx context.Context, name string) (io.ReadCloser, int64, error)
}

// A Bucket is another one, of which it holds the objects that were read last. Those who ask for an object at the same time share
// one reading of it: each is given the bytes as they arrive, at their own pace. It is held when all of its bytes have come and
// their reader has confirmed them.
type Bucket struct {
	cold Opener

	mu      sync.Mutex
	objects map[string]*object // by name
	unread  list.List          // of the *object that are whole and that nobody reads, the one that was read last in front
	held    int64              // bytes of all objects
}

// New returns a bucket that holds nothing yet.
func New(cold Opener) *Bucket { return &Bucket{cold: cold, objects: make(map[string]*object)} }

// Open returns the object and its size in bytes, or the error of the bucket behind this one. The caller closes the reader.
func (b *Bucket) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	o, first := b.join(name)
	if first {
		// Others may still need the bytes when this caller has gone.
		source, size, err := b.cold.Open(context.WithoutCancel(ctx), name)
		if !b.opened(o, source, size, err) {
			return source, size, err
		}
		return &reader{bucket: b, object: o}, size, nil
	}
	select {
	case <-o.opened:
	case <-ctx.Done():
		b.leave(o)
		return nil, 0, ctx.Err()
	}
	switch {
	case o.err != nil:
		return nil, 0, o.err
	case o.data == nil:
		return b.cold.Open(ctx, name)
	}
	return &reader{bucket: b, object: o}, int64(len(o.data)), nil
}

// join counts the caller among the readers of an object, and reports that it is the first to ask for it.
func (b *Bucket) join(name string) (o *object, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o = b.objects[name]
	if first = o == nil; first {
		o = newObject(name)
		b.objects[name] = o
	}
	if o.place != nil {
		b.unread.Remove(o.place)
		o.place = nil
	}
	o.readers++
	return o, first
}

// opened tells those who wait what became of the opening, and reports whether the object is held. One that is too large, or for
// which there is no room beside those that are read just now, is everybody's own.
func (b *Bucket) opened(o *object, source io.ReadCloser, size int64, err error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer close(o.opened)
	if err != nil || size < 1 || size > largest || !b.makeRoom(size) {
		o.err = err
		delete(b.objects, o.name)
		return false
	}
	o.source, o.data = source, make([]byte, size)
	b.held += size
	return true
}

// makeRoom lets go of the objects that were not read for the longest time. The caller holds the lock.
func (b *Bucket) makeRoom(size int64) bool {
	for b.held+size > total && b.unread.Len() > 0 {
		o := b.unread.Remove(b.unread.Back()).(*object)
		delete(b.objects, o.name)
		b.held -= int64(len(o.data))
	}
	return b.held+size <= total
}

// forget has an object that broke off be opened anew by who asks next.
func (b *Bucket) forget(o *object) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.objects[o.name] == o {
		delete(b.objects, o.name)
	}
}

// leave counts a reader out. The last one leaves the object to the next if it is whole, and closes it otherwise.
func (b *Bucket) leave(o *object) {
	if b.left(o) {
		o.close()
	}
}

// left reports that the last reader has left an object that is not whole.
func (b *Bucket) left(o *object) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	o.readers--
	if o.readers > 0 {
		return false
	}
	if o.whole() {
		o.place = b.unread.PushFront(o)
		return false
	}
	if b.objects[o.name] == o {
		delete(b.objects, o.name)
	}
	b.held -= int64(len(o.data))
	return true
}

package hot

import (
	"container/list"
	"errors"
	"fmt"
	"io"
	"sync"
)

// An object is the bytes under a name: those that are here, and where to get the others.
type object struct {
	name    string
	readers int           // guarded by the bucket
	place   *list.Element // among the unread, guarded by the bucket

	opened chan struct{} // closed when what follows is known
	err    error         // of opening it
	data   []byte        // as long as the object; nil when it is not held
	source io.ReadCloser // nil when it is closed; belongs to the one reader who is filling, and to the last one

	mu      sync.Mutex
	more    sync.Cond // that what follows is not as it was
	here    int       // how many bytes of data are the object's
	broken  error     // why there will be no more
	filling bool      // one of the readers is waiting for the source
}

func newObject(name string) *object {
	o := &object{name: name, opened: make(chan struct{})}
	o.more.L = &o.mu
	return o
}

// whole reports that the object was opened, and that all of its bytes are here.
func (o *object) whole() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.data != nil && o.here == len(o.data)
}

// after returns the bytes that are here after the first n, [io.EOF] behind the last one. Where there are none yet, the first
// reader who needs them gets them, and the others wait for it: for the source, and never for another reader's phone.
func (o *object) after(n int) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.here == n && n < len(o.data) && o.broken == nil {
		if o.filling {
			o.more.Wait()
		} else {
			o.fill()
		}
	}
	switch {
	case o.here > n:
		return o.data[n:o.here], nil
	case n == len(o.data):
		return nil, io.EOF
	default:
		return nil, o.broken
	}
}

// fill reads once. The caller holds the lock, which is free while the source is waited for.
func (o *object) fill() {
	o.filling = true
	here := o.here
	o.mu.Unlock()
	here, err := o.read(here)
	o.mu.Lock()
	o.filling = false
	if err == nil {
		o.here = here
	}
	o.broken = err
	o.more.Broadcast()
}

// read reads on behind the bytes that are here, and returns how many there are then. The last ones count when the source has
// confirmed that they are the last, and that all are right.
func (o *object) read(here int) (int, error) {
	n, err := o.source.Read(o.data[here:])
	here += n
	if here == len(o.data) && err == nil {
		err = o.end()
	}
	switch {
	case !errors.Is(err, io.EOF):
		return here, err
	case here < len(o.data):
		return here, fmt.Errorf("object %s: %d of %d bytes: %w", o.name, here, len(o.data), io.ErrUnexpectedEOF)
	default:
		o.close()
		return here, nil
	}
}

// end reads on where nothing more should come, until the source says that it has ended.
func (o *object) end() error {
	n, err := io.ReadFull(o.source, make([]byte, 1))
	if n > 0 {
		return fmt.Errorf("object %s: more than the %d bytes it is said to have", o.name, len(o.data))
	}
	return err
}

// close closes the source. By then all is known about its bytes that there is to know.
func (o *object) close() {
	if o.source != nil {
		_ = o.source.Close()
		o.source = nil
	}
}

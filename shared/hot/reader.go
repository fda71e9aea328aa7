package hot

import (
	"errors"
	"io"
)

// A reader reads an object from its beginning.
type reader struct {
	bucket *Bucket
	object *object // nil when the reader is closed
	n      int     // bytes read
}

// next returns bytes that were not read yet.
func (r *reader) next() ([]byte, error) {
	if r.object == nil {
		return nil, errClosed
	}
	data, err := r.object.after(r.n)
	if err != nil && !errors.Is(err, io.EOF) {
		r.bucket.forget(r.object)
	}
	return data, err
}

var errClosed = errors.New("the object is closed")

func (r *reader) Read(p []byte) (int, error) {
	data, err := r.next()
	n := copy(p, data)
	r.n += n
	return n, err
}

// WriteTo writes the bytes as they arrive and without copying them; those of an object that is whole at once.
func (r *reader) WriteTo(w io.Writer) (int64, error) {
	for start := r.n; ; {
		data, err := r.next()
		if err == nil {
			var n int
			n, err = w.Write(data)
			r.n += n
		}
		switch {
		case errors.Is(err, io.EOF):
			return int64(r.n - start), nil
		case err != nil:
			return int64(r.n - start), err
		}
	}
}

func (r *reader) Close() error {
	if r.object != nil {
		r.bucket.leave(r.object)
		r.object = nil
	}
	return nil
}

package process

import "sync"

// tailSize is how much a [Tail] keeps, in bytes.
const tailSize = 16 << 10

// A Tail is an [io.Writer] that keeps the last 16 KiB written to it: enough to see why a process failed. The zero value is
// ready for use, and all methods may be called at the same time.
type Tail struct {
	mu   sync.Mutex
	text []byte
}

// Write never fails.
func (t *Tail) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, text...)
	if extra := len(t.text) - tailSize; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(text), nil
}

// String returns what is kept.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

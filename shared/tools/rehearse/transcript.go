package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// A transcript prints the steps as they happen, whoever takes them.
type transcript struct {
	began time.Time

	mu  sync.Mutex
	out io.Writer
}

func (t *transcript) step(what, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, "%6.2f s  %-11s %s\n", time.Since(t.began).Seconds(), what, fmt.Sprintf(format, args...))
}

package push

import "sync"

// A breaker stops mass deletion: when the tokens of many devices seem dead at once, it is our host, credential or topic
// that is wrong, not they. It looks at the last 100 answers of this instance and opens at more than 20 bad ones.
type breaker struct {
	mu   sync.Mutex
	bad  [100]bool
	next int
	sum  int
}

// note takes an answer into account and reports whether bad ones may still be acted upon.
func (b *breaker) note(bad bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bad[b.next] {
		b.sum--
	}
	if b.bad[b.next] = bad; bad {
		b.sum++
	}
	b.next = (b.next + 1) % len(b.bad)
	return b.sum*5 <= len(b.bad)
}

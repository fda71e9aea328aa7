package apns

import (
	"context"
	"sync"

	"walletpasses.example/server/shared/wallet"
)

// A recipient is what APNs addresses: a device's token and, within it, a topic.
type recipient struct {
	token wallet.PushToken
	topic string
}

// pauses holds the one push per recipient that is waiting for its next attempt. A push that comes meanwhile has nothing
// to add, since that attempt is still to be made.
type pauses struct {
	mu     sync.Mutex
	paused map[recipient]*paused
}

// A paused push has an answer once done is closed.
type paused struct {
	done   chan struct{}
	answer Answer
}

// of returns the push to r that is paused now.
func (p *pauses) of(r recipient) (*paused, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	push, ok := p.paused[r]
	return push, ok
}

// share makes r a paused recipient while pause runs, and gives everyone who asks meanwhile the answer of next, or last when
// the pause ends in an error. When r is paused already, share only waits for that push's answer.
func (p *pauses) share(ctx context.Context, r recipient, last Answer, pause func() error, next func() Answer) Answer {
	push, mine := p.enter(r)
	if !mine {
		return push.result(ctx)
	}
	defer close(push.done)
	err := pause()
	p.leave(r)
	push.answer = last
	if err == nil {
		push.answer = next()
	}
	return push.answer
}

// enter returns the paused push of r, and whether it is the caller's own.
func (p *pauses) enter(r recipient) (push *paused, mine bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if push, ok := p.paused[r]; ok {
		return push, false
	}
	if p.paused == nil {
		p.paused = make(map[recipient]*paused)
	}
	push = &paused{done: make(chan struct{})}
	p.paused[r] = push
	return push, true
}

func (p *pauses) leave(r recipient) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.paused, r)
}

// result waits for the answer of the push, or for the end of ctx, which is [Later].
func (p *paused) result(ctx context.Context) Answer {
	select {
	case <-p.done:
		return p.answer
	case <-ctx.Done():
		return Answer{Verdict: Later, Err: ctx.Err()}
	}
}

package inmem

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// BusOptions say how a [Bus] delivers. The zero value delivers each message once and nearly in order.
type BusOptions struct {
	// Mischief makes the bus use the freedom that Pub/Sub has: every third message arrives twice, and now and then one
	// lets its neighbours pass. Nil for none. The bus alone may use it from then on.
	Mischief *rand.Rand
	// Workers is how many messages of one subscription are handled at once; 0 for 4.
	Workers int
	// Attempts is how often a message is tried before it is a dead letter; 0 for 20.
	Attempts int
	// OnDeadLetter is told of each message that was tried for the last time; nil for nobody. It must not call the bus.
	OnDeadLetter func(DeadLetter)
	// Backoff is the wait after the attempt of that number, from 1; nil for 10 ms, 20 ms, … 10 s.
	Backoff func(attempt int) time.Duration
}

// A Bus carries messages from publishers to subscriptions, at least once and in no order, as Pub/Sub does. Everything it
// starts ends with [Bus.Close].
type Bus struct {
	options BusOptions
	ctx     context.Context // of the handlers; ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup // workers, and timers that have not fired

	mu            sync.Mutex
	subscriptions map[string][]*subscription // by topic
	timers        map[*time.Timer]struct{}
	published     int
	pending       int           // deliveries queued, in flight or waiting to be repeated
	idle          chan struct{} // closed when pending falls to 0
	dead          []DeadLetter
	closed        bool
}

// A DeadLetter is a message that was tried for the last time.
type DeadLetter struct {
	Topic    string
	Message  []byte
	Attempts int
	Err      error // of the last attempt
}

// NewBus returns a bus without subscriptions.
func NewBus(options BusOptions) *Bus {
	if options.Workers == 0 {
		options.Workers = 4
	}
	if options.Attempts == 0 {
		options.Attempts = 20
	}
	if options.Backoff == nil {
		options.Backoff = backoff
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Bus{
		options:       options,
		ctx:           ctx,
		cancel:        cancel,
		subscriptions: make(map[string][]*subscription),
		timers:        make(map[*time.Timer]struct{}),
	}
}

func backoff(attempt int) time.Duration {
	return min(10*time.Second, 10*time.Millisecond<<min(attempt-1, 20))
}

// Subscribe has handle called for every message published to the topic from now on.
func (b *Bus) Subscribe(topic string, handle wallet.MessageHandler) {
	s := &subscription{bus: b, topic: topic, handle: handle}
	s.arrived.L = &b.mu
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subscriptions[topic] = append(b.subscriptions[topic], s)
	for range b.options.Workers {
		b.running.Go(s.work)
	}
}

// PassChanged announces on [wallet.TopicPassChanged] that a document was written.
func (b *Bus) PassChanged(ctx context.Context, event wallet.PassChanged) error {
	return b.publishJSON(ctx, wallet.TopicPassChanged, event)
}

// PassPackaged announces on [wallet.TopicPassPackaged] that a package can be fetched.
func (b *Bus) PassPackaged(ctx context.Context, event wallet.PassPackaged) error {
	return b.publishJSON(ctx, wallet.TopicPassPackaged, event)
}

// PassPersonalized announces on [wallet.TopicPassPersonalized] that a customer has signed up.
func (b *Bus) PassPersonalized(ctx context.Context, event wallet.PassPersonalized) error {
	return b.publishJSON(ctx, wallet.TopicPassPersonalized, event)
}

func (b *Bus) publishJSON(ctx context.Context, topic string, event any) error {
	message, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("publish on %s: %w", topic, err)
	}
	return b.Publish(ctx, topic, message)
}

// Publish accepts a message for every subscription of the topic. Where Pub/Sub would drop a message without a word,
// because nothing subscribes to its topic, Publish fails.
func (b *Bus) Publish(ctx context.Context, topic string, message []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return fmt.Errorf("publish on %s: the bus is closed", topic)
	}
	if len(b.subscriptions[topic]) == 0 {
		return fmt.Errorf("publish on %s: nothing subscribes to it, the message would be lost", topic)
	}
	b.published++
	for _, s := range b.subscriptions[topic] {
		b.send(s, message)
	}
	return nil
}

// send queues the deliveries of one message to one subscription. The caller holds the lock.
func (b *Bus) send(s *subscription, message []byte) {
	copies, held := 1, false
	if b.options.Mischief != nil {
		held = b.options.Mischief.IntN(4) == 0
		if b.published%3 == 0 {
			copies = 2
		}
	}
	for range copies {
		if b.pending == 0 {
			b.idle = make(chan struct{})
		}
		b.pending++
		d := delivery{message: bytes.Clone(message)}
		if held {
			b.later(s, d, time.Duration(1+b.options.Mischief.IntN(5))*time.Millisecond)
		} else {
			s.queue(d)
		}
	}
}

// later queues a delivery after a while. The caller holds the lock.
func (b *Bus) later(s *subscription, d delivery, wait time.Duration) {
	var timer *time.Timer
	b.running.Add(1)
	timer = time.AfterFunc(wait, func() {
		defer b.running.Done()
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.timers, timer)
		s.queue(d)
	})
	b.timers[timer] = struct{}{}
}

// settled counts a delivery as done for good. The caller holds the lock.
func (b *Bus) settled() {
	if b.pending--; b.pending == 0 {
		close(b.idle)
	}
}

// Idle waits until nothing is queued, in flight or waiting to be delivered again, dead letters aside. What a handler
// publishes counts before the handler's own message ends, so a whole chain of functions has run when Idle returns.
func (b *Bus) Idle(ctx context.Context) error {
	b.mu.Lock()
	pending, idle := b.pending, b.idle
	b.mu.Unlock()
	if pending == 0 {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-b.ctx.Done():
		return errors.New("the bus was closed with messages pending")
	case <-ctx.Done():
		return fmt.Errorf("waiting for an idle bus: %w", ctx.Err())
	}
}

// DeadLetters returns the messages that were given up, oldest first.
func (b *Bus) DeadLetters() []DeadLetter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.dead)
}

// Close drops what is not delivered, ends the handlers' context and waits until they have returned. No goroutine is left.
func (b *Bus) Close() {
	b.cancel()
	b.mu.Lock()
	b.closed = true
	for timer := range b.timers {
		if timer.Stop() {
			b.running.Done()
		}
	}
	for _, subscriptions := range b.subscriptions {
		for _, s := range subscriptions {
			s.arrived.Broadcast()
		}
	}
	b.mu.Unlock()
	b.running.Wait()
}

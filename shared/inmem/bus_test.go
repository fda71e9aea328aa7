package inmem_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/shared/inmem"
)

const topic = "pass-changed"

// A log remembers what a subscription was given, and when.
type log struct {
	mu       sync.Mutex
	messages []string
	times    []time.Time
}

func (l *log) add(message []byte) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages = append(l.messages, string(message))
	l.times = append(l.times, time.Now())
	return len(l.messages)
}

func (l *log) handle(_ context.Context, message []byte) error {
	l.add(message)
	return nil
}

func publish(t *testing.T, b *inmem.Bus, count int) {
	t.Helper()
	for n := range count {
		message := fmt.Append(nil, n)
		check(t, b.Publish(t.Context(), topic, message))
		clear(message) // the bus has a copy
	}
}

func TestBusDeliversToEverySubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := inmem.NewBus(inmem.BusOptions{})
		defer b.Close()
		var one, two, other log
		b.Subscribe(topic, one.handle)
		b.Subscribe(topic, two.handle)
		b.Subscribe("another", other.handle)
		publish(t, b, 50)
		check(t, b.Idle(t.Context()))
		for _, l := range []*log{&one, &two} {
			slices.Sort(l.messages)
			if len(l.messages) != 50 || len(slices.Compact(l.messages)) != 50 {
				t.Errorf("%d messages, want each of 50 once", len(l.messages))
			}
		}
		if len(other.messages) != 0 {
			t.Errorf("another topic got %q", other.messages)
		}
	})
}

func TestBusMischief(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := inmem.NewBus(inmem.BusOptions{Workers: 1, Mischief: rand.New(rand.NewPCG(1, 2))})
		defer b.Close()
		var l log
		b.Subscribe(topic, l.handle)
		publish(t, b, 60)
		check(t, b.Idle(t.Context()))
		counts := make(map[string]int)
		for _, message := range l.messages {
			counts[message]++
		}
		twice := 0
		for n := range 60 {
			if counts[fmt.Sprint(n)] == 2 {
				twice++
			}
		}
		if len(counts) != 60 || twice != 20 || len(l.messages) != 80 {
			t.Errorf("%d messages of %d kinds, %d of them twice; want 80 of 60, 20 twice", len(l.messages), len(counts), twice)
		}
		if first := slices.Compact(l.messages); slices.IsSortedFunc(first, byNumber) {
			t.Error("all messages came in order")
		}
	})
}

func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func TestBusRepeatsWithGrowingGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := inmem.NewBus(inmem.BusOptions{})
		defer b.Close()
		var l log
		b.Subscribe(topic, func(_ context.Context, message []byte) error {
			switch n := l.add(message); {
			case n%2 == 0:
				panic("not now")
			case n < 5:
				message[0] = 'x' // what a handler does to its copy is not seen by the next
				return errors.New("not now")
			}
			return nil
		})
		check(t, b.Publish(t.Context(), topic, []byte("m")))
		check(t, b.Idle(t.Context()))
		if !slices.Equal(l.messages, []string{"m", "m", "m", "m", "m"}) {
			t.Fatalf("delivered %q, want m five times", l.messages)
		}
		for n, want := range []time.Duration{10, 20, 40, 80} {
			if got := l.times[n+1].Sub(l.times[n]); got != want*time.Millisecond {
				t.Errorf("gap %d is %v, want %v", n+1, got, want*time.Millisecond)
			}
		}
		if dead := b.DeadLetters(); len(dead) != 0 {
			t.Errorf("dead letters %v", dead)
		}
	})
}

func TestBusGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []inmem.DeadLetter
		b := inmem.NewBus(inmem.BusOptions{
			Attempts: 3, Backoff: func(int) time.Duration { return time.Minute },
			OnDeadLetter: func(d inmem.DeadLetter) { told = append(told, d) },
		})
		defer b.Close()
		var l log
		b.Subscribe(topic, func(_ context.Context, message []byte) error {
			if l.add(message); string(message) == "poison" {
				panic("poison")
			}
			return nil
		})
		start := time.Now()
		check(t, b.Publish(t.Context(), topic, []byte("poison")))
		check(t, b.Publish(t.Context(), topic, []byte("good")))
		check(t, b.Idle(t.Context()))
		dead := b.DeadLetters()
		if len(dead) != 1 || dead[0].Topic != topic || string(dead[0].Message) != "poison" || dead[0].Attempts != 3 ||
			!strings.Contains(dead[0].Err.Error(), "panicked: poison") {
			t.Errorf("dead letters %+v, want poison after 3 attempts", dead)
		}
		if len(told) != 1 || string(told[0].Message) != "poison" {
			t.Errorf("told of %+v", told)
		}
		if len(l.messages) != 4 || time.Since(start) != 2*time.Minute {
			t.Errorf("%d deliveries in %v, want 4 in 2m", len(l.messages), time.Since(start))
		}
	})
}

func TestBusIsIdleOnlyAfterTheWholeChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := inmem.NewBus(inmem.BusOptions{Mischief: rand.New(rand.NewPCG(3, 4))})
		defer b.Close()
		check(t, b.Idle(t.Context()))
		var end log
		b.Subscribe("second", end.handle)
		b.Subscribe(topic, func(ctx context.Context, message []byte) error {
			<-time.After(time.Second) // of the bubble
			return b.Publish(ctx, "second", message)
		})
		publish(t, b, 8)
		check(t, b.Idle(t.Context()))
		if slices.Sort(end.messages); len(slices.Compact(end.messages)) != 8 {
			t.Errorf("idle with %d of 8 messages at the end of the chain", len(end.messages))
		}
	})
}

func TestBusIdleEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := inmem.NewBus(inmem.BusOptions{})
		defer b.Close()
		b.Subscribe(topic, func(context.Context, []byte) error { return errors.New("never") })
		publish(t, b, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Idle(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want a deadline exceeded", err)
		}
	})
}

func TestBusCloseLeavesNothing(t *testing.T) {
	// synctest.Test itself fails when a goroutine of the bubble is left; the count is for goroutines of timers.
	before := runtime.NumGoroutine()
	synctest.Test(t, func(t *testing.T) {
		b := inmem.NewBus(inmem.BusOptions{Mischief: rand.New(rand.NewPCG(5, 6))})
		var l log
		var returned atomic.Int64
		b.Subscribe(topic, func(ctx context.Context, message []byte) error {
			l.add(message)
			<-ctx.Done() // busy until the bus is closed
			<-time.After(time.Second)
			returned.Add(1)
			return ctx.Err()
		})
		publish(t, b, 30)
		synctest.Wait()
		idle := make(chan error)
		go func() { idle <- b.Idle(context.Background()) }()
		synctest.Wait()
		b.Close()
		if delivered := len(l.messages); delivered == 0 || int(returned.Load()) != delivered {
			t.Errorf("%d of %d handlers had returned when Close did", returned.Load(), delivered)
		}
		if err := <-idle; err == nil {
			t.Error("Idle of a bus closed with messages pending: no error")
		}
		if err := b.Publish(t.Context(), topic, nil); err == nil {
			t.Error("Publish on a closed bus: no error")
		}
		delivered := len(l.messages)
		<-time.After(time.Hour) // of the bubble
		if len(l.messages) != delivered {
			t.Error("delivered after Close")
		}
		b.Close()
	})
	for runtime.NumGoroutine() > before { // one that has ended may still be counted
		runtime.Gosched()
	}
}

func TestBusRefusesWhatNobodyWouldReceive(t *testing.T) {
	b := inmem.NewBus(inmem.BusOptions{})
	defer b.Close()
	if err := b.Publish(t.Context(), topic, []byte("m")); err == nil {
		t.Error("published on a topic without subscriptions")
	}
}

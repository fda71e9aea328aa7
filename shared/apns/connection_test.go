package apns_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/wallet"
)

// pushMany sends n pushes to different tokens at the same time and returns the answers.
func pushMany(ctx context.Context, c *apns.Client, n int) []apns.Answer {
	answers := make([]apns.Answer, n)
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() { answers[i] = c.Push(ctx, wallet.NewPushToken(fmt.Sprintf("%08x", i)), topic) })
	}
	running.Wait()
	return answers
}

func allTaken(t *testing.T, answers []apns.Answer) {
	t.Helper()
	for i, answer := range answers {
		if answer.Verdict != apns.Taken {
			t.Fatalf("push %d: %v, want taken", i, answer)
		}
	}
}

// TestOneConnection: P-27. Neither a burst on a client that has no connection yet, nor more pushes than the server takes
// at once, nor many one after the other, open a second one.
func TestOneConnection(t *testing.T) {
	root := newAuthority(t)
	for name, o := range map[string]apnstest.Options{
		"clear text":    {MaxConcurrentStreams: 50},
		"TLS":           {MaxConcurrentStreams: 50, Certificate: root.issue(t, nil)},
		"one at a time": {MaxConcurrentStreams: 1, Certificate: root.issue(t, nil)},
	} {
		t.Run(name, func(t *testing.T) {
			server := startServer(t, o)
			client := newTokenClient(t, server.URL(), apns.Options{RootCAs: root.pool()})
			allTaken(t, pushMany(t.Context(), client, 1000))
			for range 300 {
				allTaken(t, []apns.Answer{push(t, client)})
			}
			if n := server.Connections(); n != 1 {
				t.Errorf("%d connections for 1300 pushes, want 1", n)
			}
		})
	}
}

// TestInFlight: with 1500 pushes under way at once, no more than the bound reach a server that takes more, over one connection.
func TestInFlight(t *testing.T) {
	for given, bound := range map[int]int{50: 50, 0: 1000} {
		t.Run(fmt.Sprint(given), func(t *testing.T) { inFlight(t, given, int64(bound)) })
	}
}

func inFlight(t *testing.T, given int, bound int64) {
	const pushes = 1500
	var arrived, now, most atomic.Int64
	var asking sync.WaitGroup // until every push has asked for its turn and the first ones have arrived
	asking.Add(pushes + int(bound))
	server := startServer(t, apnstest.Options{MaxConcurrentStreams: 2000, Pause: func(context.Context, time.Duration) error {
		defer now.Add(-1)
		n := now.Add(1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		if arrived.Add(1) <= bound {
			asking.Done()
		}
		asking.Wait()
		return nil
	}})
	server.AnswerAll(apnstest.Reply{Delay: time.Second})
	client := newTokenClient(t, server.URL(), apns.Options{MaxInFlight: given})
	answers := make(chan apns.Answer)
	for i := range pushes {
		ctx := &noticed{Context: t.Context(), at: make(chan struct{})}
		go func() { answers <- client.Push(ctx, wallet.NewPushToken(fmt.Sprintf("%08x", i)), topic) }()
		go func() {
			<-ctx.at
			asking.Done()
		}()
	}
	for range pushes {
		allTaken(t, []apns.Answer{<-answers})
	}
	if most.Load() != bound || server.Connections() != 1 {
		t.Errorf("at most %d in flight over %d connections, want %d over 1", most.Load(), server.Connections(), bound)
	}
}

// TestRedial: a lost connection is dialed again at once, without a pause, and the push keeps its apns-id.
func TestRedial(t *testing.T) {
	root := newAuthority(t)
	for name, o := range map[string]apnstest.Options{"clear text": {}, "TLS": {Certificate: root.issue(t, nil)}} {
		t.Run(name, func(t *testing.T) {
			server := startServer(t, o)
			var p pauses
			client := newTokenClient(t, server.URL(), apns.Options{RootCAs: root.pool(), Wait: p.wait})
			allTaken(t, []apns.Answer{push(t, client)})
			server.Answer(device, apnstest.Reply{Drop: true})
			answer := push(t, client)
			if answer.Verdict != apns.Taken || len(p.asked) != 0 {
				t.Errorf("answer %v after pauses %v, want taken at once", answer, p.asked)
			}
			pushes := server.Pushes()
			if len(pushes) != 3 || pushes[1].Status != 0 || pushes[2].Status != http.StatusOK {
				t.Fatalf("history %+v, want one taken, one dropped, one taken", pushes)
			}
			oneID(t, pushes[1:], answer.ID)
			if n := server.Connections(); n != 2 {
				t.Errorf("%d connections, want 2", n)
			}
		})
	}
}

// TestGoAway: a server that asks for another connection loses no push and none is sent twice.
func TestGoAway(t *testing.T) {
	server := startServer(t, apnstest.Options{})
	client := newTokenClient(t, server.URL(), apns.Options{})
	server.Answer(device, apnstest.Reply{GoAway: true})
	allTaken(t, []apns.Answer{push(t, client)})
	allTaken(t, pushMany(t.Context(), client, 200))
	if got := len(server.Pushes()); got != 201 {
		t.Errorf("%d requests for 201 pushes", got)
	}
	if n := server.Connections(); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

// TestClose: after Close nothing is left running, pushes under way end as later, and no connection is opened again.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	arrived := make(chan struct{})
	server := startServer(t, apnstest.Options{Pause: func(ctx context.Context, _ time.Duration) error {
		close(arrived)
		<-ctx.Done()
		return ctx.Err()
	}})
	client := newTokenClient(t, server.URL(), apns.Options{Wait: new(pauses).wait})
	allTaken(t, pushMany(t.Context(), client, 50))
	server.Answer(device, apnstest.Reply{Delay: time.Hour})
	answers := make(chan apns.Answer)
	go func() { answers <- push(t, client) }()
	<-arrived
	topics := apns.Topics{topic: client, "pass.com.example.other": client}
	topics.Close()
	if answer := <-answers; answer.Verdict != apns.Later || answer.Err == nil {
		t.Errorf("push under way: %v, want later", answer)
	}
	if answer := push(t, client); answer.Verdict != apns.Later || !strings.Contains(answer.String(), "closed") {
		t.Errorf("push after Close: %v, want later because it is closed", answer)
	}
	server.Close()
	if n := len(server.Pushes()); n != 50 {
		t.Errorf("%d pushes answered, want 50", n)
	}
	for runtime.NumGoroutine() > before { // a leak runs into the time limit of the test
		runtime.Gosched()
	}
}

package apns_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/wallet"
)

// TestScenario13_StaleGone: a 410 removes a device only when it is later than the last confirmation, by milliseconds too.
func TestScenario13_StaleGone(t *testing.T) {
	token := wallet.NewPushToken(device)
	for _, test := range []struct {
		name       string
		registered wallet.PushToken
		since      time.Time
		gone       bool
	}{
		{"inactive before the confirmation", token, noon.Add(400 * time.Millisecond), false},
		{"inactive after the confirmation", token, noon.Add(600 * time.Millisecond), true},
		{"token replaced meanwhile", wallet.NewPushToken("00ff"), noon.Add(600 * time.Millisecond), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := startServer(t, apnstest.Options{})
			server.Answer(device, apnstest.Reply{Status: 410, Reason: "Unregistered", Timestamp: test.since})
			answer := push(t, newTokenClient(t, server.URL(), apns.Options{}))
			if !answer.Timestamp.Equal(test.since) {
				t.Fatalf("timestamp %v, want %v", answer.Timestamp, test.since)
			}
			var record wallet.Device
			record.Register("a", test.registered, noon.Add(500*time.Millisecond))
			if gone := record.TokenGone(token, answer.Timestamp); gone != test.gone {
				t.Errorf("device gone: %v, want %v", gone, test.gone)
			}
		})
	}
}

// TestScenario14_TroubleKeepsTheToken: trouble of APNs or of ours never speaks against a token, and is repeated as in 4.5.
func TestScenario14_TroubleKeepsTheToken(t *testing.T) {
	for _, test := range []struct {
		reply    apnstest.Reply
		verdict  apns.Verdict
		attempts int
		pauses   int
	}{
		{apnstest.Reply{Status: 403, Reason: "InvalidProviderToken"}, apns.Halt, 1, 0},
		{apnstest.Reply{Status: 413, Reason: "PayloadTooLarge"}, apns.Bug, 1, 0},
		{apnstest.Reply{Status: 429, Reason: "TooManyRequests"}, apns.Later, 1, 0},
		{apnstest.Reply{Status: 500, Reason: "InternalServerError"}, apns.Later, 3, 2},
		{apnstest.Reply{Status: 503, Reason: "ServiceUnavailable"}, apns.Later, 3, 2},
		{apnstest.Reply{Drop: true}, apns.Later, 4, 2}, // one more: the redial
	} {
		t.Run(fmt.Sprintf("%d %s", test.reply.Status, test.reply.Reason), func(t *testing.T) {
			server := startServer(t, apnstest.Options{})
			server.AnswerAll(test.reply)
			var p pauses
			answer := push(t, newTokenClient(t, server.URL(), apns.Options{Wait: p.wait}))
			if answer.Verdict != test.verdict {
				t.Errorf("answer %v, want %v", answer, test.verdict)
			}
			if got := len(server.Pushes()); got != test.attempts || len(p.asked) != test.pauses {
				t.Errorf("%d attempts and pauses %v, want %d and %d", got, p.asked, test.attempts, test.pauses)
			}
			oneID(t, server.Pushes(), answer.ID)
			for i, mean := range []time.Duration{time.Second, 5 * time.Second}[:len(p.asked)] {
				if p.asked[i] < mean/2 || p.asked[i] >= mean*3/2 {
					t.Errorf("pause %d is %v, want about %v", i+1, p.asked[i], mean)
				}
			}
		})
	}
}

// TestScenario14_Jitter: pushes that failed together do not return together.
func TestScenario14_Jitter(t *testing.T) {
	server := startServer(t, apnstest.Options{})
	server.AnswerAll(apnstest.Reply{Status: 500, Reason: "InternalServerError"})
	var p pauses
	pushMany(t.Context(), newTokenClient(t, server.URL(), apns.Options{Wait: p.wait}), 20)
	different := make(map[time.Duration]bool)
	for _, d := range p.asked {
		different[d] = true
	}
	if len(different) < 20 {
		t.Errorf("%d different pauses of %d", len(different), len(p.asked))
	}
}

// TestScenario14_Recovers: a push that failed ends as taken once APNs recovers, in the same call.
func TestScenario14_Recovers(t *testing.T) {
	server := startServer(t, apnstest.Options{})
	server.Answer(device, apnstest.Reply{Status: 500}, apnstest.Reply{Status: 503, Reason: "Shutdown"})
	answer := push(t, newTokenClient(t, server.URL(), apns.Options{Wait: new(pauses).wait}))
	if answer.Verdict != apns.Taken {
		t.Errorf("answer %v, want taken", answer)
	}
	oneID(t, server.Pushes(), answer.ID)
	if n := server.Connections(); n != 2 {
		t.Errorf("%d connections, want 2: the one that shut down is left", n)
	}
}

// noticed is a context that tells when somebody begins to wait for its end.
type noticed struct {
	context.Context
	once sync.Once
	at   chan struct{}
}

func (n *noticed) Done() <-chan struct{} {
	n.once.Do(func() { close(n.at) })
	return n.Context.Done()
}

// TestScenario14_OneCopyWaits: while a push pauses, others to the same token and topic wait for its answer (P-43).
func TestScenario14_OneCopyWaits(t *testing.T) {
	server := startServer(t, apnstest.Options{})
	server.Answer(device, apnstest.Reply{Status: http.StatusInternalServerError})
	paused, resume := make(chan struct{}), make(chan struct{})
	client := newTokenClient(t, server.URL(), apns.Options{Wait: func(context.Context, time.Duration) error {
		close(paused)
		<-resume
		return nil
	}})
	answers := make(chan apns.Answer)
	go func() { answers <- push(t, client) }()
	<-paused

	const others = 5
	for range others {
		ctx := &noticed{Context: t.Context(), at: make(chan struct{})}
		go func() { answers <- client.Push(ctx, wallet.NewPushToken(device), topic) }()
		<-ctx.at
	}
	if answer := client.Push(t.Context(), wallet.NewPushToken("00ff"), topic); answer.Verdict != apns.Taken {
		t.Errorf("push to another token: %v, want taken at once", answer)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if answer := client.Push(ctx, wallet.NewPushToken(device), topic); answer.Verdict != apns.Later || answer.Err == nil {
		t.Errorf("push that is given up while another pauses: %v, want later", answer)
	}
	close(resume)
	for range 1 + others {
		if answer := <-answers; answer.Verdict != apns.Taken {
			t.Errorf("answer %v, want taken", answer)
		}
	}
	if got := len(server.Pushes()); got != 3 {
		t.Errorf("%d requests, want 3: two attempts of the first push and one of another token", got)
	}
}

// TestScenario15_BadDeviceTokenForAll: a wrong host answers so for every token; none of them is gone (P-10).
func TestScenario15_BadDeviceTokenForAll(t *testing.T) {
	server := startServer(t, apnstest.Options{})
	server.AnswerAll(apnstest.Reply{Status: 400, Reason: "BadDeviceToken"})
	client := newTokenClient(t, server.URL(), apns.Options{})
	for i := range 100 {
		answer := client.Push(t.Context(), wallet.NewPushToken(fmt.Sprintf("%08x", i)), topic)
		if answer.Verdict != apns.Refused || !answer.Timestamp.IsZero() {
			t.Fatalf("answer %v at %v, want refused without a time", answer, answer.Timestamp)
		}
	}
	if got := len(server.Pushes()); got != 100 {
		t.Errorf("%d requests for 100 tokens: a refused token must not be tried again", got)
	}
}

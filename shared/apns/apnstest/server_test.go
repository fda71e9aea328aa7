package apnstest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns/apnstest"
)

// TestHistoryJSON fixes the names and shapes that readers of the history rely on.
func TestHistoryJSON(t *testing.T) {
	server := start(t, apnstest.Options{})
	ask(t, clearText(t), goodPush(t, server))
	got, err := json.Marshal(server.Pushes())
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"time":"2026-03-01T12:00:00Z","pushToken":"a1b2c3d4","topic":"pass.com.example.loyalty",` +
		`"pushType":"background","priority":5,"expiration":1772452800,"body":"{}","status":200}]`
	if string(got) != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestScript: replies for a token are used up in order, before the one for all; a bad request uses up none.
func TestScript(t *testing.T) {
	server := start(t, apnstest.Options{})
	client := clearText(t)
	server.AnswerAll(apnstest.Reply{Status: 503, Reason: "ServiceUnavailable"})
	server.Answer(token, apnstest.Reply{Status: 429, Reason: "TooManyRequests"})
	server.Answer(token, apnstest.Reply{})
	bad := goodPush(t, server)
	bad.Header.Del("apns-topic")
	for i, step := range []struct {
		request *http.Request
		status  int
	}{
		{bad, 400}, {goodPush(t, server), 429}, {goodPush(t, server), 200}, {goodPush(t, server), 503}, {goodPush(t, server), 503},
	} {
		if status, _ := ask(t, client, step.request); status != step.status {
			t.Errorf("answer %d is %d, want %d", i, status, step.status)
		}
	}
	server.AnswerAll(apnstest.Reply{})
	if status, _ := ask(t, client, goodPush(t, server)); status != 200 {
		t.Errorf("after the end of the trouble: %d, want 200", status)
	}
}

// TestAnswerForm: the answer repeats apns-id, and a 410 has a timestamp in milliseconds.
func TestAnswerForm(t *testing.T) {
	server := start(t, apnstest.Options{})
	server.Answer(token,
		apnstest.Reply{Status: 410, Reason: "Unregistered"},
		apnstest.Reply{Status: 410, Reason: "Unregistered", Timestamp: noon.Add(-1500 * time.Millisecond)},
		apnstest.Reply{Status: 503, Body: "<html>", RetryAfter: "7"},
	)
	client := clearText(t)
	for _, want := range []string{
		`{"reason":"Unregistered","timestamp":1772366400000}`,
		`{"reason":"Unregistered","timestamp":1772366398500}`,
		`<html>`,
	} {
		r := goodPush(t, server)
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(got) != want {
			t.Errorf("%s (%v), want %s", got, err, want)
		}
		if response.Header.Get("apns-id") != r.Header.Get("apns-id") {
			t.Errorf("apns-id %q, want the request's", response.Header.Get("apns-id"))
		}
		if after := response.Header.Get("Retry-After"); (after == "7") != (response.StatusCode == 503) {
			t.Errorf("Retry-After %q of a %d", after, response.StatusCode)
		}
	}
}

// TestWait returns when the history is long enough, and gives up with its context.
func TestWait(t *testing.T) {
	server := start(t, apnstest.Options{})
	client := clearText(t)
	done := make(chan int)
	go func() {
		pushes, err := server.Wait(t.Context(), 2)
		if err != nil {
			t.Error(err)
		}
		done <- len(pushes)
	}()
	ask(t, client, goodPush(t, server))
	select {
	case n := <-done:
		t.Fatalf("back with %d pushes, want 2", n)
	default:
	}
	ask(t, client, goodPush(t, server))
	if n := <-done; n != 2 {
		t.Errorf("%d pushes, want 2", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if pushes, err := server.Wait(ctx, 3); !errors.Is(err, context.Canceled) || len(pushes) != 2 {
		t.Errorf("%d pushes and %v, want 2 and the context's error", len(pushes), err)
	}
}

// TestOnPush: a device wakes for a push that was taken and for no other; Close waits for it.
func TestOnPush(t *testing.T) {
	woken := make(chan apnstest.Push, 2)
	server := start(t, apnstest.Options{AnyToken: true, OnPush: func(p apnstest.Push) { woken <- p }})
	client := clearText(t)
	server.Answer(token, apnstest.Reply{Status: 500, Reason: "InternalServerError"})
	ask(t, client, goodPush(t, server))
	r := goodPush(t, server)
	path("/3/device/simulated%20phone")(r)
	ask(t, client, r)
	server.Close()
	close(woken)
	var tokens []string
	for p := range woken {
		tokens = append(tokens, p.PushToken)
	}
	if len(tokens) != 1 || tokens[0] != "simulated phone" {
		t.Errorf("woken: %q, want the one whose push was taken", tokens)
	}
}

// TestDelay spends the delay before the answer, through Pause.
func TestDelay(t *testing.T) {
	var asked time.Duration
	server := start(t, apnstest.Options{Pause: func(_ context.Context, d time.Duration) error {
		asked = d
		return nil
	}})
	server.Answer(token, apnstest.Reply{Delay: time.Hour, Status: 500, Reason: "InternalServerError"})
	if status, _ := ask(t, clearText(t), goodPush(t, server)); status != 500 || asked != time.Hour {
		t.Errorf("answer %d after %v, want 500 after 1h", status, asked)
	}
}

func TestStartFails(t *testing.T) {
	if _, err := apnstest.Start(apnstest.Options{Address: "256.0.0.1:0"}); err == nil {
		t.Error("no error for an address that cannot be listened on")
	}
}

package apns_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/cloudtest/process"
	"walletpasses.example/server/shared/wallet"
)

// TestRequest holds the request of section 4.1 and 4.2; P-25 and P-26.
func TestRequest(t *testing.T) {
	clock := func() time.Time { return noon }
	server := startServer(t, apnstest.Options{Now: clock})
	answer := push(t, newTokenClient(t, server.URL(), apns.Options{Now: clock}))
	if answer.Verdict != apns.Taken || answer.Status != http.StatusOK || answer.ID == "" {
		t.Fatalf("answer %v with apns-id %q, want taken", answer, answer.ID)
	}
	got := server.Pushes()[0]
	want := apnstest.Push{
		Time: noon, PushToken: device, Topic: topic, PushType: "background", Priority: 5,
		Expiration: noon.Add(7 * 24 * time.Hour).Unix(), Body: "{}", Status: 200,
		ID: answer.ID, Authorization: got.Authorization,
	}
	if got != want {
		t.Errorf("received %+v\nwant %+v", got, want)
	}
}

// TestAnyTokenText: a token is opaque and must not be able to leave its place in the path.
func TestAnyTokenText(t *testing.T) {
	server := startServer(t, apnstest.Options{AnyToken: true})
	client := newTokenClient(t, server.URL(), apns.Options{})
	for i, token := range []string{"../../x", "a/b", "a?b#c", "100%", "%2F", "ä ö", "line\nbreak", strings.Repeat("f", 1000)} {
		if answer := client.Push(t.Context(), wallet.NewPushToken(token), topic); answer.Verdict != apns.Taken {
			t.Errorf("%q: %v", token, answer)
		}
		if got := server.Pushes()[i].PushToken; got != token {
			t.Errorf("server saw token %q, want %q", got, token)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	clock := func() time.Time { return noon }
	date := func(d time.Duration) string { return noon.Add(d).Format(http.TimeFormat) }
	for _, test := range []struct {
		status   int
		header   string
		attempts int
		pause    time.Duration // at least; 0 for the usual one
	}{
		{503, "9", 2, 9 * time.Second},
		{503, date(20 * time.Second), 2, 20 * time.Second},
		{503, "30", 2, 30 * time.Second},
		{503, "31", 1, 0},
		{503, date(time.Hour), 1, 0},
		{503, date(-time.Hour), 2, 0},
		{503, "soon", 2, 0},
		{503, "-3", 2, 0},
		{429, "2", 2, 2 * time.Second},
		{429, "60", 1, 0},
		{429, "", 1, 0},
	} {
		t.Run(fmt.Sprintf("%d %s", test.status, test.header), func(t *testing.T) {
			server := startServer(t, apnstest.Options{Now: clock})
			server.Answer(device, apnstest.Reply{Status: test.status, RetryAfter: test.header})
			var p pauses
			answer := push(t, newTokenClient(t, server.URL(), apns.Options{Now: clock, Wait: p.wait}))
			if got := len(server.Pushes()); got != test.attempts {
				t.Fatalf("%d attempts, want %d", got, test.attempts)
			}
			if test.attempts == 1 {
				if answer.Verdict != apns.Later || len(p.asked) != 0 {
					t.Errorf("answer %v after pauses %v, want later at once", answer, p.asked)
				}
				return
			}
			if answer.Verdict != apns.Taken {
				t.Errorf("answer %v, want taken", answer)
			}
			if p.asked[0] < test.pause || test.pause == 0 && p.asked[0] >= 1500*time.Millisecond {
				t.Errorf("pause %v, want %v", p.asked[0], test.pause)
			}
		})
	}
}

// TestContextBoundsPauses uses the real timer: the end of the context ends the pause, and the last answer stands.
func TestContextBoundsPauses(t *testing.T) {
	server := startServer(t, apnstest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	server.AnswerAll(apnstest.Reply{Status: 500, Reason: "InternalServerError"})
	client := newTokenClient(t, server.URL(), apns.Options{})
	go func() {
		server.Wait(ctx, 1)
		cancel()
	}()
	answer := client.Push(ctx, wallet.NewPushToken(device), topic)
	if answer.Verdict != apns.Later {
		t.Errorf("answer %v, want later", answer)
	}
	if got := len(server.Pushes()); got != 1 {
		t.Errorf("%d attempts, want 1", got)
	}
	answer = client.Push(ctx, wallet.NewPushToken(device), topic)
	if answer.Verdict != apns.Later || !errors.Is(answer.Err, context.Canceled) {
		t.Errorf("answer %v with a context that has ended, want later", answer)
	}
	if got := len(server.Pushes()); got != 1 {
		t.Errorf("%d attempts, want 1: nothing is sent after the end of the context", got)
	}
}

// TestNoTokenInAnswers: net/http quotes URLs in its errors, and the push token is in the path.
func TestNoTokenInAnswers(t *testing.T) {
	const secret = "5ec4e7f00d"
	nobody, err := process.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	dropping := startServer(t, apnstest.Options{})
	dropping.AnswerAll(apnstest.Reply{Drop: true})
	root := newAuthority(t)
	untrusted := startServer(t, apnstest.Options{Certificate: root.issue(t, nil)})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx   context.Context
		url   string
		topic string
	}{
		"connection refused": {t.Context(), "http://" + nobody, topic},
		"connection dropped": {t.Context(), dropping.URL(), topic},
		"untrusted server":   {t.Context(), untrusted.URL(), topic},
		"no TLS there":       {t.Context(), strings.Replace(dropping.URL(), "http:", "https:", 1), topic},
		"canceled":           {canceled, dropping.URL(), topic},
		"bad header":         {t.Context(), dropping.URL(), "line\nbreak"},
	} {
		t.Run(name, func(t *testing.T) {
			client := newTokenClient(t, test.url, apns.Options{Wait: new(pauses).wait})
			answer := client.Push(test.ctx, wallet.NewPushToken(secret), test.topic)
			if answer.Err == nil {
				t.Fatalf("answer %v, want an error", answer)
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				for err := error(answer.Err); err != nil; err = errors.Unwrap(err) {
					if text := fmt.Sprintf(verb, err); strings.Contains(text, secret) {
						t.Errorf("%s of the error shows the token: %s", verb, text)
					}
				}
				if text := fmt.Sprintf(verb, answer); strings.Contains(text, secret) {
					t.Errorf("%s of the answer shows the token: %s", verb, text)
				}
			}
		})
	}
}

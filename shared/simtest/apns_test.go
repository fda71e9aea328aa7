package simtest

import (
	"context"
	"net/http"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/wallet"
)

// An apnsServer is Apple's side of a push: it knows which tokens are active, and since when others are not. What it answers is
// true, except where the scheduler makes it err.
type apnsServer struct {
	world  *world
	phones map[string]*phone // by every token that they have had
	pushes int
}

// Push sends to one token. The answer tells what a client of APNs would make of it after all its own attempts.
func (a *apnsServer) Push(ctx context.Context, token wallet.PushToken, topic string) apns.Answer {
	t := taskOf(ctx)
	f, err := t.ask(ctx, call{task: t, site: sendPush, object: token.Reveal(), from: t.place()})
	if err != nil {
		return apns.Answer{Verdict: apns.Later, Err: err}
	}
	var answer apns.Answer
	if f.takesEffect() {
		answer = a.answer(token.Reveal(), f)
		a.world.model.pushed(t, token, answer)
	}
	if err := t.suffer(f); err != nil {
		return apns.Answer{Verdict: apns.Later, Err: err}
	}
	return answer
}

func (a *apnsServer) answer(token string, f fault) apns.Answer {
	p := a.phones[token]
	switch f {
	case pushBusy:
		return apns.Answer{Status: http.StatusServiceUnavailable, Reason: "ServiceUnavailable", Verdict: apns.Later}
	case pushTooMany:
		return apns.Answer{Status: http.StatusTooManyRequests, Reason: "TooManyRequests", Verdict: apns.Later}
	case pushForbidden:
		return apns.Answer{Status: http.StatusForbidden, Reason: "Forbidden", Verdict: apns.Halt}
	case pushRefused:
		if token == p.token {
			p.refused = a.world.step
		}
		return apns.Answer{Status: http.StatusBadRequest, Reason: "BadDeviceToken", Verdict: apns.Refused}
	case pushStale:
		return gone(noon.Add(-time.Hour))
	case pushSwallowed:
		return apns.Answer{Status: http.StatusOK, Verdict: apns.Taken}
	}
	a.pushes++
	if a.world.random.IntN(16) == 0 { // just now, so that the answer finds another record than the one that it is about
		p.wavers()
	}
	if since := p.inactive(token); !since.IsZero() {
		if a.pushes%2 == 0 { // tokens that are gone can be taken for days
			return apns.Answer{Status: http.StatusOK, Verdict: apns.Taken}
		}
		return gone(since)
	}
	p.hear()
	return apns.Answer{Status: http.StatusOK, Verdict: apns.Taken}
}

func gone(since time.Time) apns.Answer {
	return apns.Answer{Status: http.StatusGone, Reason: "Unregistered", Timestamp: since.Truncate(time.Millisecond), Verdict: apns.Gone}
}

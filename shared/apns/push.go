package apns

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/sideshow/apns2"
	"github.com/sideshow/apns2/token"

	"walletpasses.example/server/shared/wallet"
)

// storage is how long APNs may keep a push for a device that is off.
const storage = 7 * 24 * time.Hour

// retryPauses are the mean pauses before the second and third attempt. What is still not taken then is for the caller
// to try later: an event can wait longer than a function should.
var retryPauses = []time.Duration{time.Second, 5 * time.Second}

// retryAfterLimit is the longest pause asked for by a server that is kept within one call of Push.
const retryAfterLimit = 30 * time.Second

// A message is one push on its way, the same in every attempt.
type message struct {
	recipient
	id         string
	expiration time.Time

	redialed   bool          // once is enough to tell a dead connection from a dead server
	bearer     *token.Token  // of the last attempt; nil with a certificate
	retryAfter time.Duration // of the last answer; 0 when it named none
}

func (m *message) notification() *apns2.Notification {
	return &apns2.Notification{
		ApnsID:      m.id,
		DeviceToken: url.PathEscape(m.token.Reveal()),
		Topic:       m.topic,
		Expiration:  m.expiration,
		Priority:    apns2.PriorityLow,
		PushType:    apns2.PushTypeBackground,
		Payload:     []byte("{}"),
	}
}

// Push tells the device behind the token to ask what changed in the pass type that is the topic.
//
// It repeats what is worth repeating, always with the same apns-id: once and at once after a lost connection or an expired
// provider token; after a pause, growing and with jitter, while APNs has trouble of its own, three attempts in all.
// A Retry-After of up to 30 s is kept; a longer one, or a 429 without any, goes back to the caller as [Later] at once. Of
// several pushes to one token and topic, at most one pauses: the others end with its answer. ctx bounds everything.
func (c *Client) Push(ctx context.Context, token wallet.PushToken, topic string) Answer {
	if c.certificate != nil {
		if err := c.certificate.check(topic, c.now()); err != nil {
			return Answer{Verdict: Halt, Err: fmt.Errorf("push to topic %s: %w", topic, err)}
		}
	}
	m := &message{
		recipient:  recipient{token, topic},
		id:         uuid.NewString(),
		expiration: c.now().Add(storage),
	}
	if earlier, ok := c.pauses.of(m.recipient); ok {
		return earlier.result(ctx)
	}
	return c.deliver(ctx, m, retryPauses)
}

// deliver makes an attempt and, after each of the pauses, one more for as long as that is worth it.
func (c *Client) deliver(ctx context.Context, m *message, pauses []time.Duration) Answer {
	answer := c.exchange(ctx, m)
	for c.repeatAtOnce(ctx, m, answer) {
		answer = c.exchange(ctx, m)
	}
	if len(pauses) == 0 || ctx.Err() != nil || !worthAPause(answer, m.retryAfter) {
		return answer
	}
	pause := func() error { return c.wait(ctx, max(jitter(pauses[0]), m.retryAfter)) }
	next := func() Answer {
		if answer.Status == http.StatusServiceUnavailable || answer.Reason == idleTimeout {
			c.conn.leaveIfIdle() // this server is leaving; meet another one
		}
		return c.deliver(ctx, m, pauses[1:])
	}
	return c.pauses.share(ctx, m.recipient, answer, pause, next)
}

// jitter returns something from a half to one and a half of d, so that pushes that failed together do not return together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }

// repeatAtOnce reports that the attempt failed for a reason that is over once it is known: the connection was dead, as
// after a freeze, or the provider token had expired.
func (c *Client) repeatAtOnce(ctx context.Context, m *message, answer Answer) bool {
	switch {
	case ctx.Err() != nil:
		return false
	case answer.Err != nil && answer.Verdict == Later && !m.redialed:
		m.redialed = true
		return true
	case answer.Reason == expiredProviderToken && m.bearer != nil:
		return c.token.renew(m.bearer)
	default:
		return false
	}
}

// worthAPause reports that a pause of seconds may change the answer. After a 429 it will not, unless the server says so.
func worthAPause(answer Answer, retryAfter time.Duration) bool {
	if answer.Verdict != Later || retryAfter > retryAfterLimit {
		return false
	}
	return answer.Status != http.StatusTooManyRequests || retryAfter > 0
}

// parseRetryAfter reads seconds or a date (RFC 9110 section 10.2.3). Anything else, or a time past, is 0.
func parseRetryAfter(text string, now time.Time) time.Duration {
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return max(0, at.Sub(now))
}

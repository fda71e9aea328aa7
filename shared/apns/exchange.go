package apns

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/sideshow/apns2"
)

const (
	// attemptTimeout bounds one request and its answer, once there is room for it on the connection.
	attemptTimeout = 20 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes. Apple's are under 100.
	maxAnswer = 4 << 10
)

// An exchange is one request and what came back. It sits between apns2, which writes the request, and the connection,
// because apns2 drops what matters of the answer: the status of a body that is not JSON, Retry-After, milliseconds.
type exchange struct {
	conn       *connection
	status     int
	body       []byte
	retryAfter string
}

// RoundTrip keeps the answer and shows apns2 nothing of it but the status.
func (e *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	conn, err := e.conn.reserve(r.Context())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), attemptTimeout)
	defer cancel()
	response, err := conn.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if e.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer)); err != nil {
		return nil, fmt.Errorf("read the answer of APNs: %w", err)
	}
	e.status, e.retryAfter = response.StatusCode, response.Header.Get("Retry-After")
	return &http.Response{StatusCode: response.StatusCode, Body: http.NoBody, Request: r}, nil
}

// exchange sends m once, in its turn.
func (c *Client) exchange(ctx context.Context, m *message) Answer {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return Answer{Verdict: Later, ID: m.id, Err: ctx.Err()}
	}
	m.retryAfter = 0
	e := &exchange{conn: c.conn}
	writer := apns2.Client{Host: c.url, HTTPClient: &http.Client{Transport: e}}
	if c.token != nil {
		bearer, err := c.token.bearer()
		if err != nil {
			return Answer{Verdict: Halt, ID: m.id, Err: err}
		}
		writer.Token, m.bearer = bearer, bearer
	}
	if _, err := writer.PushWithContext(ctx, m.notification()); err != nil {
		err = withoutURL(err)
		return Answer{Verdict: verdictOfError(err), ID: m.id, Err: fmt.Errorf("push to APNs: %w", err)}
	}
	answer := readAnswer(e.status, e.body)
	answer.ID = m.id
	m.retryAfter = parseRetryAfter(e.retryAfter, c.now())
	return answer
}

// withoutURL takes off the wrapping of net/http that quotes the request's URL: the push token is in its path.
func withoutURL(err error) error {
	var quoted *url.Error
	for errors.As(err, &quoted) {
		err = quoted.Err
	}
	return err
}

// certificateAlerts are the TLS alerts by which a server refuses a client's certificate (RFC 8446 section 6.2):
// bad, unsupported, revoked, expired, unknown, unknown_ca, access_denied, certificate_required.
var certificateAlerts = []tls.AlertError{42, 43, 44, 45, 46, 48, 49, 116}

// verdictOfError tells a refused or untrusted certificate, which stays so, from a connection that may be better next time.
func verdictOfError(err error) Verdict {
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return Halt
	}
	var remote *net.OpError
	if errors.As(err, &remote) && remote.Op == "remote error" {
		for _, alert := range certificateAlerts {
			if remote.Err.Error() == alert.Error() { // crypto/tls gives a TCP peer's alert an unexported type
				return Halt
			}
		}
	}
	return Later
}

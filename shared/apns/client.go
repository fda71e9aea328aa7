package apns

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Production is where pass updates are pushed, whatever the build of an app: the sandbox never delivers them.
// https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
const Production = "https://api.push.apple.com"

// Options are the choices that both kinds of client share. The zero value is right for APNs itself.
type Options struct {
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Wait pauses between two attempts and returns early, with the context's error, when ctx ends. A timer when nil.
	Wait func(ctx context.Context, d time.Duration) error
	// RootCAs are trusted to name the server; the system's when nil.
	RootCAs *x509.CertPool
	// MaxInFlight bounds the pushes that wait for their answer at the same time, below what the server allows; when zero, 1000,
	// as much as APNs ever allows on a connection. The others queue.
	MaxInFlight int
}

// A Client pushes with one credential over one HTTP/2 connection, which it opens with the first push and opens again
// when it is lost. It is safe for concurrent use.
type Client struct {
	url         string
	certificate *passCertificate // nil with a provider token, which serves the whole team
	token       *providerToken   // nil with a certificate
	conn        *connection
	slots       chan struct{} // one per push in flight
	pauses      pauses
	now         func() time.Time
	wait        func(context.Context, time.Duration) error
}

// NewCertificateClient returns a client that proves itself with a pass type certificate: the one that signs the passes.
// The url is [Production] when empty; "http://" means HTTP/2 without TLS, for tests. The error says why the certificate
// could not be used: key, usage, or no pass type identifier in it. Its dates are looked at with each push.
// https://developer.apple.com/documentation/usernotifications/establishing-a-certificate-based-connection-to-apns
func NewCertificateClient(url string, certificate tls.Certificate, o Options) (*Client, error) {
	c, err := newClient(url, []tls.Certificate{certificate}, o)
	if err != nil {
		return nil, err
	}
	if c.certificate, err = newPassCertificate(certificate); err != nil {
		return nil, fmt.Errorf("APNs certificate: %w", err)
	}
	return c, nil
}

// NewTokenClient returns a client that proves itself with provider tokens, which serve all pass types of a team. The key
// is on P-256, as [ParseKey] reads it from Apple's .p8 file; keyID and teamID are the 10 characters that Apple shows
// with it. The url is as for [NewCertificateClient]. A key that cannot sign is an error here, not with the first push.
// https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
func NewTokenClient(url string, key *ecdsa.PrivateKey, keyID, teamID string, o Options) (*Client, error) {
	c, err := newClient(url, nil, o)
	if err != nil {
		return nil, err
	}
	if c.token, err = newProviderToken(key, keyID, teamID, c.now); err != nil {
		return nil, fmt.Errorf("APNs provider token: %w", err)
	}
	return c, nil
}

func newClient(address string, certificates []tls.Certificate, o Options) (*Client, error) {
	if address == "" {
		address = Production
	}
	to, err := parseURL(address)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 1000
	}
	return &Client{
		url:   strings.TrimSuffix(address, "/"),
		conn:  newConnection(to, certificates, o.RootCAs),
		slots: make(chan struct{}, o.MaxInFlight),
		now:   o.Now,
		wait:  o.Wait,
	}, nil
}

// parseURL refuses what could only fail later, and Apple's sandbox, which takes pushes for passes and loses them.
func parseURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("APNs address: %w", err)
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("APNs address %q: use %s, or another https:// or http:// host", address, Production)
	}
	switch u.Hostname() {
	case "api.sandbox.push.apple.com", "api.development.push.apple.com":
		return nil, fmt.Errorf("APNs address %q: the sandbox delivers no pass updates; use %s", address, Production)
	}
	return u, nil
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Close ends the connection. Pushes that are under way, and later ones, end as [Later]. Calling it again does nothing.
func (c *Client) Close() { c.conn.close() }

// Package apnstest is a server that speaks to providers as the Apple Push Notification service (APNs) does, and keeps a
// history of what it was sent. It is real HTTP/2, over TLS or in clear text, and takes nothing else.
//
// It is stricter than the original where the original is silent: a push that it takes is exactly what passes need. What it
// answers can be arranged, per push token or for all: [Server.Answer] and [Server.AnswerAll].
//
// https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
package apnstest

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how the server is reached and whom it believes. The zero value is HTTP/2 without TLS on a free port of
// 127.0.0.1, open to everyone.
type Options struct {
	// Address is where to listen, as "host:port"; "127.0.0.1:0" when empty.
	Address string
	// Certificate is the server's own. Without one, it speaks HTTP/2 in clear text (RFC 9113 section 3.3).
	Certificate *tls.Certificate
	// ClientCAs, when set, makes the server ask for a certificate that one of them issued. Its subject's UID is then the only
	// topic of the connection.
	ClientCAs *x509.CertPool
	// ProviderKeys, when set, makes the server ask for a provider token of one of these keys, by key id. With both ways
	// open, a client uses either.
	ProviderKeys map[string]ProviderKey
	// Topics are the only ones allowed; all pass types when empty.
	Topics []string
	// AnyToken accepts push tokens that are not hexadecimal text, as simulated devices may have.
	AnyToken bool
	// MaxConcurrentStreams is what one connection may have in flight; 1000, as with APNs, when zero.
	MaxConcurrentStreams int
	// OnPush is called after each push that was answered 200, in a goroutine of its own: a device waking up.
	OnPush func(Push)
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Pause spends the delay of a [Reply] and returns early, with an error, when ctx ends. A timer when nil.
	Pause func(ctx context.Context, d time.Duration) error
}

// A ProviderKey is the public half of a key that signs provider tokens, and the team it belongs to.
type ProviderKey struct {
	TeamID string
	Public *ecdsa.PublicKey
}

// A Server is a running stand-in for APNs. All methods may be called at any time from any goroutine.
type Server struct {
	options     Options
	http        *http.Server
	url         string
	history     history
	script      script
	updates     tokenUpdates
	connections atomic.Int64
	running     sync.WaitGroup // the accept loop and calls of OnPush

	mu     sync.Mutex
	closed bool
}

// Start listens and serves until [Server.Close].
func Start(o Options) (*Server, error) {
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	if o.MaxConcurrentStreams == 0 {
		o.MaxConcurrentStreams = 1000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Pause == nil {
		o.Pause = pause
	}
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("start the APNs stand-in: %w", err)
	}
	s := &Server{options: o, url: "http://" + listener.Addr().String()}
	s.http = s.newHTTP()
	serve := func() { s.http.Serve(listener) }
	if o.Certificate != nil {
		s.url = "https://" + listener.Addr().String()
		serve = func() { s.http.ServeTLS(listener, "", "") }
	}
	s.running.Go(serve)
	return s, nil
}

// URL is the address to push to: "https://host:port", or "http://host:port" without TLS.
func (s *Server) URL() string { return s.url }

// Connections counts the connections accepted so far.
func (s *Server) Connections() int { return int(s.connections.Load()) }

// Close ends all connections and waits until no call of OnPush is running; it must not be called from within one.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.http.Close()
	s.running.Wait()
}

// wake calls OnPush, unless the server is closing.
func (s *Server) wake(p Push) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.OnPush != nil && !s.closed {
		s.running.Go(func() { s.options.OnPush(p) })
	}
}

type connectionKey struct{}

func (s *Server) newHTTP() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(s.options.Certificate != nil)
	protocols.SetUnencryptedHTTP2(s.options.Certificate == nil)
	return &http.Server{
		Handler:   http.HandlerFunc(s.serve),
		Protocols: protocols,
		HTTP2:     &http.HTTP2Config{MaxConcurrentStreams: s.options.MaxConcurrentStreams},
		TLSConfig: s.tlsConfig(),
		ErrorLog:  log.New(io.Discard, "", 0), // refused handshakes are answers too, and the client's to report
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			s.connections.Add(1)
			return context.WithValue(ctx, connectionKey{}, c)
		},
	}
}

func (s *Server) tlsConfig() *tls.Config {
	if s.options.Certificate == nil {
		return nil
	}
	c := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{*s.options.Certificate},
		ClientCAs:    s.options.ClientCAs,
		Time:         s.options.Now,
	}
	switch {
	case s.options.ClientCAs == nil:
	case s.options.ProviderKeys == nil:
		c.ClientAuth = tls.RequireAndVerifyClientCert
	default:
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return c
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

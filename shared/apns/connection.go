package apns

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// A connection without a frame for pingAfter is pinged, and given up when pingAnswer passes: a dead one is found
	// well inside one attempt.
	pingAfter  = 10 * time.Second
	pingAnswer = 5 * time.Second
	// idleLimit is wall time. A function's processor is frozen between requests; after so long, the network on the way
	// has forgotten the connection, and sending on it would only hang.
	idleLimit = 10 * time.Minute
	// dialTimeout bounds dialing and the TLS handshake together.
	dialTimeout = 10 * time.Second
	// lookAgain is when whoever waits for room looks for it unbidden. A connection compares its states to tell of a change; so
	// of a request that came and went while it was telling of the one before, it does not.
	lookAgain = 10 * time.Millisecond
)

var (
	errClosed   = errors.New("the APNs client is closed")
	errUnusable = errors.New("the new connection to APNs takes no request")
)

// A connection is the one HTTP/2 connection of a client, dialed when it is first needed and again when it was lost.
// Requests that are more than the server takes at once wait for their turn. An [http.Transport] would dial further
// connections instead, or, told to be strict, stall: its count of open requests includes those that wait.
type connection struct {
	transport       *http.Transport // dials; keeps no connections
	scheme, address string
	dials           singleflight.Group
	life            context.Context // ends with close
	end             context.CancelFunc
	claiming        chan struct{} // holds the one who looks for room

	changed chan struct{} // holds something when current may take requests again

	mu      sync.Mutex
	current *http.ClientConn // nil before the first dial and after a loss
}

func newConnection(to *url.URL, certificates []tls.Certificate, roots *x509.CertPool) *connection {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	c := &connection{
		transport: &http.Transport{
			TLSClientConfig:    &tls.Config{MinVersion: tls.VersionTLS12, Certificates: certificates, RootCAs: roots},
			Protocols:          protocols,
			HTTP2:              &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingAnswer},
			IdleConnTimeout:    idleLimit,
			DisableCompression: true,
		},
		scheme:   to.Scheme,
		address:  net.JoinHostPort(to.Hostname(), to.Port()), // without a port: the scheme's own
		claiming: make(chan struct{}, 1),
		changed:  make(chan struct{}, 1),
	}
	c.life, c.end = context.WithCancel(context.Background())
	return c
}

// reserve returns the connection with room made for one request, which the caller must send.
func (c *connection) reserve(ctx context.Context) (*http.ClientConn, error) {
	for dialed := false; ; dialed = true {
		conn, claimed, err := c.claim(ctx)
		switch {
		case err != nil:
			return nil, err
		case claimed:
			return conn, nil
		case dialed:
			return nil, errUnusable
		}
		if err := c.replace(ctx, conn); err != nil {
			return nil, err
		}
	}
}

// claim waits for room on the present connection and takes it, unless it is hopeless to wait. One caller at a time does so, and
// the others for their turn: each request that ends wakes one of them, not all.
func (c *connection) claim(ctx context.Context) (conn *http.ClientConn, claimed bool, err error) {
	select {
	case c.claiming <- struct{}{}:
		defer func() { <-c.claiming }()
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	for {
		conn := c.look()
		if claimed, hopeless := try(conn); claimed || hopeless {
			return conn, claimed, nil
		}
		select {
		case <-c.changed:
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

// try makes room for one request if there is any. If not, it is hopeless to wait unless requests are under way: with nothing in
// flight and nobody else claiming, a connection that takes no request is closed, too long idle, or told to go.
func try(conn *http.ClientConn) (claimed, hopeless bool) {
	if conn == nil {
		return false, true
	}
	if conn.Reserve() == nil {
		return true, false
	}
	if conn.Err() == nil && conn.InFlight() > 0 {
		return false, false
	}
	claimed = conn.Reserve() == nil // the last request may have ended between
	return claimed, !claimed
}

// replace dials a connection in the place of conn, together with everyone who asks meanwhile.
func (c *connection) replace(ctx context.Context, conn *http.ClientConn) error {
	c.leave(conn)
	if c.life.Err() != nil {
		return errClosed
	}
	select {
	case dial := <-c.dials.DoChan("", c.dial):
		return dial.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// look returns the present connection.
func (c *connection) look() *http.ClientConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

// announce wakes the one who waits for a change. The connection calls it whenever a request ends or it closes.
func (c *connection) announce(*http.ClientConn) {
	select {
	case c.changed <- struct{}{}:
	default: // it will look in any case
	}
}

// dial opens the connection that everyone who asked meanwhile will share.
func (c *connection) dial() (any, error) {
	if conn := c.look(); conn != nil {
		return nil, nil // somebody was faster
	}
	ctx, cancel := context.WithTimeout(c.life, dialTimeout)
	defer cancel()
	conn, err := c.transport.NewClientConn(ctx, c.scheme, c.address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", c.address, err)
	}
	conn.SetStateHook(c.announce)
	if !c.adopt(conn) {
		conn.Close()
		return nil, errClosed
	}
	return nil, nil
}

// adopt makes conn the present connection, unless close came first.
func (c *connection) adopt(conn *http.ClientConn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.life.Err() != nil {
		return false
	}
	c.current = conn
	return true
}

// leave closes a connection that is of no more use. Requests on it are interrupted.
func (c *connection) leave(conn *http.ClientConn) {
	if conn == nil {
		return
	}
	c.mu.Lock()
	if c.current == conn {
		c.current = nil
	}
	c.mu.Unlock()
	conn.Close()
}

// leaveIfIdle gives up the present connection when nobody uses it or is about to, so that the next request meets another server.
func (c *connection) leaveIfIdle() {
	select {
	case c.claiming <- struct{}{}:
		defer func() { <-c.claiming }()
	default:
		return
	}
	if conn := c.look(); conn != nil && conn.InFlight() == 0 {
		c.leave(conn)
	}
}

// close interrupts all requests and lets no connection be dialed again.
func (c *connection) close() {
	c.end()
	conn := c.look()
	c.leave(conn)
}

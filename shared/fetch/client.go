// Package fetch reads files from addresses that strangers wrote into documents. It reaches public hosts by https and
// nothing else: not this machine, not the network it is in, not the platform's metadata server; whatever the address looks
// like, whatever its name resolves to, wherever it redirects.
//
// What counts is the address that a connection is made to, so that is what is checked, after the name was resolved and
// before the first packet is sent: see [Client.Get]. A name that resolves otherwise the second time gains nothing.
package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// maxRedirects is how many hosts may send the client on.
const maxRedirects = 2

// maxHeader bounds what a host says before the file, in bytes.
const maxHeader = 64 << 10

// A Client fetches files. Any number of goroutines may use it.
type Client struct {
	limit   int64
	timeout time.Duration
	http    *http.Client
	reach   reach
}

// New returns a client for files of at most limit bytes, each of which may take as long as timeout, with everything:
// resolving names, redirects, and the last byte.
func New(limit int64, timeout time.Duration) *Client {
	return newClient(limit, timeout, reach{port: "443", permitted: public})
}

// A reach is where a client can get to.
type reach struct {
	port      string
	permitted func(netip.Addr) bool // addresses that may be connected to
	resolver  *net.Resolver         // nil for the system's
	roots     *x509.CertPool        // nil for the system's
}

func newClient(limit int64, timeout time.Duration, r reach) *Client {
	c := &Client{limit: limit, timeout: timeout, reach: r}
	dialer := &net.Dialer{Resolver: r.resolver, ControlContext: r.control}
	c.http = &http.Client{
		CheckRedirect: c.redirect,
		Transport: &http.Transport{
			Proxy:                  nil, // not from the environment: a proxy would connect for us, past the check
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: r.roots, MinVersion: tls.VersionTLS12},
			DisableCompression:     true, // what a host sends is what is counted
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: maxHeader,
		},
	}
	return c
}

// Get returns the file at an address: https, port 443, a host by its name, at most two redirects to addresses of the same
// kind. It connects to public addresses only, sends no cookies, credentials or referrer, and believes no content type.
//
// An error of kind [wallet.ErrInvalid] means that the address cannot work as it is: it is of another kind, its host is
// unknown or not public, there is no such file, or it is too large. Any other error may pass: a host out of reach or
// overloaded, or the end of ctx. No error tells more of an address than its host.
func (c *Client) Get(ctx context.Context, address string) ([]byte, error) {
	u, err := c.reach.parse(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: the address is no URL; use one such as https://example.com/logo.png", wallet.ErrInvalid)
	}
	setHeaders(request)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, failure(ctx, u.Hostname(), err)
	}
	defer response.Body.Close()
	return c.read(ctx, response)
}

func setHeaders(r *http.Request) {
	r.Header.Set("User-Agent", "walletpasses")
	r.Header.Set("Accept", "image/png, image/jpeg, image/gif, image/webp")
	r.Header.Set("Accept-Encoding", "identity")
}

// redirect checks where a host sends the client on to.
func (c *Client) redirect(request *http.Request, before []*http.Request) error {
	if len(before) > maxRedirects {
		return fmt.Errorf("%w: %s redirects more than %d times; use the address where it ends", wallet.ErrInvalid,
			before[0].URL.Hostname(), maxRedirects)
	}
	request.Header.Del("Referer")
	if _, err := c.reach.parse(request.URL.String()); err != nil {
		return fmt.Errorf("%s redirects: %w", before[0].URL.Hostname(), err)
	}
	return nil
}

// read returns the body of a good answer.
func (c *Client) read(ctx context.Context, response *http.Response) ([]byte, error) {
	host := response.Request.URL.Hostname()
	if err := checkStatus(host, response.StatusCode); err != nil {
		return nil, err
	}
	if encoding := response.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, fmt.Errorf("%w: %s sends the file compressed although asked not to; use another host", wallet.ErrInvalid, host)
	}
	tooLarge := fmt.Errorf("%w: the file of %s is too large; at most %d bytes", wallet.ErrInvalid, host, c.limit)
	if response.ContentLength > c.limit {
		return nil, tooLarge
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, c.limit+1))
	if err != nil {
		return nil, failure(ctx, host, err)
	}
	if int64(len(data)) > c.limit {
		return nil, tooLarge
	}
	return data, nil
}

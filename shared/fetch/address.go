package fetch

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"walletpasses.example/server/shared/wallet"
)

// parse checks all that an address says by itself, before anything is asked of the network.
func (r reach) parse(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "https" || u.Opaque != "":
		return nil, fmt.Errorf("%w: the address is not https; use one such as https://example.com/logo.png", wallet.ErrInvalid)
	case u.User != nil:
		return nil, fmt.Errorf("%w: the address holds a user name or password; leave it out", wallet.ErrInvalid)
	case u.Port() != "" && u.Port() != r.port:
		return nil, fmt.Errorf("%w: the address names another port than %s; leave it out", wallet.ErrInvalid, r.port)
	case !publicName(u.Hostname()):
		return nil, fmt.Errorf("%w: the host %.100q is not the name of a public host; use one such as example.com", wallet.ErrInvalid, u.Hostname())
	}
	return u, nil
}

// privateDomains are names that no public host has (RFC 6761, RFC 6762, RFC 8375, RFC 9476 and ICANN's .internal).
var privateDomains = []string{"localhost", "local", "internal", "home.arpa", "invalid", "test", "onion", "alt"}

// publicName reports a name of several labels that could be a public host's. An IP address is none, in whatever notation: it
// has a colon, or its last label begins with a digit (https://url.spec.whatwg.org/#ends-in-a-number-checker).
func publicName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	labels := strings.Split(host, ".")
	if len(labels) < 2 || len(host) > 253 || slices.ContainsFunc(labels, badLabel) {
		return false
	}
	last := labels[len(labels)-1]
	return (last[0] < '0' || '9' < last[0]) && !slices.ContainsFunc(privateDomains, func(domain string) bool {
		return strings.HasSuffix(host, "."+domain)
	})
}

// badLabel reports what no label of a host's name is (RFC 1123, 2.1, and the underscore that some use). Other alphabets are
// written in ASCII (RFC 5890).
func badLabel(label string) bool {
	return label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != ""
}

// A refusedError is why a connection was not made.
type refusedError struct{ reason string }

func (e *refusedError) Error() string { return e.reason }

// control is called with the address that a name was resolved to, for each that is tried, before the connection is made.
func (r reach) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return &refusedError{"cannot be reached by TCP"}
	}
	if strconv.Itoa(int(to.Port())) != r.port || !r.permitted(to.Addr().Unmap()) {
		return &refusedError{"does not lead to a public address"}
	}
	return nil
}

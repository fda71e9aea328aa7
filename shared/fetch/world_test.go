package fetch

import (
	"context"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// standIn is the one address of this machine that plays a public host: no test leaves the machine.
var standIn = netip.MustParseAddr("127.0.0.1")

// A world is a host with a certificate for example.com and its subdomains, and a name server.
type world struct {
	client      *Client
	server      *httptest.Server
	port        string
	connections atomic.Int32 // that were let through
	lookups     atomic.Int32 // of IPv4 addresses

	mu    sync.Mutex
	names map[string][]netip.Addr // the next answers: one per lookup, the last one for ever
}

// newWorld serves handler on example.com. Public addresses are let through and counted, as is the stand-in.
func newWorld(t *testing.T, limit int64, handler http.HandlerFunc) *world {
	w := &world{server: httptest.NewTLSServer(handler), names: map[string][]netip.Addr{"example.com.": {standIn}}}
	t.Cleanup(w.server.Close)
	address, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.port = address.Port()
	roots := x509.NewCertPool()
	roots.AddCert(w.server.Certificate())
	w.client = newClient(limit, 10*time.Second, reach{
		port: w.port, roots: roots,
		permitted: func(addr netip.Addr) bool {
			ok := addr == standIn || public(addr)
			if ok {
				w.connections.Add(1)
			}
			return ok
		},
		resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go w.answer(server)
			return client, nil
		}},
	})
	return w
}

// https is an address on the world's port.
func (w *world) https(host, path string) string { return "https://" + host + ":" + w.port + path }

// answer is a name server on one connection, in the form of TCP (RFC 1035, 4.2.2).
func (w *world) answer(conn net.Conn) {
	defer conn.Close()
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return
	}
	question := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, question); err != nil {
		return
	}
	var message dnsmessage.Message
	if message.Unpack(question) != nil || len(message.Questions) != 1 {
		return
	}
	message.Response, message.Additionals = true, nil
	w.resolve(&message)
	reply, err := message.AppendPack(make([]byte, 2))
	if err != nil {
		return
	}
	binary.BigEndian.PutUint16(reply, uint16(len(reply)-2))
	_, _ = conn.Write(reply) // a client that gave up does not listen
}

func (w *world) resolve(message *dnsmessage.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := message.Questions[0]
	answers, known := w.names[q.Name.String()]
	if !known {
		message.RCode = dnsmessage.RCodeNameError
		return
	}
	header := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}
	switch addr := answers[0]; {
	case q.Type == dnsmessage.TypeA && addr.Is4():
		w.lookups.Add(1)
		message.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}}}
	case q.Type == dnsmessage.TypeAAAA && addr.Is6():
		message.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}}}
	default:
		return
	}
	if len(answers) > 1 {
		w.names[q.Name.String()] = answers[1:]
	}
}

// resolves makes a name lead to these addresses, one after the other.
func (w *world) resolves(name string, addresses ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.names[name+"."] = nil
	for _, a := range addresses {
		w.names[name+"."] = append(w.names[name+"."], netip.MustParseAddr(a))
	}
}

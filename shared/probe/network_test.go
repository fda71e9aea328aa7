package probe

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http/httptrace"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// A network answers for names, and watches the dialer.
type network struct {
	mu          sync.Mutex
	names       map[string][]netip.Addr // all of which a name leads to
	lookups     int                     // answered
	refused     int                     // connections that the dialer began and was kept from
	connections []string                // those that it was not kept from, wherever they led
}

// newNetwork takes the place of the system's resolver. Nothing else has to be replaced: the client is the deployed one.
func newNetwork(t *testing.T) *network {
	n := &network{names: make(map[string][]netip.Addr)}
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go n.answer(server)
		return client, nil
	}}
	t.Cleanup(func() { net.DefaultResolver = before })
	return n
}

// watched is a context in which the dialer says what it does. A connection that the client's own check refuses never sees a
// packet; every other end of an attempt is that of a connection.
func (n *network) watched(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{ConnectDone: func(_, address string, err error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		if err != nil && (strings.Contains(err.Error(), "does not lead to a public address") || strings.Contains(err.Error(), "cannot be reached by TCP")) {
			n.refused++
			return
		}
		n.connections = append(n.connections, address)
	}})
}

// connected are the connections so far; asked counts the lookups, and kept what the client kept the dialer from.
func (n *network) connected() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.connections)
}

func (n *network) asked() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lookups
}

func (n *network) kept() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.refused
}

// leads makes a name lead to addresses.
func (n *network) leads(name string, addresses ...netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.names[name+"."] = addresses
}

// answer is a name server on one connection, in the form of TCP (RFC 1035, 4.2.2).
func (n *network) answer(connection net.Conn) {
	defer connection.Close()
	var length [2]byte
	if _, err := io.ReadFull(connection, length[:]); err != nil {
		return
	}
	question := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(connection, question); err != nil {
		return
	}
	var message dnsmessage.Message
	if message.Unpack(question) != nil || len(message.Questions) != 1 {
		return
	}
	message.Response, message.Additionals = true, nil
	n.resolve(&message)
	reply, err := message.AppendPack(make([]byte, 2))
	if err != nil {
		return
	}
	binary.BigEndian.PutUint16(reply, uint16(len(reply)-2))
	_, _ = connection.Write(reply) // a client that gave up does not listen
}

func (n *network) resolve(message *dnsmessage.Message) {
	n.mu.Lock()
	defer n.mu.Unlock()
	q := message.Questions[0]
	addresses, known := n.names[q.Name.String()]
	if !known {
		message.RCode = dnsmessage.RCodeNameError
		return
	}
	n.lookups++
	header := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}
	for _, a := range addresses {
		switch {
		case q.Type == dnsmessage.TypeA && a.Is4():
			message.Answers = append(message.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: a.As4()}})
		case q.Type == dnsmessage.TypeAAAA && a.Is6():
			message.Answers = append(message.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
}

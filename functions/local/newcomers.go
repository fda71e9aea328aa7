package main

import (
	"net"
	"net/http"
	"sync"
)

// newcomers are the connections on which nothing has been asked yet. Browsers open some in advance, and [http.Server.Shutdown]
// waits seconds for their first request. The zero value is ready.
type newcomers struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
	away  bool
}

// follow is an [http.Server]'s ConnState.
func (n *newcomers) follow(c net.Conn, state http.ConnState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(n.conns, c)
	case n.away:
		c.Close()
	default:
		if n.conns == nil {
			n.conns = make(map[net.Conn]bool)
		}
		n.conns[c] = true
	}
}

// turnAway closes them, and whoever comes later.
func (n *newcomers) turnAway() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.away = true
	for c := range n.conns {
		c.Close()
	}
	clear(n.conns)
}

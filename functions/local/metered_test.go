package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/tools/cost/bill"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

// A meter adds up what is billed.
type meter struct {
	mu  sync.Mutex
	sum bill.Operations
}

func (m *meter) add(o bill.Operations) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum = m.sum.Plus(o)
}

// call adds one call of a method that found so many.
func (m *meter) call(method string, found int) { m.add(bill.Calls[method].Found(found)) }

// take returns what was billed since it was last asked.
func (m *meter) take() bill.Operations {
	m.mu.Lock()
	defer m.mu.Unlock()
	sum := m.sum
	m.sum = bill.Operations{}
	return sum
}

// A metered cloud is all functions as [server] wires them, over a store, a bucket, a bus, APNs and a signing key that count. Nothing
// is delivered but what a test delivers.
type metered struct {
	*meter
	tb      testing.TB
	server  *server
	store   records // without the meter
	web     http.Handler
	apns    *apnstest.Server
	now     time.Time
	handle  map[string]wallet.MessageHandler // by topic
	written func(context.Context, wallet.PassID) error

	queued  sync.Mutex // guards waiting
	waiting []message
	pushes  int // of which take has spoken
}

// newMetered is a metered cloud over the store in memory.
func newMetered(tb testing.TB) *metered {
	tb.Helper()
	c := &metered{tb: tb, now: noon}
	memory := inmem.NewStoreAt(c.clock)
	c.open(memory)
	tb.Cleanup(func() {
		for _, err := range memory.Violations() {
			tb.Errorf("the store was misused: %v", err)
		}
	})
	return c
}

// open wires all functions over a store.
func (c *metered) open(store records) {
	c.tb.Helper()
	c.meter, c.store, c.handle = new(meter), store, make(map[string]wallet.MessageHandler)
	c.server = &server{options: options{log: discard, now: c.clock}, url: "http://127.0.0.1", material: c.material()}
	keys, err := randomKeys()
	c.check(err)
	c.server.backend = backend{
		store: meteredStore{store, c}, bucket: meteredBucket{inmem.NewBucket(), c.meter}, events: meteredEvents{c}, keys: keys,
		publish:   c.publish,
		subscribe: func(topic string, handle wallet.MessageHandler) { c.handle[topic] = handle },
		onWrite:   func(handle func(context.Context, wallet.PassID) error) { c.written = handle },
	}
	c.apns, err = apnstest.Start(apnstest.Options{Now: c.clock})
	c.check(err)
	c.tb.Cleanup(c.apns.Close)
	c.server.apns, err = openAPNs(options{apns: c.apns.URL(), now: c.clock}, c.server.material, nil)
	c.check(err)
	c.tb.Cleanup(c.server.apns.close)
	c.web, err = c.server.wire()
	c.check(err)
}

func (c *metered) check(err error) {
	c.tb.Helper()
	if err != nil {
		c.tb.Fatal(err)
	}
}

func (c *metered) clock() time.Time { return c.now }

// material is one identity whose key counts.
func (c *metered) material() material {
	m, err := openMaterial("", c.now)
	c.check(err)
	pass, err := m.throwaway.IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: defaultTeam})
	c.check(err)
	pass.Key = meteredKey{pass.Key, c.meter}
	m.identities[passType], err = pass.Identity()
	c.check(err)
	return m
}

// publish puts a message on a topic, as an issuer does.
func (c *metered) publish(_ context.Context, topic string, data []byte) error {
	c.add(bill.Operations{Messages: 1})
	c.queued.Lock()
	defer c.queued.Unlock()
	c.waiting = append(c.waiting, message{topic, data})
	return nil
}

// queue puts a message on a topic, as a function does.
func (c *metered) queue(topic string, body any) error {
	data, err := json.Marshal(body)
	c.queued.Lock()
	defer c.queued.Unlock()
	c.waiting = append(c.waiting, message{topic, data})
	return err
}

// take returns what was billed since it was last asked, pushes included.
func (c *metered) take() bill.Operations {
	pushes := len(c.apns.Pushes())
	sum := c.meter.take().Plus(bill.Operations{Pushes: pushes - c.pushes, Calls: pushes - c.pushes})
	c.pushes = pushes
	return sum
}

// deliver hands all that waits to the functions, one after the other, and leaves what they publish where it is.
func (c *metered) deliver() {
	c.tb.Helper()
	waiting := c.waiting
	c.waiting = nil
	for _, m := range waiting {
		c.add(bill.Operations{Invocations: 1})
		if m.topic != topicWritten {
			c.check(c.handle[m.topic](c.tb.Context(), m.data))
			continue
		}
		var written wallet.PassChanged
		c.check(wallet.ParseEvent(m.data, &written))
		c.check(c.written(c.tb.Context(), written.PassID))
	}
}

// settle delivers until nothing waits.
func (c *metered) settle() {
	c.tb.Helper()
	for len(c.waiting) > 0 {
		c.deliver()
	}
}

// request calls the function that a path leads to, and wants a status of it.
func (c *metered) request(want int, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	c.tb.Helper()
	c.add(bill.Operations{Invocations: 1})
	r := httptest.NewRequest(method, c.server.url+path, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	c.web.ServeHTTP(answer, r)
	if answer.Code != want {
		c.tb.Fatalf("%s %s: %d %s, want %d", method, path, answer.Code, answer.Body, want)
	}
	return answer
}

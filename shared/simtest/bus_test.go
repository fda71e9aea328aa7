package simtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"walletpasses.example/server/shared/wallet"
)

// topicDocuments stands for the Firestore trigger: it carries the names of documents that were written.
const topicDocuments = "document-written"

// A message waits to be delivered, or is being delivered, or both.
type message struct {
	number   int
	topic    string
	data     []byte
	pass     string // the serial number, for the trace
	inFlight int
	settled  bool // acknowledged: what is still in flight of it does not bring it back
}

// A bus carries messages at least once and in no order, which are the scheduler's to choose. What it has accepted it keeps
// until a handler acknowledges it, unless the scheduler loses it.
type bus struct {
	world    *world
	accepted int
	messages []*message
}

func (b *bus) accept(topic, pass string, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err) // the event types of package wallet have JSON
	}
	b.accepted++
	b.messages = append(b.messages, &message{number: b.accepted, topic: topic, data: data, pass: pass})
}

func (b *bus) publish(ctx context.Context, where site, topic string, pass wallet.PassID, device wallet.DeviceLibraryIdentifier, body any) error {
	object := pass.SerialNumber
	if device != "" {
		object += " for " + string(device)
	}
	_, err := cross(ctx, where, object, func() (struct{}, error) {
		b.accept(topic, object, body)
		return struct{}{}, nil
	})
	return err
}

// PassChanged announces that a document was written.
func (b *bus) PassChanged(ctx context.Context, e wallet.PassChanged) error {
	return b.publish(ctx, publishChanged, wallet.TopicPassChanged, e.PassID, "", e)
}

// PassPackaged announces that a package can be fetched, or that a device is owed a push.
func (b *bus) PassPackaged(ctx context.Context, e wallet.PassPackaged) error {
	return b.publish(ctx, publishPackaged, wallet.TopicPassPackaged, e.PassID, e.DeviceLibraryIdentifier, e)
}

// PassPersonalized announces that a customer has signed up.
func (b *bus) PassPersonalized(ctx context.Context, e wallet.PassPersonalized) error {
	return b.publish(ctx, publishSignUp, wallet.TopicPassPersonalized, e.PassID, "", e)
}

// deliver hands a message to the function that subscribes to its topic.
func (w *world) deliver(m *message) {
	m.inFlight++
	worker := w.anyWorker()
	name := fmt.Sprintf("%s %s, message %d", functionOf[m.topic], m.pass, m.number)
	handle := worker.subscribers[m.topic]
	t := w.start(name, func(ctx context.Context) error { return handle(ctx, m.data) }, func(err error) {
		m.inFlight--
		m.settled = m.settled || err == nil || err == errCrashed && w.losesCrashed
		if m.settled && m.inFlight == 0 {
			w.bus.remove(m)
		}
	})
	t.again = func() { w.deliver(m) }
	w.say("%v", t)
}

func (b *bus) remove(m *message) {
	b.messages = slices.DeleteFunc(b.messages, func(other *message) bool { return other == m })
}

// waiting returns the messages that nobody has in hand.
func (b *bus) waiting() []*message {
	b.world.idle = b.world.idle[:0]
	for _, m := range b.messages {
		if m.inFlight == 0 {
			b.world.idle = append(b.world.idle, m)
		}
	}
	return b.world.idle
}

var functionOf = map[string]string{
	topicDocuments:               "PassChanged",
	wallet.TopicPassUpdates:      "IngestPass",
	wallet.TopicPassChanged:      "RegeneratePass",
	wallet.TopicPassPackaged:     "PushUpdate",
	wallet.TopicPassPersonalized: "the business",
}

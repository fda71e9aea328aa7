package cloudtest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/wallet"
)

// Events publishes what happened to passes. A nil answer means that the message is durable.
type Events interface {
	PassChanged(context.Context, wallet.PassChanged) error
	PassPackaged(context.Context, wallet.PassPackaged) error
	PassPersonalized(context.Context, wallet.PassPersonalized) error
}

// Handlers receive the messages of the three topics.
type Handlers struct {
	PassChanged, PassPackaged, PassPersonalized wallet.MessageHandler
}

// TestEvents tests the events that open returns, with its handlers subscribed for the length of the subtest.
func TestEvents(t *testing.T, open func(t *testing.T, handlers Handlers) Events) {
	t.Run("every event arrives on its topic, as JSON in Apple's words", func(t *testing.T) {
		changed, packaged, personalized := newInbox(), newInbox(), newInbox()
		events := open(t, Handlers{changed.handle, packaged.handle, personalized.handle})
		pass := freshPass()
		ok(t, events.PassChanged(t.Context(), wallet.PassChanged{PassID: pass}))
		ok(t, events.PassPackaged(t.Context(), wallet.PassPackaged{PassID: pass, Version: 7, DeviceLibraryIdentifier: "device-1"}))
		ok(t, events.PassPersonalized(t.Context(), wallet.PassPersonalized{PassID: pass}))
		name := `"passTypeIdentifier":"` + pass.PassTypeIdentifier + `","serialNumber":"serial-1"`
		changed.await(t, "{"+name+"}")
		packaged.await(t, "{"+name+`,"version":7,"deviceLibraryIdentifier":"device-1"}`)
		personalized.await(t, "{"+name+"}")
	})
	t.Run("a message whose handler fails is delivered again", func(t *testing.T) {
		inbox, refused := newInbox(), newInbox()
		events := open(t, Handlers{inbox.handle, func(ctx context.Context, message []byte) error {
			if refused.add(message) == 1 {
				return errors.New("not now")
			}
			return inbox.handle(ctx, message)
		}, inbox.handle})
		pass := freshPass()
		ok(t, events.PassPackaged(t.Context(), wallet.PassPackaged{PassID: pass}))
		inbox.await(t, `{"passTypeIdentifier":"`+pass.PassTypeIdentifier+`","serialNumber":"serial-1"}`)
	})
	t.Run("nothing is published in a context that has ended", func(t *testing.T) {
		events := open(t, Handlers{newInbox().handle, newInbox().handle, newInbox().handle})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		failed(t, "PassChanged", events.PassChanged(ctx, wallet.PassChanged{PassID: freshPass()}))
		failed(t, "PassPackaged", events.PassPackaged(ctx, wallet.PassPackaged{PassID: freshPass()}))
		failed(t, "PassPersonalized", events.PassPersonalized(ctx, wallet.PassPersonalized{PassID: freshPass()}))
	})
}

// An inbox counts the messages that arrived. Other tests' messages may be among them.
type inbox struct {
	mu      sync.Mutex
	counts  map[string]int
	arrived chan struct{} // closed and replaced with every message
}

func newInbox() *inbox {
	return &inbox{counts: make(map[string]int), arrived: make(chan struct{})}
}

func (i *inbox) handle(_ context.Context, message []byte) error {
	i.add(message)
	return nil
}

func (i *inbox) add(message []byte) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.counts[string(message)]++
	close(i.arrived)
	i.arrived = make(chan struct{})
	return i.counts[string(message)]
}

func (i *inbox) look(message string) (count int, arrived <-chan struct{}) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.counts[message], i.arrived
}

func (i *inbox) await(t *testing.T, message string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience.Limit)
	defer cancel()
	for {
		count, arrived := i.look(message)
		if count > 0 {
			return
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			i.mu.Lock()
			defer i.mu.Unlock()
			t.Fatalf("%s did not arrive; %v did", message, i.counts)
		}
	}
}

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"

	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
)

// topicWritten carries the trigger's calls, which no subscriber of the cloud's topics sees.
const topicWritten = "document-written"

// openMemory has no cloud. Its bus delivers some messages twice and out of order, since Pub/Sub does.
func openMemory(o options) (backend, error) {
	keys, err := randomKeys()
	if err != nil {
		return backend{}, err
	}
	store := inmem.NewStoreAt(o.now)
	bus := inmem.NewBus(inmem.BusOptions{
		Mischief: mathrand.New(mathrand.NewPCG(1, 2)),
		OnDeadLetter: func(d inmem.DeadLetter) {
			o.log.Error("message given up", "topic", d.Topic, "attempts", d.Attempts, "error", d.Err)
		},
	})
	store.OnDocumentWritten(func(id wallet.PassID) {
		message, err := json.Marshal(wallet.PassChanged{PassID: id})
		if err == nil {
			err = bus.Publish(context.Background(), topicWritten, message)
		}
		if err != nil {
			o.log.Error("trigger lost", "pass", id, "error", err)
		}
	})
	return backend{
		store: store, bucket: inmem.NewBucket(), events: bus, keys: keys,
		publish:   bus.Publish,
		subscribe: bus.Subscribe,
		onWrite: func(handle func(context.Context, wallet.PassID) error) {
			bus.Subscribe(topicWritten, func(ctx context.Context, message []byte) error {
				var written wallet.PassChanged
				if err := wallet.ParseEvent(message, &written); err != nil {
					return err
				}
				return handle(ctx, written.PassID)
			})
		},
		close: bus.Close,
	}, nil
}

// randomKeys are good for as long as the process.
func randomKeys() (wallet.TokenKeys, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return wallet.TokenKeys{}, fmt.Errorf("token key: %w", err)
	}
	return wallet.NewTokenKeys(1, map[int][]byte{1: key})
}

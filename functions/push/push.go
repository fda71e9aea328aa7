// Package push tells every registered device that a pass has a newer package: one empty push each, through APNs.
//
// Called by Pub/Sub with what was announced on pass-packaged, at least once, in any order. An error asks for another
// delivery; devices that were served by then are not pushed to again. A pass on very many devices is cut into shards, and a
// few devices that fail are announced by themselves: messages on the same topic, all of them.
//
// https://developer.apple.com/documentation/walletpasses/adding-a-web-service-to-update-passes
package push

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/wallet"
)

// Store reads packages, and reads and writes device records.
type Store interface {
	// Of a record that is there and cannot be read, Device returns the revision beside the error.
	wallet.Devices
	CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error)
	// RegisteredDevices yields every device of a shard that has registered the pass, each read once.
	RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error]
	// CountDevices returns how many they are, and limit where they are more.
	CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error)
}

// Events announces what is left for messages of their own.
type Events interface {
	// PassPackaged returns when the message is durable.
	PassPackaged(ctx context.Context, e wallet.PassPackaged) error
}

// APNs sends the empty push.
type APNs interface {
	// Push sends to one token under a topic, which is the pass type identifier, with retries of its own.
	Push(ctx context.Context, token wallet.PushToken, topic string) apns.Answer
}

// inFlight bounds the devices that one instance serves at the same time, whatever the number of messages: as many as APNs
// takes on one connection.
const inFlight = 1000

// New returns the handler of one announcement.
func New(store Store, events Events, sender APNs, log *slog.Logger, now func() time.Time) wallet.MessageHandler {
	p := &pusher{
		store: store, events: events, apns: sender, log: log, now: now,
		crew: newCrew(inFlight), breaker: new(breaker),
	}
	return func(ctx context.Context, message []byte) error {
		var event wallet.PassPackaged
		if err := wallet.ParseEvent(message, &event); err != nil {
			return fmt.Errorf("push: %w", err)
		}
		if err := p.announce(ctx, event); err != nil {
			return fmt.Errorf("push %v: %w", event.PassID, err)
		}
		return nil
	}
}

type pusher struct {
	store   Store
	events  Events
	apns    APNs
	log     *slog.Logger
	now     func() time.Time
	crew    crew
	breaker *breaker
}

// announce serves each device by itself: whatever happens to one, the others are told.
func (p *pusher) announce(ctx context.Context, event wallet.PassPackaged) error {
	pkg, err := p.store.CurrentPackage(ctx, event.PassID)
	if err != nil {
		return err
	}
	f := p.newFanOut(ctx, pkg)
	defer f.stop(nil)
	for device, err := range p.devices(ctx, event) {
		if f.met++; f.met == countFrom {
			if cut, err := p.cut(ctx, event); cut || err != nil {
				f.running.Wait() // those that were marked by then stay so: their shard tells them
				return err
			}
		}
		switch {
		case errors.Is(err, wallet.ErrInvalid): // another delivery would not mend it
			p.log.ErrorContext(ctx, "unreadable device record", "pass", event.PassID, "error", err)
		case err != nil:
			f.leave(wallet.Device{}, err) // nobody knows whom it was about
		default:
			f.next(ctx, device)
		}
	}
	f.flush(ctx)
	// Pushes, by what APNs said; and the devices that are left for another delivery, for whatever reason.
	p.log.InfoContext(ctx, "pushed", "passTypeIdentifier", event.PassTypeIdentifier, "serialNumber", event.SerialNumber,
		"accepted", f.answers[apns.Taken], "refused", f.answers[apns.Refused]+f.answers[apns.Bug]+f.answers[apns.Halt],
		"gone", f.answers[apns.Gone], "failed", len(f.left))
	return f.finish(ctx)
}

// devices yields the one device that an announcement names, or all of its shard that registered the pass.
func (p *pusher) devices(ctx context.Context, event wallet.PassPackaged) iter.Seq2[wallet.Device, error] {
	if event.DeviceLibraryIdentifier == "" {
		return p.store.RegisteredDevices(ctx, event.PassID, event.Shard)
	}
	return func(yield func(wallet.Device, error) bool) {
		device, err := p.store.Device(ctx, wallet.DeviceID{
			PassTypeIdentifier:      event.PassTypeIdentifier,
			DeviceLibraryIdentifier: event.DeviceLibraryIdentifier,
		})
		if err != nil && device.Revision != 0 { // as RegisteredDevices says it
			err = fmt.Errorf("%w: %w", wallet.ErrInvalid, err)
		}
		yield(device, err)
	}
}

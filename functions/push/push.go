// Package push tells every registered device that a pass has a newer package: one empty push each, through APNs.
//
// Called by Pub/Sub with what was announced on pass-packaged, at least once, in any order. An error asks for another
// delivery; devices that were served by then are not pushed to again.
//
// https://developer.apple.com/documentation/walletpasses/adding-a-web-service-to-update-passes
package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/wallet"
)

// Store reads packages, and reads and writes device records.
type Store interface {
	wallet.Devices
	CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error)
	// RegisteredDevices yields every device that has registered the pass, each read once.
	RegisteredDevices(ctx context.Context, id wallet.PassID) iter.Seq2[wallet.Device, error]
}

// APNs sends the empty push.
type APNs interface {
	// Push sends to one token under a topic, which is the pass type identifier, with retries of its own.
	Push(ctx context.Context, token wallet.PushToken, topic string) apns.Answer
}

const (
	// inFlight bounds the devices of one fan-out that are being served at the same time.
	inFlight = 200
	// together is how many devices are marked before the first of them is pushed to, which bounds what is kept of them.
	together = 10_000
)

// New returns the handler of one announcement.
func New(store Store, sender APNs, log *slog.Logger, now func() time.Time) wallet.MessageHandler {
	p := &pusher{store: store, apns: sender, log: log, now: now, breaker: new(breaker)}
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
	apns    APNs
	log     *slog.Logger
	now     func() time.Time
	breaker *breaker
}

// announce serves each device by itself: whatever happens to one, the others are told. What is left for another
// delivery is counted, and the first of its errors returned.
func (p *pusher) announce(ctx context.Context, event wallet.PassPackaged) error {
	pkg, err := p.store.CurrentPackage(ctx, event.PassID)
	if err != nil {
		return err
	}
	f := &fanOut{pusher: p, pkg: pkg, answers: make(map[apns.Verdict]int)}
	f.group.SetLimit(inFlight)
	for device, err := range p.devices(ctx, event) {
		if errors.Is(err, wallet.ErrInvalid) { // another delivery would not mend it
			p.log.ErrorContext(ctx, "unreadable device record", "pass", event.PassID, "error", err)
			continue
		}
		if err != nil {
			f.fail(err)
			continue
		}
		f.next(ctx, device)
	}
	f.flush(ctx)
	// Pushes, by what APNs said; and the devices that are left for another delivery, for whatever reason.
	p.log.InfoContext(ctx, "pushed", "passTypeIdentifier", event.PassTypeIdentifier, "serialNumber", event.SerialNumber,
		"accepted", f.answers[apns.Taken], "refused", f.answers[apns.Refused]+f.answers[apns.Bug]+f.answers[apns.Halt],
		"gone", f.answers[apns.Gone], "failed", f.failed)
	return f.err()
}

// devices yields the one device that an announcement names, or all that registered the pass.
func (p *pusher) devices(ctx context.Context, event wallet.PassPackaged) iter.Seq2[wallet.Device, error] {
	if event.DeviceLibraryIdentifier == "" {
		return p.store.RegisteredDevices(ctx, event.PassID)
	}
	return func(yield func(wallet.Device, error) bool) {
		yield(p.store.Device(ctx, wallet.DeviceID{
			PassTypeIdentifier:      event.PassTypeIdentifier,
			DeviceLibraryIdentifier: event.DeviceLibraryIdentifier,
		}))
	}
}

// A fanOut is one announcement on its way to all devices of a pass.
type fanOut struct {
	*pusher
	pkg    wallet.CurrentPackage
	group  errgroup.Group
	marked int         // devices since the last flush
	halted atomic.Bool // APNs refused our credential: nobody else need be asked
	pushes sync.Map    // of *sending, by token: a device seen under two identifiers gets one push, whose answer holds for both

	mu      sync.Mutex
	owed    []wallet.Device      // marked, and to be told
	answers map[apns.Verdict]int // how many pushes met each
	failed  int
	first   error
}

func (f *fanOut) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed++
	if f.first == nil {
		f.first = err
	}
}

func (f *fanOut) err() error {
	if f.first == nil {
		return nil
	}
	// Not wrapped: the kind of one device's error says nothing about the message.
	return fmt.Errorf("%d devices left for another delivery, the first: %v", f.failed, f.first)
}

// next marks a device, among those that are marked together, and tells them when there are enough.
func (f *fanOut) next(ctx context.Context, device wallet.Device) {
	f.serve(ctx, device, f.mark)
	if f.marked++; f.marked == together {
		f.flush(ctx)
	}
}

// flush tells all devices that were marked and are owed a push. All are marked before the first is told: one that answers at
// once finds the change listed, even where it was woken under another of its identifiers.
func (f *fanOut) flush(ctx context.Context) {
	_ = f.group.Wait() // its functions return no errors; they are in f
	for _, device := range f.owed {
		f.serve(ctx, device, f.tell)
	}
	_ = f.group.Wait()
	f.marked, f.owed = 0, nil
	f.pushes.Clear()
}

// serve does a part of the work for one device. What becomes of it is of no concern to the others.
func (f *fanOut) serve(ctx context.Context, device wallet.Device, part func(context.Context, wallet.Device) error) {
	f.group.Go(func() error {
		if err := part(ctx, device); err != nil {
			f.fail(fmt.Errorf("%v: %w", device.ID, err))
		}
		return nil
	})
}

// mark records the change in the device's document, and keeps the device if it is owed a push.
func (f *fanOut) mark(ctx context.Context, seen wallet.Device) error {
	device, err := wallet.UpdateDevice(ctx, f.store, seen, func(d *wallet.Device) bool { return d.Changed(f.pkg) })
	if err != nil || !device.NeedsPush(f.now()) {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.owed = append(f.owed, device)
	return nil
}

// tell pushes, and records what APNs said.
func (f *fanOut) tell(ctx context.Context, device wallet.Device) error {
	if f.halted.Load() {
		return errHalted
	}
	return f.settle(ctx, device, f.push(ctx, device))
}

// push sends one push per token, however many devices have it, and returns its answer to each.
func (f *fanOut) push(ctx context.Context, device wallet.Device) apns.Answer {
	mine := &sending{done: make(chan struct{})}
	if there, taken := f.pushes.LoadOrStore(device.PushToken, mine); taken {
		other := there.(*sending)
		<-other.done
		return other.answer
	}
	defer close(mine.done)
	mine.answer = f.apns.Push(ctx, device.PushToken, device.ID.PassTypeIdentifier)
	f.note(ctx, mine.answer)
	return mine.answer
}

// A sending is one push on its way. Its answer is there when done is closed.
type sending struct {
	done   chan struct{}
	answer apns.Answer
}

// note counts an answer, and logs why a push was not taken. The line names no device: what is wrong with one token is
// settled in its record, and what is wrong with many is not about them.
func (f *fanOut) note(ctx context.Context, answer apns.Answer) {
	f.mu.Lock()
	f.answers[answer.Verdict]++
	f.mu.Unlock()
	level := slog.LevelError // our credential, topic or request is wrong
	switch answer.Verdict {
	case apns.Taken:
		return
	case apns.Gone:
		level = slog.LevelInfo // the daily life of tokens
	case apns.Refused, apns.Later:
		level = slog.LevelWarn
	}
	reason := cmp.Or(answer.Reason, http.StatusText(answer.Status), "no answer")
	f.log.Log(ctx, level, "push not taken", "passTypeIdentifier", f.pkg.ID.PassTypeIdentifier,
		"verdict", answer.Verdict.String(), "reason", reason, "answer", answer.String())
}

var errHalted = errors.New("APNs refuses our credential or topic")

// settle records what an answer means for the device, as it stood when APNs was asked.
func (f *fanOut) settle(ctx context.Context, device wallet.Device, answer apns.Answer) error {
	token, at, asked := device.PushToken, device.Tag(), device.ReadAt.Time() // the store's time: no clock of ours
	taken := func(d *wallet.Device) bool { return d.PushTaken(token, at, f.now()) }
	change := taken
	switch answer.Verdict {
	case apns.Taken:
		f.breaker.note(false)
	case apns.Gone:
		if !f.mayAct(ctx) {
			break
		}
		change = func(d *wallet.Device) bool {
			// An answer older than the device's last word is out of date; the next wave asks again.
			return d.TokenGone(token, answer.Timestamp) || taken(d)
		}
	case apns.Refused:
		if !f.mayAct(ctx) {
			break
		}
		change = func(d *wallet.Device) bool { return d.RefuseToken(token, asked) }
	case apns.Bug: // it would be the same the next time
	case apns.Halt:
		f.halted.Store(true)
		return fmt.Errorf("%w: %v", errHalted, answer)
	default:
		return fmt.Errorf("not taken: %v", answer)
	}
	_, err := wallet.UpdateDevice(ctx, f.store, device, change)
	return err
}

// mayAct takes a bad answer into account, and reports whether to act upon it.
func (f *fanOut) mayAct(ctx context.Context) bool {
	if f.breaker.note(true) {
		return true
	}
	f.log.ErrorContext(ctx, "too many bad tokens at once: they stay as they are", "passTypeIdentifier", f.pkg.ID.PassTypeIdentifier)
	return false
}

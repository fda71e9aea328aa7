package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/wallet"
)

// patience is how many pushes in a row may end without a verdict on their devices before APNs is taken to be down.
const patience = 100

var (
	errHalted = errors.New("APNs refuses our credential or topic")
	errDown   = errors.New("APNs takes no push")
)

// owed are devices by their push tokens: one that is seen under two identifiers gets one push, whose answer holds for both.
type owed map[wallet.PushToken][]wallet.Device

// A fanOut is one announcement on its way to all devices of its shard.
type fanOut struct {
	*pusher
	pkg     wallet.CurrentPackage
	met     int             // devices, readable or not
	marked  int             // devices since the last flush
	asking  context.Context // ends when nobody else need be asked for, with the reason
	stop    context.CancelCauseFunc
	running sync.WaitGroup

	mu      sync.Mutex
	owed    owed                 // marked, and to be told
	answers map[apns.Verdict]int // how many pushes met each
	untaken int                  // pushes in a row that met no verdict on their device
	left    []wallet.Device      // for another delivery
	first   error                // why the first of them is left
}

func (p *pusher) newFanOut(ctx context.Context, pkg wallet.CurrentPackage) *fanOut {
	f := &fanOut{pusher: p, pkg: pkg, owed: make(owed), answers: make(map[apns.Verdict]int)}
	f.asking, f.stop = context.WithCancelCause(ctx)
	return f
}

// next marks a device, among those that are marked together, and tells them when there are enough.
func (f *fanOut) next(ctx context.Context, device wallet.Device) {
	f.serve(func() { f.mark(ctx, device) })
	if f.marked++; f.marked == together {
		f.flush(ctx)
	}
}

// flush tells all devices that were marked and are owed a push. All are marked before the first is told: one that answers at
// once finds the change listed, even where it was woken under another of its identifiers.
func (f *fanOut) flush(ctx context.Context) {
	f.running.Wait()
	for _, devices := range f.owed {
		f.serve(func() { f.tell(ctx, devices) })
	}
	f.running.Wait()
	f.marked = 0
	clear(f.owed)
}

// serve has a part of the work done for a device.
func (f *fanOut) serve(part func()) {
	f.running.Add(1)
	f.crew.do(func() {
		defer f.running.Done()
		part()
	})
}

// leave leaves a device for another delivery. What becomes of it is of no concern to the others.
func (f *fanOut) leave(device wallet.Device, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = append(f.left, device)
	if f.first == nil {
		f.first = err
	}
}

// mark records the change in the device's document, and keeps the device if it is owed a push.
func (f *fanOut) mark(ctx context.Context, seen wallet.Device) {
	device, err := wallet.UpdateDevice(ctx, f.store, seen, func(d *wallet.Device) bool { return d.Changed(f.pkg) })
	if err != nil {
		f.leave(seen, err)
		return
	}
	if !device.NeedsPush(f.now()) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.owed[device.PushToken] = append(f.owed[device.PushToken], device)
}

// tell sends one push to the devices of a token, and records with each what APNs said.
func (f *fanOut) tell(ctx context.Context, devices []wallet.Device) {
	if f.asking.Err() != nil {
		for _, device := range devices {
			f.leave(device, context.Cause(f.asking))
		}
		return
	}
	answer := f.apns.Push(ctx, devices[0].PushToken, f.pkg.ID.PassTypeIdentifier)
	f.note(ctx, answer)
	slices.SortFunc(devices, func(a, b wallet.Device) int { // whoever was marked first: what happens can be played again
		return cmp.Compare(a.ID.DeviceLibraryIdentifier, b.ID.DeviceLibraryIdentifier)
	})
	for _, device := range devices {
		if err := f.settle(ctx, device, answer); err != nil {
			f.leave(device, fmt.Errorf("%v: %w", device.ID, err))
		}
	}
}

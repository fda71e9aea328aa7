package push

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/wallet"
)

// fewest is how many devices may be left for messages of their own: where there are more, it is not about them.
const fewest = 100

// finish sees to it that everybody who is left is served by another delivery. A few out of many are announced by themselves, so
// that the others are not read again; else an error brings the whole message back.
func (f *fanOut) finish(ctx context.Context) error {
	if f.first == nil {
		return nil
	}
	if f.few() {
		return f.announceLeft(ctx)
	}
	// Not wrapped: the kind of one device's error says nothing about the message.
	return fmt.Errorf("%d devices left for another delivery, the first: %v", len(f.left), f.first)
}

// few reports that to announce each of the devices that are left costs less than to announce all again, and that it can be
// done: they are known, and no token, which earns one push of a wave, is of two of them.
func (f *fanOut) few() bool {
	if len(f.left) > fewest || len(f.left)*10 > f.met {
		return false
	}
	tokens := make(map[wallet.PushToken]bool, len(f.left))
	for _, device := range f.left {
		if device.Revision == 0 || tokens[device.PushToken] {
			return false
		}
		tokens[device.PushToken] = true
	}
	return true
}

func (f *fanOut) announceLeft(ctx context.Context) error {
	var group errgroup.Group
	for _, device := range f.left {
		group.Go(func() error {
			return f.events.PassPackaged(ctx, wallet.PassPackaged{
				PassID: f.pkg.ID, Version: f.pkg.Version, DeviceLibraryIdentifier: device.ID.DeviceLibraryIdentifier,
			})
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("announce a device that is left: %w", err)
	}
	return nil
}

// Package register answers Apple's "Register a Pass for Update Notifications".
//
// Called by a device when a pass with a webServiceURL is added, when its push token changes, and when automatic updates
// are switched on. Any status but 200 and 201 makes the device try again, several times and ever more slowly.
//
// https://developer.apple.com/documentation/walletpasses/register-a-pass-for-update-notifications
package register

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// Events announces that a device is owed a push.
type Events interface {
	// PassPackaged returns when the message is durable.
	PassPackaged(ctx context.Context, e wallet.PassPackaged) error
}

// Store keeps device records.
type Store interface {
	wallet.Devices
	// CountDevices returns how many devices of a shard registered the pass, and limit where there are more.
	CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error)
}

// What one who holds a pass's token may fill. Requests at the same time may go a little beyond.
const (
	maxDevices = 100_000 // of one pass: each update reads and wakes all of them
	maxPasses  = 2_500   // of one device and pass type: they share a record, which Firestore keeps up to 1 MiB
)

// New returns the handler: 201 for a new registration, 200 for one that was there, 401 without the pass's token, 400
// without a push token, 429 where a new one would be one too many. The announcement follows the write, so a repeated request
// makes up for one that was lost.
func New(devices Store, events Events, auth webservice.Authenticator, now func() time.Time) webservice.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		pass, err := auth.Authorize(r)
		if err != nil {
			return fmt.Errorf("register: %w", err)
		}
		id, err := webservice.DeviceID(r)
		if err != nil {
			return fmt.Errorf("register %v: %w", pass, err)
		}
		token, err := webservice.PushToken(r)
		if err != nil {
			return fmt.Errorf("register %v: %w", pass, err)
		}
		seen, err := devices.Device(r.Context(), id)
		if err != nil {
			return fmt.Errorf("register %v: %w", pass, err)
		}
		if err := room(r.Context(), devices, pass, seen); err != nil {
			return fmt.Errorf("register %v: %w", pass, err)
		}
		created := false
		device, err := wallet.UpdateDevice(r.Context(), devices, seen, func(d *wallet.Device) bool {
			created = d.Register(pass.SerialNumber, token, now())
			return true
		})
		if err != nil {
			return fmt.Errorf("register %v: %w", pass, err)
		}
		if device.NeedsPush(now()) {
			owed := wallet.PassPackaged{PassID: pass, DeviceLibraryIdentifier: id.DeviceLibraryIdentifier}
			if err := events.PassPackaged(r.Context(), owed); err != nil {
				return fmt.Errorf("register %v: announce: %w", pass, err)
			}
		}
		if created {
			w.WriteHeader(http.StatusCreated)
		} else {
			w.WriteHeader(http.StatusOK)
		}
		return nil
	}
}

// room reports, as [wallet.ErrTooMany], that a new registration of the pass on the device would be one too many.
func room(ctx context.Context, devices Store, pass wallet.PassID, device wallet.Device) error {
	if _, registered := device.Passes[pass.SerialNumber]; registered {
		return nil
	}
	if len(device.Passes) >= maxPasses {
		return fmt.Errorf("%w: the device has registered %d passes", wallet.ErrTooMany, len(device.Passes))
	}
	n, err := devices.CountDevices(ctx, pass, wallet.Shard{}, maxDevices)
	if err != nil {
		return err
	}
	if n >= maxDevices {
		return fmt.Errorf("%w: %d devices have registered the pass", wallet.ErrTooMany, n)
	}
	return nil
}

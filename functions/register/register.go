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

// New returns the handler: 201 for a new registration, 200 for one that was there, 401 without the pass's token, 400
// without a push token. The announcement follows the write, so a repeated request makes up for one that was lost.
func New(devices wallet.Devices, events Events, auth webservice.Authenticator, now func() time.Time) webservice.HandlerFunc {
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

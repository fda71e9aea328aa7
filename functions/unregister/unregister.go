// Package unregister answers Apple's "Unregister a Pass for Update Notifications".
//
// Called by a device when its user deletes the pass or switches automatic updates off. Not called by a device that was
// wiped or lost: APNs' 410 cleans up those.
//
// https://developer.apple.com/documentation/walletpasses/unregister-a-pass-for-update-notifications
package unregister

import (
	"fmt"
	"net/http"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// New returns the handler: 200 whether or not the registration was there, 401 without the pass's token. The device's
// record goes with its last registration.
func New(devices wallet.Devices, auth webservice.Authenticator) webservice.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		pass, err := auth.Authorize(r)
		if err != nil {
			return fmt.Errorf("unregister: %w", err)
		}
		id, err := webservice.DeviceID(r)
		if err != nil {
			return fmt.Errorf("unregister %v: %w", pass, err)
		}
		seen, err := devices.Device(r.Context(), id)
		if err != nil {
			return fmt.Errorf("unregister %v: %w", pass, err)
		}
		_, err = wallet.UpdateDevice(r.Context(), devices, seen, func(d *wallet.Device) bool {
			return d.Unregister(pass.SerialNumber)
		})
		if err != nil {
			return fmt.Errorf("unregister %v: %w", pass, err)
		}
		w.WriteHeader(http.StatusOK)
		return nil
	}
}

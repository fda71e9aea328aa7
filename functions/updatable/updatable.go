// Package updatable answers Apple's "Get the List of Updatable Passes": which of my passes changed since this tag?
//
// Called by a device after a push, and now and then by itself. The device sends no authorization: its library identifier is
// the secret. It stores the tag of our answer and gives it back the next time, which is how we learn that it got it.
//
// https://developer.apple.com/documentation/walletpasses/get-the-list-of-updatable-passes
package updatable

import (
	"fmt"
	"log/slog"
	"net/http"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// list is the body of a 200.
type list struct {
	SerialNumbers []string `json:"serialNumbers"`
	LastUpdated   string   `json:"lastUpdated"` // a string even where it looks like a number, or the device fetches nothing
}

// New returns the handler: 200 with serial numbers and a tag, or 204 when there is nothing, which is also the answer to a
// device that is unknown. Serial numbers and tag come from one read, so the tag covers exactly what is listed.
func New(devices wallet.Devices, log *slog.Logger) webservice.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := webservice.DeviceID(r)
		if err != nil {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		device, err := devices.Device(r.Context(), id)
		if err != nil {
			return fmt.Errorf("list %v: %w", id, err)
		}
		tag := wallet.ParseUpdateTag(r.URL.Query().Get("passesUpdatedSince"))
		serials := device.ChangedSince(tag)
		_, err = wallet.UpdateDevice(r.Context(), devices, device, func(d *wallet.Device) bool {
			presented, told := d.Present(tag), d.Tell(serials, device.ReadAt)
			return presented || told
		})
		if err != nil { // the device shows the same tag again the next time, and is only pushed to once too often until then
			log.WarnContext(r.Context(), "delivery not recorded", "device", id, "error", err)
		}
		if len(serials) == 0 {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		return webservice.WriteJSON(w, http.StatusOK, list{serials, device.Tag().String()})
	}
}

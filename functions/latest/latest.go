// Package latest answers Apple's "Send an Updated Pass": the newest signed package, or 304.
//
// Called by a device for each serial number it was listed, and when its user pulls down on the pass.
//
// https://developer.apple.com/documentation/walletpasses/send-an-updated-pass
package latest

import (
	"fmt"
	"net/http"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// New returns the handler: 401 without the pass's token, before anything else; 503 while the first package is being
// made; 304 from the record alone; else 200 with the package and the Last-Modified of that same record.
func New(packages webservice.Packages, bucket webservice.Bucket, auth webservice.Authenticator) webservice.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := auth.Authorize(r)
		if err != nil {
			return fmt.Errorf("latest: %w", err)
		}
		pkg, err := packages.CurrentPackage(r.Context(), id)
		if err != nil {
			return fmt.Errorf("latest %v: %w", id, err)
		}
		if pkg.Version == 0 {
			return fmt.Errorf("latest %v: %w", id, wallet.ErrNotReady)
		}
		w.Header().Set("Cache-Control", "private, no-cache")
		w.Header().Set("Vary", "Authorization")
		if webservice.NotModified(r, pkg.LastModified) {
			webservice.SetLastModified(w, pkg.LastModified)
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		return webservice.WritePackage(w, r, bucket, pkg)
	}
}

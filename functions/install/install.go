// Package install answers the link behind "Add to Apple Wallet".
//
// Called by browsers, mail scanners, previews and Wallet itself, any number of times: the link is good until it expires. An
// iPhone or iPad gets the signed package, any other browser a page with a QR code of the link, and a link that ends in
// .pkpass always the package.
package install

import (
	"fmt"
	"net/http"
	"strings"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// Suffix of a link that is always the file.
const Suffix = ".pkpass"

// New returns the handler: 401 for a link that is not ours or has expired, 503 while the first package is being made.
func New(packages webservice.Packages, bucket webservice.Bucket, links wallet.InstallLinks) webservice.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		token, file := strings.CutSuffix(r.PathValue("token"), Suffix)
		id, err := links.Pass(token)
		if err != nil {
			return fmt.Errorf("install: %w", err)
		}
		pkg, err := packages.CurrentPackage(r.Context(), id)
		if err != nil {
			return fmt.Errorf("install %v: %w", id, err)
		}
		if pkg.Version == 0 {
			return fmt.Errorf("install %v: %w", id, wallet.ErrNotReady)
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Vary", "User-Agent")
		w.Header().Set("Referrer-Policy", "no-referrer")
		if !file && !holdsWallet(r.UserAgent()) {
			return writePage(w, r, bucket, pkg, links.URL(token))
		}
		w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", id.SerialNumber+Suffix))
		return webservice.WritePackage(w, r, bucket, pkg)
	}
}

// holdsWallet reports a browser on a device whose Wallet opens the file at once.
func holdsWallet(userAgent string) bool {
	return strings.Contains(userAgent, "iPhone") || strings.Contains(userAgent, "iPad")
}

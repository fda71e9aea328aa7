// Package install answers the link behind "Add to Apple Wallet".
//
// Called by browsers, mail scanners, previews and Wallet itself, any number of times: the link is good until it expires. An
// iPhone or iPad gets the signed package. Any other browser gets a page, which shows the pass as Wallet does and takes it to a
// phone; so do the browsers within other apps, which cannot open passes. A link that ends in .pkpass is always the package. A
// link to several passes gives a bundle of them, .pkpasses.
package install

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// Suffixes of a link that is always the file: of one pass, and of several.
const (
	Suffix       = ".pkpass"
	BundleSuffix = ".pkpasses"
)

// New returns the handler: 401 for a link that is not ours or has expired, 503 while the first package is being made.
func New(packages webservice.Packages, bucket webservice.Bucket, links wallet.InstallLinks) webservice.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		token, file := cutSuffix(r.PathValue("token"))
		ids, err := links.Passes(token)
		if err != nil {
			return fmt.Errorf("install: %w", err)
		}
		linked, err := current(r.Context(), packages, ids)
		if err != nil {
			return err
		}
		suffix := Suffix
		if len(linked) > 1 {
			suffix = BundleSuffix
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Vary", "Accept-Language, User-Agent")
		w.Header().Set("Referrer-Policy", "no-referrer")
		if from := agent(r.UserAgent()); !file && (!from.holdsWallet() || from.inApp()) {
			return writePage(w, r, bucket, linked, links.URL(token), suffix, links.Now())
		}
		w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", ids[0].SerialNumber+suffix))
		if len(linked) > 1 {
			return writeBundle(w, r, bucket, linked)
		}
		return webservice.WritePackage(w, r, bucket, linked[0])
	}
}

// cutSuffix reports whether the link is to the file.
func cutSuffix(segment string) (token string, file bool) {
	token, bundle := strings.CutSuffix(segment, BundleSuffix)
	token, single := strings.CutSuffix(token, Suffix)
	return token, bundle || single
}

// current returns the packages of the passes, each of which has to have one.
func current(ctx context.Context, packages webservice.Packages, ids []wallet.PassID) ([]wallet.CurrentPackage, error) {
	linked := make([]wallet.CurrentPackage, len(ids))
	for i, id := range ids {
		pkg, err := packages.CurrentPackage(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("install %v: %w", id, err)
		}
		if pkg.Version == 0 {
			return nil, fmt.Errorf("install %v: %w", id, wallet.ErrNotReady)
		}
		linked[i] = pkg
	}
	return linked, nil
}

package issue

import (
	"encoding/json"
	"fmt"
	"net/http"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// BundlesPath is where links to several passes are made.
const BundlesPath = "/issuer/v1/bundles"

// maxBundleBody bounds the request, in bytes: ten names with room to spare.
const maxBundleBody = 16 << 10

// bundle makes a link that installs several passes at once: 200; 404 when one of them is not there, or was deleted.
func (a API) bundle(w http.ResponseWriter, r *http.Request) error {
	text, err := webservice.ReadBody(r, maxBundleBody)
	if err != nil {
		return err
	}
	var request struct {
		Passes []wallet.PassID `json:"passes"`
	}
	if err := json.Unmarshal(text, &request); err != nil {
		return fmt.Errorf("%w: the body is no list of passes: send {\"passes\": [{\"passTypeIdentifier\": …, \"serialNumber\": …}]}", wallet.ErrInvalid)
	}
	if n := len(request.Passes); n > wallet.MaxLinked { // before any of them is looked up
		return fmt.Errorf("%w: %d passes; a bundle has at most %d", wallet.ErrInvalid, n, wallet.MaxLinked)
	}
	seen := make(map[wallet.PassID]bool)
	for _, id := range request.Passes {
		if err := a.bundled(r, id, seen); err != nil {
			return err
		}
	}
	url, err := a.Links.InstallURL(request.Passes...)
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	return webservice.WriteJSON(w, http.StatusOK, map[string]string{"installURL": url})
}

// bundled checks one pass of a bundle: it is there, and it is there once.
func (a API) bundled(r *http.Request, id wallet.PassID, seen map[wallet.PassID]bool) error {
	if err := id.Validate(); err != nil {
		return err
	}
	if seen[id] {
		return fmt.Errorf("%w: %v is in the bundle twice", wallet.ErrInvalid, id)
	}
	seen[id] = true
	doc, err := a.Store.Document(r.Context(), id)
	if err != nil {
		return fmt.Errorf("bundle %v: %w", id, err)
	}
	if !doc.Exists() {
		return fmt.Errorf("bundle %v: %w", id, wallet.ErrNotFound)
	}
	return nil
}

package console

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/preview"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// WriteDrawn answers with one side of a pass, drawn from the files of its package: the front, or with ?side=back the back.
func WriteDrawn(w http.ResponseWriter, r *http.Request, source pkpass.Source, now time.Time) error {
	card, err := preview.Draw(source, viewer(r, now))
	if err != nil {
		return fmt.Errorf("%w: the pass cannot be drawn: %v", wallet.ErrInvalid, err)
	}
	return writeCard(w, r, card)
}

func viewer(r *http.Request, now time.Time) preview.Viewer {
	return preview.Viewer{AcceptLanguage: r.Header.Get("Accept-Language"), Now: now}
}

// writeCard answers with a document for a frame. It is shut off from everything, the page around it included.
func writeCard(w http.ResponseWriter, r *http.Request, card preview.Card) error {
	var side preview.Side
	switch name := r.FormValue("side"); name {
	case "", "front":
		side = preview.Front
	case "back":
		side = preview.Back
	default:
		return fmt.Errorf("%w: side %.20q: use front or back", wallet.ErrInvalid, name)
	}
	var body bytes.Buffer
	if err := card.WriteDocument(&body, side); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", card.Policy()+"; sandbox")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write(body.Bytes())
	return err
}

// drawPass draws the current package of a pass; 404 while there is none.
func (c *Console) drawPass(w http.ResponseWriter, r *http.Request) error {
	id := webservice.PassID(r)
	if err := id.Validate(); err != nil {
		return err
	}
	pkg, err := c.Store.CurrentPackage(r.Context(), id)
	if err != nil {
		return err
	}
	if pkg.Version == 0 {
		return fmt.Errorf("%w: %v has no package yet", wallet.ErrNotFound, id)
	}
	object, _, err := c.Bucket.Open(r.Context(), pkg.Object)
	if err != nil {
		return err
	}
	defer object.Close()
	data, err := io.ReadAll(object)
	if err != nil {
		return err
	}
	contents, findings := pkpass.Read(data)
	if contents == nil {
		return findings
	}
	return WriteDrawn(w, r, contents.Source, c.Now())
}

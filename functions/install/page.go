package install

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"walletpasses.example/server/shared/barcode"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/preview"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

var (
	//go:embed page.html refusal.html symbol.html
	pageFiles embed.FS
	//go:embed page.css
	pageStyle string

	pages = template.Must(template.ParseFS(pageFiles, "*.html"))
)

// view is what the page shows.
type view struct {
	Words    words
	Language string // of the words
	Title    string // what the passes are called
	Issuer   string // who gives them
	Icon     template.URL
	Styles   []template.CSS
	Cards    []preview.Card
	File     string        // the direct link
	Code     template.HTML // the link as a QR code; none on the phones themselves
	InApp    bool
	Android  bool
}

// Spoken is the language of the title, where that is a pass's own text and not one of the words.
func (v view) Spoken() string {
	if v.Several() {
		return ""
	}
	return v.Cards[0].Language
}

// Several reports a link to more passes than one.
func (v view) Several() bool { return len(v.Cards) > 1 }

// writePage shows a browser that does not open passes what the link gives, and how to take it to a phone. The page is one
// answer: it needs no script and loads nothing.
func writePage(w http.ResponseWriter, r *http.Request, bucket webservice.Bucket, linked []wallet.CurrentPackage, link, suffix string, now time.Time) error {
	cards, err := draw(r, bucket, linked, now)
	if err != nil {
		return err
	}
	from := agent(r.UserAgent())
	v := view{Cards: cards, File: link + suffix, InApp: from.inApp(), Android: from.android()}
	v.Words, v.Language = wordsFor(r.Header.Get("Accept-Language"))
	v.describe()
	if !from.holdsWallet() && !from.android() {
		code, err := barcode.QR(link)
		if err != nil {
			return fmt.Errorf("install page %v: QR code: %v", linked[0].ID, err)
		}
		v.Code = code.SVG(v.Words.Code)
	}
	sources := v.dress()
	return write(w, http.StatusOK, "page.html", v, sources)
}

// draw draws the linked passes as their packages show them.
func draw(r *http.Request, bucket webservice.Bucket, linked []wallet.CurrentPackage, now time.Time) ([]preview.Card, error) {
	cards := make([]preview.Card, len(linked))
	for i, pkg := range linked {
		var data bytes.Buffer
		if _, err := copyPackage(r.Context(), &data, bucket, pkg); err != nil {
			return nil, fmt.Errorf("install page: %w", err)
		}
		contents, findings := pkpass.Read(data.Bytes())
		if findings.Err() != nil { // what we have signed is no fault of the reader's
			return nil, fmt.Errorf("install page: package %v: %v", pkg.ID, findings)
		}
		card, err := preview.Draw(contents.Source, preview.Viewer{AcceptLanguage: r.Header.Get("Accept-Language"), Now: now})
		if err != nil {
			return nil, fmt.Errorf("install page: package %v: %v", pkg.ID, err)
		}
		cards[i] = card
	}
	return cards, nil
}

// describe names one pass by what it is, and several by how many they are; the first has the icon.
func (v *view) describe() {
	first := v.Cards[0]
	v.Title, v.Issuer, v.Icon = first.Description, first.Organization, first.Icon
	if !v.Several() {
		return
	}
	v.Title = fmt.Sprintf(v.Words.Several, len(v.Cards))
	var issuers []string
	for _, card := range v.Cards {
		if !slices.Contains(issuers, card.Organization) {
			issuers = append(issuers, card.Organization)
		}
	}
	v.Issuer = strings.Join(issuers, ", ")
}

// dress gives the page its style sheets, and returns their CSP sources.
func (v *view) dress() (sources []string) {
	for _, sheet := range []string{pageStyle, preview.Stylesheet(v.Cards...)} {
		v.Styles = append(v.Styles, template.CSS(sheet))
		sources = append(sources, preview.StyleSource(sheet))
	}
	return sources
}

// write answers with a page that may have these styles and the pictures within it, and nothing else.
func write(w http.ResponseWriter, status int, page string, v any, styles []string) error {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, page, v); err != nil {
		return fmt.Errorf("install page: %v", err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; img-src data:; style-src "+strings.Join(styles, " ")+
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, err := w.Write(body.Bytes())
	return err
}

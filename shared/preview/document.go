package preview

import (
	"fmt"
	"html/template"
	"io"
)

// A Side is one side of a card.
type Side int

// The sides of a card.
const (
	Front Side = iota
	Back
)

// WriteDocument writes an HTML document of its own that shows one side of the card and nothing else, for a frame.
func (c Card) WriteDocument(w io.Writer, side Side) error {
	content := c.Front
	if side == Back {
		content = c.Back
	}
	return layouts.ExecuteTemplate(w, "document.html", struct {
		Language, Direction, Title string
		Style                      template.CSS
		Content                    template.HTML
	}{c.Language, c.Direction, joined(", ", c.Organization, c.Description), template.CSS(c.documentStyle()), content})
}

// documentStyle is the stylesheet of the card and that of a document.
func (c Card) documentStyle() string { return c.Stylesheet + sheets()["document"] }

// Policy is the Content-Security-Policy that the document needs: its one stylesheet and the images in it, no script, nothing
// from elsewhere, and no frame but one of the same server.
func (c Card) Policy() string {
	return fmt.Sprintf("default-src 'none'; style-src %s; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
		StyleSource(c.documentStyle()))
}

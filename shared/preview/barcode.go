package preview

import (
	"html/template"

	"walletpasses.example/server/shared/barcode"
)

// A code is the barcode of a card, on its white tile, and the word over it.
type code struct {
	Shape     string        // a class of the stylesheet: "square", "wide" or "linear"; "" for a code that is not drawn
	Symbol    template.HTML // SVG
	Text      string        // below the code
	Undrawn   string        // what is said in place of the code
	Overprint string        // what is said over the code of a pass that has had its day; "" for a pass that counts
}

// contents returns the barcode that a phone shows: the first of barcodes, or else the barcode key (2.6).
func contents(pass dictionary) (dictionary, bool) {
	if _, ok := pass["barcodes"]; ok {
		first := pass.dictionaries("barcodes", 1)
		return append(first, nil)[0], len(first) > 0
	}
	old := pass.dictionary("barcode")
	return old, old != nil
}

// code draws the barcode of the pass, where it has one.
func (d *drawing) code() code {
	drawn := code{Overprint: d.state()}
	members, ok := contents(d.pass)
	if !ok {
		return drawn
	}
	drawn.Text = d.line(members.text("altText"), maxLabel)
	symbol, err := barcode.New(members.text("format"), members.text("message"), members.text("messageEncoding"))
	if err != nil {
		drawn.Undrawn = d.word("undrawable")
		return drawn
	}
	drawn.Symbol = symbol.SVG(d.word("barcode"))
	if len(drawn.Symbol) > maxSymbol {
		drawn.Symbol, drawn.Undrawn = "", d.word("undrawable")
		return drawn
	}
	switch {
	case symbol.Square():
		drawn.Shape = "square"
	case symbol.Linear():
		drawn.Shape = "linear"
	default:
		drawn.Shape = "wide"
	}
	return drawn
}

// maxSymbol bounds the SVG of a code, in bytes. A larger one has modules too small for any camera.
const maxSymbol = 20 << 10

// isSquare reports that the pass shows a square code, which leaves less room for fields.
func isSquare(pass dictionary) bool {
	members, _ := contents(pass)
	format := members.text("format")
	return format == "PKBarcodeFormatQR" || format == "PKBarcodeFormatAztec"
}

// state says why the pass no longer counts, "" for one that does (2.8).
func (d *drawing) state() string {
	switch {
	case d.voided():
		return d.word("voided")
	case d.expired():
		return d.word("expired")
	default:
		return ""
	}
}

func (d *drawing) voided() bool { return d.pass.flag("voided") }

func (d *drawing) expired() bool {
	expiration, ok := date(d.pass.text("expirationDate"))
	return ok && expiration.Before(d.viewer.Now)
}

package main

import (
	"strings"
	"testing"

	"walletpasses.example/server/shared/browsertest"
)

// What Wallet would show of each of Apple's formats, a scanner reads.
func TestBrowserBarcodes(t *testing.T) { // spec 2.6
	c := newClient(t, serve(t))
	browser := browsertest.Start(t)
	page := browser.Open(t, c.url+"/", browsertest.View{Scale: phoneScale, NoScript: true})
	for _, b := range []struct{ format, message, encoding, zxing, scanned string }{
		{"PKBarcodeFormatQR", "https://example.com/c/1?name=Zoë", "utf-8", "QRCode", ""},
		{"PKBarcodeFormatQR", "Grüße aus Köln", "iso-8859-1", "QRCode", ""},
		{"PKBarcodeFormatPDF417", "M1MUELLER/ZOE         EK7QX2M MUCLISNW 0417 124Y014A0035 100", "iso-8859-1", "PDF417", ""},
		{"PKBarcodeFormatAztec", "M1MUELLER/ZOE         EK7QX2M MUCLISNW 0417 124Y014A0035 100", "iso-8859-1", "Aztec", ""},
		{"PKBarcodeFormatCode128", "Bean Club #10442", "iso-8859-1", "Code128", ""},
		{"PKBarcodeFormatCode39", "BEAN-CLUB 10442", "iso-8859-1", "Code39", ""},
		{"PKBarcodeFormatCodabar", "A10442-7B", "iso-8859-1", "Codabar", ""},
		{"PKBarcodeFormatEAN13", "4006381333931", "iso-8859-1", "EAN13", ""},
		{"PKBarcodeFormatEAN13", "400638133393", "iso-8859-1", "EAN13", "4006381333931"},
		{"PKBarcodeFormatI2of5", "1234567890", "iso-8859-1", "ITF", ""},
	} {
		serial := strings.ToLower(strings.TrimPrefix(b.format, "PKBarcodeFormat")) + "-" + b.encoding
		page.Goto(c.issue(serial, with(sample(t, "points"), map[string]any{"pass": map[string]any{"barcodes": []any{
			map[string]any{"format": b.format, "message": b.message, "messageEncoding": b.encoding, "altText": "10442"},
		}}})))
		want := b.message
		if b.scanned != "" {
			want = b.scanned
		}
		found := browser.Decode(t, page.Screenshot(".copy .barcode"))
		if len(found) != 1 || found[0].Format != b.zxing || found[0].Text != want {
			t.Errorf("%s %q: a scanner reads %+v", b.format, b.message, found)
		}
	}
}

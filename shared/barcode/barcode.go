// Package barcode draws Apple's eight formats of barcode as SVG.
// https://developer.apple.com/documentation/walletpasses/pass/barcodes-data.dictionary
//
// What passjson accepts can be drawn, but for two extremes that no scanner would read from a phone: a linear code of more
// than 80 characters, whose bars would be finer than the screen, and a message close to the capacity of its format that mixes
// kinds of character.
package barcode

import (
	"errors"
	"fmt"
)

// New encodes a message. The format is Apple's name, for example "PKBarcodeFormatQR", and the encoding is the
// messageEncoding of pass.json, the IANA name of a character set. The error says what the format cannot hold.
func New(format, message, encoding string) (Symbol, error) {
	s, known := symbologies[format]
	if !known {
		return Symbol{}, fmt.Errorf("%.40q is not a barcode format", format)
	}
	if message == "" {
		return Symbol{}, errors.New("the message is empty")
	}
	if len(message) > s.longest {
		return Symbol{}, fmt.Errorf("the message of %d bytes is too long for %s", len(message), format)
	}
	text, err := encode(message, encoding)
	if err != nil {
		return Symbol{}, err
	}
	symbol, err := s.draw(text)
	if err != nil {
		return Symbol{}, fmt.Errorf("%s: %w", format, err)
	}
	return symbol, nil
}

// QR is a QR code of any text, in UTF-8, which is what cameras take an address from.
func QR(text string) (Symbol, error) { return New("PKBarcodeFormatQR", text, "utf-8") }

// A symbology is how one format is drawn.
type symbology struct {
	longest int // bytes of UTF-8 of the longest message; what is longer is not looked at
	draw    func(text string) (Symbol, error)
}

// maxLinear is how many characters a linear code has at most: one of 80 is as many modules wide as a phone has pixels.
const maxLinear = 80

// symbologies has Apple's formats. The lengths are those of the standards for digits, the shortest kind of character; a
// character beyond ASCII takes up to four bytes of UTF-8 and one or more of its own encoding.
var symbologies = map[string]symbology{
	"PKBarcodeFormatQR":      {7089, drawQR},
	"PKBarcodeFormatPDF417":  {2710, drawPDF417},
	"PKBarcodeFormatAztec":   {3832, drawAztec},
	"PKBarcodeFormatCode128": {maxLinear, drawCode128},
	"PKBarcodeFormatCode39":  {maxLinear, drawCode39},
	"PKBarcodeFormatCodabar": {maxLinear, drawCodabar},
	"PKBarcodeFormatEAN13":   {maxLinear, drawEAN13},
	"PKBarcodeFormatI2of5":   {maxLinear, drawInterleaved},
}

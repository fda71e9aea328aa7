package barcode

import (
	"errors"
	"image"
	"strings"
	"unicode"

	"github.com/boombuler/barcode/codabar"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/code39"
	"github.com/boombuler/barcode/ean"
	"github.com/boombuler/barcode/twooffive"
)

// linear is a row of bars, a quarter as high as it is wide. Each standard asks for ten modules on either side, EAN-13 for
// others.
func linear(drawn image.Image) Symbol {
	return newSymbol(drawn, 1, drawn.Bounds().Dx()/4, quietZone{left: 10, right: 10})
}

// drawCode128 draws ASCII with its control characters; digits take half the room (ISO/IEC 15417).
func drawCode128(text string) (Symbol, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		return Symbol{}, errors.New("only ASCII characters are possible")
	}
	drawn, err := code128.Encode(text)
	if err != nil {
		return Symbol{}, errors.New("the message cannot be encoded")
	}
	return linear(drawn), nil
}

// drawCode39 draws the 43 characters of ISO/IEC 16388, without its optional check character. Pairs that stand for one ASCII
// character are not made of others: a scanner takes them for two unless it is told.
func drawCode39(text string) (Symbol, error) {
	drawn, err := code39.Encode(text, false, false)
	if err != nil {
		return Symbol{}, errors.New("only digits, capital letters and - . $ / + % and space are possible")
	}
	return linear(drawn), nil
}

// drawCodabar draws a message that may have its start and stop characters, A to D, and gets A for both when it has none
// (EN 798).
func drawCodabar(text string) (Symbol, error) {
	if strings.Trim(text, "ABCD") == text {
		text = "A" + text + "A"
	}
	drawn, err := codabar.Encode(text)
	if err != nil {
		return Symbol{}, errors.New("only digits and - $ : / . + are possible, between one of A to D at either end or none at both")
	}
	return linear(drawn), nil
}

// drawEAN13 draws 12 digits and the check digit, which may be given (ISO/IEC 15420).
func drawEAN13(text string) (Symbol, error) {
	if n := len(text); n != 12 && n != 13 || !digitsOnly(text) {
		return Symbol{}, errors.New("the message must be 12 digits, or 13 with the check digit")
	}
	drawn, err := ean.Encode(text)
	if err != nil {
		return Symbol{}, errors.New("the check digit is wrong")
	}
	symbol := linear(drawn)
	symbol.quiet = quietZone{left: 11, right: 7}
	return symbol, nil
}

// drawInterleaved draws pairs of digits: one in the bars, one in the spaces (ISO/IEC 16390).
func drawInterleaved(text string) (Symbol, error) {
	if len(text)%2 != 0 || !digitsOnly(text) {
		return Symbol{}, errors.New("the message must be an even number of digits")
	}
	drawn, err := twooffive.Encode(text, true)
	if err != nil {
		return Symbol{}, errors.New("the message cannot be encoded")
	}
	return linear(drawn), nil
}

func digitsOnly(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

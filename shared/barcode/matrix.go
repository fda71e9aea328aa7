package barcode

import (
	"errors"
	"strings"

	"github.com/boombuler/barcode/aztec"
	"github.com/boombuler/barcode/qr"
)

var errTooLong = errors.New("the message does not fit the largest symbol; shorten it")

// drawQR draws at level M, of which a seventh can be restored; only what is too large for that has level L
// (ISO/IEC 18004).
func drawQR(text string) (Symbol, error) {
	for _, level := range []qr.ErrorCorrectionLevel{qr.M, qr.L} {
		if drawn, err := qr.Encode(text, level, qrMode(text)); err == nil {
			return newSymbol(drawn, 1, 1, margin(4)), nil
		}
	}
	return Symbol{}, errTooLong
}

// qrMode is the densest mode that has all the characters. The other modes than bytes are the same in every encoding.
func qrMode(text string) qr.Encoding {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	switch {
	case digitsOnly(text):
		return qr.Numeric
	case strings.Trim(text, letters) == "":
		return qr.AlphaNumeric
	default:
		return qr.Unicode
	}
}

// drawAztec draws with the 23 % for error correction that the standard recommends, or as much as there is room for
// (ISO/IEC 24778). It needs no quiet zone; two modules keep it off whatever is beside it.
func drawAztec(text string) (Symbol, error) {
	for _, percent := range []int{23, 5} {
		if drawn, err := aztec.Encode([]byte(text), percent, aztec.DEFAULT_LAYERS); err == nil {
			return newSymbol(drawn, 1, 1, margin(2)), nil
		}
	}
	return Symbol{}, errTooLong
}

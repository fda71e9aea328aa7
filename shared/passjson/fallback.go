package passjson

import (
	"maps"
	"slices"
)

const (
	ean13   = "PKBarcodeFormatEAN13"
	code128 = "PKBarcodeFormatCode128"
	qr      = "PKBarcodeFormatQR"
)

// WithFallbacks returns the pass with a barcode that older systems draw behind barcodes that only iOS 27 knows, so that R15
// holds: the pass's own barcode key where it has one, and otherwise the same message as Code 128, which the same laser
// scanners read, and as QR, for the Watch, which draws no Code 128. A pass whose barcodes include an older format is
// returned as it is, and so is one whose barcodes are malformed, which [Validate] reports. The argument is not changed.
// https://developer.apple.com/documentation/walletpasses/pass/barcodes-data.dictionary
func WithFallbacks(pass map[string]any) map[string]any {
	entries, _ := pass["barcodes"].([]any)
	if len(entries) == 0 || !allNew(entries) {
		return pass
	}
	completed := maps.Clone(pass)
	completed["barcodes"] = append(slices.Clip(entries), fallbacks(pass, entries[0].(map[string]any))...)
	return completed
}

// allNew reports that every entry is an object with a format of iOS 27.
func allNew(entries []any) bool {
	return !slices.ContainsFunc(entries, func(v any) bool { return passKeys().formatSince(v) < newBarcodes })
}

// fallbacks are what follows the new barcodes of a pass, the first of which is given.
func fallbacks(pass, first map[string]any) []any {
	own := pass["barcode"]
	if passKeys().drawnByAll(own) {
		return []any{own}
	}
	var all []any
	for _, format := range []string{code128, qr} {
		fallback := maps.Clone(first)
		fallback["format"] = format
		if message, ok := first["message"].(string); ok && first["format"] == ean13 && len(message) == 12 && digitsOnly(message) {
			fallback["message"] = message + string(ean13CheckDigit(message)) // what a scanner reads from the EAN-13
		}
		all = append(all, fallback)
	}
	return all
}

package passjson

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"walletpasses.example/server/shared/wallet"
)

// newBarcodes is the system that brought formats which older ones cannot draw.
const newBarcodes = 27

// barcodeRules applies the rules about barcodes and about the barcode key of iOS 8 and before.
// https://developer.apple.com/documentation/walletpasses/pass/barcodes-data.dictionary
func (c *checker) barcodeRules() {
	path := wallet.PointerTo(Root, "barcodes")
	entries, _ := c.pass["barcodes"].([]any)
	for i, v := range entries {
		barcode, _ := v.(map[string]any)
		c.barcode(wallet.PointerTo(path, strconv.Itoa(i)), barcode)
		if c.findings.full() {
			return
		}
	}
	c.order(path, entries)
	if barcode, ok := c.pass["barcode"].(map[string]any); ok {
		c.barcode(wallet.PointerTo(Root, "barcode"), barcode)
		c.legacy(wallet.PointerTo(Root, "barcode"), barcode)
	}
}

// barcode checks the message of one barcode.
func (c *checker) barcode(path string, barcode map[string]any) {
	c.encodable(path, barcode)
	c.drawable(path, barcode)
}

// order is R15: the device draws the first format that it knows, so one that older systems know follows a new one. A new one
// behind such a format is never shown, and belongs before it.
func (c *checker) order(path string, entries []any) {
	firstOld, lastOld := slices.IndexFunc(entries, c.table.drawnByAll), -1
	for i, v := range entries {
		if c.table.drawnByAll(v) {
			lastOld = i
		}
	}
	for i, v := range entries {
		if i < firstOld || c.table.formatSince(v) < newBarcodes {
			continue
		}
		at := wallet.PointerTo(path, strconv.Itoa(i))
		switch {
		case i < lastOld:
			c.findings.Warnf(at, "BARCODE-ORDER", "every system draws the barcode %d before this one; move this one in front of it", firstOld)
		case firstOld >= 0:
			c.findings.Errorf(at, "R15", "systems before iOS %d cannot draw this format, and newer ones draw the barcode %d before it; "+
				"move this one in front of it", newBarcodes, firstOld)
		default:
			c.findings.Errorf(at, "R15", "systems before iOS %d cannot draw this format; put one after it that they can, such as "+
				"PKBarcodeFormatQR", newBarcodes)
		}
	}
}

// legacy warns of a format that the old barcode key never had.
func (c *checker) legacy(path string, barcode map[string]any) {
	if c.table.formatSince(barcode) > 6 {
		at := wallet.PointerTo(path, "format")
		c.findings.Warnf(at, "BARCODE-LEGACY", "the barcode key knows only QR, PDF417 and Aztec; move this to barcodes")
	}
}

// formatSince returns the major iOS version that brought the format of a barcode, 0 for an unknown one.
func (t *table) formatSince(v any) int {
	barcode, _ := v.(map[string]any)
	format, _ := barcode["format"].(string)
	major, _, _ := strings.Cut(t.Objects["Barcode"].byName["format"].EnumMinIOS[format], ".")
	since, _ := strconv.Atoi(major)
	return since
}

// drawnByAll reports a barcode of a format that systems before iOS 27 know too.
func (t *table) drawnByAll(v any) bool {
	since := t.formatSince(v)
	return 0 < since && since < newBarcodes
}

// firstBarcodeIsSquare reports whether the pass most likely shows a square code, which leaves less room for fields.
func (c *checker) firstBarcodeIsSquare() bool {
	barcode, _ := c.pass["barcode"].(map[string]any)
	if entries, _ := c.pass["barcodes"].([]any); len(entries) > 0 {
		barcode, _ = entries[0].(map[string]any)
	}
	return barcode["format"] == qr || barcode["format"] == "PKBarcodeFormatAztec"
}

// encodable checks that the message can be written in its messageEncoding, an IANA name; scanners read the bytes. Of
// the encodings other than Latin-1, ASCII and UTF-8 nothing can be said here.
func (c *checker) encodable(path string, barcode map[string]any) {
	message, ok := barcode["message"].(string)
	encoding, named := barcode["messageEncoding"].(string)
	if !ok || !named {
		return
	}
	at := wallet.PointerTo(path, "message")
	limit := rune(unicode.MaxRune)
	switch name := strings.ToLower(encoding); {
	case name == "iso-8859-1", name == "latin1":
		limit = unicode.MaxLatin1
	case name == "us-ascii", name == "ascii":
		limit = unicode.MaxASCII
	case isUTF8(encoding):
	default:
		c.findings.Warnf(wallet.PointerTo(path, "messageEncoding"), "BARCODE-ENCODING", "%.40q was not checked against the message; "+
			"use iso-8859-1, or utf-8", encoding)
		return
	}
	if i := strings.IndexFunc(message, func(r rune) bool { return r > limit }); i >= 0 {
		c.findings.Errorf(at, "BARCODE-ENCODING", "the message has a character beyond %s (at byte %d); use utf-8, or other characters",
			encoding, i)
	}
}

func isUTF8(encoding string) bool {
	return strings.EqualFold(encoding, "utf-8") || strings.EqualFold(encoding, "utf8")
}

package passjson

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"walletpasses.example/server/shared/wallet"
)

// A symbology is what one format of barcode can carry.
type symbology struct {
	fault func(message string) string // what is wrong with the characters of a message, or ""
	most  *capacity                   // nil for a linear barcode, which has no fixed end
}

// A capacity is how many digits, characters of the symbology's own alphabet, or other bytes fit its largest symbol.
type capacity struct {
	digits, letters, bytes float64
	alphabet               func(rune) bool
}

// symbologies has every format of the table.
var symbologies = map[string]symbology{
	qr:                       {anyText, &capacity{7089, 4296, 2953, isQRLetter}}, // ISO/IEC 18004, version 40-L
	"PKBarcodeFormatPDF417":  {anyText, &capacity{2710, 1850, 1108, isASCII}},    // ISO/IEC 15438, level 0
	"PKBarcodeFormatAztec":   {anyText, &capacity{3832, 3067, 1914, isASCII}},    // ISO/IEC 24778, 32 layers
	code128:                  {asciiFault, nil},
	"PKBarcodeFormatCode39":  {code39Fault, nil},
	"PKBarcodeFormatCodabar": {codabarFault, nil},
	ean13:                    {ean13Fault, nil},
	"PKBarcodeFormatI2of5":   {interleavedFault, nil},
}

// drawable is BARCODE-MESSAGE, BARCODE-CHECK-DIGIT and BARCODE-CAPACITY: a phone leaves out a code that its format cannot carry.
func (c *checker) drawable(path string, barcode map[string]any) {
	format, _ := barcode["format"].(string)
	message, ok := barcode["message"].(string)
	s, known := symbologies[format]
	if !ok || !known {
		return
	}
	at := wallet.PointerTo(path, "message")
	if message == "" {
		c.findings.Errorf(at, "BARCODE-MESSAGE", "the message is empty; give it one, or leave the barcode out")
		return
	}
	if fault := s.fault(message); fault != "" {
		c.findings.Errorf(at, "BARCODE-MESSAGE", "%s cannot carry the message: %s", format, fault)
		return
	}
	if want, wrong := wrongCheckDigit(format, message); wrong {
		c.findings.Errorf(at, "BARCODE-CHECK-DIGIT", "the check digit must be %c; mend it, or leave it out", want)
	}
	encoding, _ := barcode["messageEncoding"].(string)
	if s.most != nil && s.most.share(message, isUTF8(encoding)) > 1 {
		c.findings.Errorf(at, "BARCODE-CAPACITY", "the message of %d bytes does not fit the largest %s; shorten it", len(message), format)
	}
}

// share returns which part of the largest symbol a message takes at the least, 1 being all of it: what the changes between
// kinds of character take is not counted. In other encodings than UTF-8 a character has one byte at least.
func (most capacity) share(message string, inUTF8 bool) float64 {
	var digits, letters, bytes int
	for _, r := range message {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case most.alphabet(r):
			letters++
		case inUTF8:
			bytes += utf8.RuneLen(r)
		default:
			bytes++
		}
	}
	return float64(digits)/most.digits + float64(letters)/most.letters + float64(bytes)/most.bytes
}

func isASCII(r rune) bool { return r <= unicode.MaxASCII }

// isQRLetter reports a character of the alphanumeric mode of QR.
func isQRLetter(r rune) bool { return 'A' <= r && r <= 'Z' || strings.ContainsRune(" $%*+-./:", r) }

func anyText(string) string { return "" }

func asciiFault(message string) string {
	if strings.ContainsFunc(message, func(r rune) bool { return r > unicode.MaxASCII }) {
		return "only ASCII characters are possible"
	}
	return ""
}

func code39Fault(message string) string {
	return otherThan(message, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -.$/+%")
}

// codabarFault takes a message with or without its start and stop characters, one of A to D each.
func codabarFault(message string) string {
	const ends = "ABCD"
	first, last := strings.IndexByte(ends, message[0]) >= 0, strings.IndexByte(ends, message[len(message)-1]) >= 0
	if first != last || first && len(message) < 3 {
		return "a start character (A to D) needs a stop character, and something between them"
	}
	if first {
		message = message[1 : len(message)-1]
	}
	return otherThan(message, "0123456789-$:/.+")
}

func ean13Fault(message string) string {
	if n := len(message); !digitsOnly(message) || n != 12 && n != 13 {
		return "it must be 12 digits, or 13 with the check digit"
	}
	return ""
}

func interleavedFault(message string) string {
	if !digitsOnly(message) || len(message)%2 != 0 {
		return "it must be an even number of digits"
	}
	return ""
}

func otherThan(message, alphabet string) string {
	if i := strings.IndexFunc(message, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }); i >= 0 {
		return fmt.Sprintf("only %s are possible (see byte %d)", alphabet, i)
	}
	return ""
}

func digitsOnly(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// wrongCheckDigit returns the right check digit of an EAN-13 that has another.
func wrongCheckDigit(format, message string) (want byte, wrong bool) {
	if format != ean13 || len(message) != 13 {
		return 0, false
	}
	want = ean13CheckDigit(message[:12])
	return want, message[12] != want
}

// ean13CheckDigit weighs twelve digits by 1 and 3 in turn and completes the sum to a multiple of ten (GS1 General
// Specifications, 7.9).
func ean13CheckDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		sum += int(digits[i]-'0') * (1 + i%2*2)
	}
	return '0' + byte((10-sum%10)%10)
}

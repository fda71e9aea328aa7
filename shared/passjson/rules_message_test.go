package passjson_test

import (
	"strings"
	"testing"
)

// barcodeWith is a patch with one barcode, of a format of iOS 27 behind which one for older systems stands.
func barcodeWith(format, message string) string {
	const fallback = `{"format": "PKBarcodeFormatQR", "message": "1", "messageEncoding": "utf-8"}`
	return `{"barcodes": [{"format": "PKBarcodeFormat` + format + `", "message": "` + message + `", "messageEncoding": "utf-8"}, ` + fallback + `]}`
}

func TestBarcodeMessages(t *testing.T) {
	for _, tt := range []struct{ format, message, rule string }{
		{"EAN13", "4006381333931", ""},
		{"EAN13", "400638133393", ""},
		{"EAN13", "0000000000000", ""},
		{"EAN13", "4006381333932", "BARCODE-CHECK-DIGIT"},
		{"EAN13", "4006381333981", "BARCODE-CHECK-DIGIT"},
		{"EAN13", "40063813339", "BARCODE-MESSAGE"},
		{"EAN13", "40063813339310", "BARCODE-MESSAGE"},
		{"EAN13", "40063813339X", "BARCODE-MESSAGE"},
		{"Code39", "AZ09-. $/+%", ""},
		{"Code39", "abc", "BARCODE-MESSAGE"},
		{"Code39", "A_B", "BARCODE-MESSAGE"},
		{"Codabar", "0123-$:/.+", ""},
		{"Codabar", "A123B", ""},
		{"Codabar", "A123", "BARCODE-MESSAGE"},
		{"Codabar", "AB", "BARCODE-MESSAGE"},
		{"Codabar", "12X3", "BARCODE-MESSAGE"},
		{"Codabar", "12A34", "BARCODE-MESSAGE"},
		{"I2of5", "1234", ""},
		{"I2of5", "123", "BARCODE-MESSAGE"},
		{"I2of5", "12A4", "BARCODE-MESSAGE"},
		{"Code128", "Any ASCII ~", ""},
		{"Code128", "Zoë", "BARCODE-MESSAGE"},
		{"QR", "Zoë €", ""},
		{"QR", "", "BARCODE-MESSAGE"},
		{"EAN13", "", "BARCODE-MESSAGE"},
		{"QR", strings.Repeat("1", 7089), ""},
		{"QR", strings.Repeat("1", 7090), "BARCODE-CAPACITY"},
		{"QR", strings.Repeat("x", 2953), ""},
		{"QR", strings.Repeat("x", 2954), "BARCODE-CAPACITY"},
		{"QR", strings.Repeat("A", 4296), ""},
		{"QR", strings.Repeat("A", 4297), "BARCODE-CAPACITY"},
		{"QR", strings.Repeat(" $%*+-./:Z", 429), ""},
		{"QR", strings.Repeat("1", 7000) + "x", ""},
		{"QR", strings.Repeat("1", 7089) + "x", "BARCODE-CAPACITY"},
		{"QR", strings.Repeat("1", 3545) + strings.Repeat("x", 1477), "BARCODE-CAPACITY"},
		{"QR", strings.Repeat("é", 1476), ""},
		{"QR", strings.Repeat("é", 1477), "BARCODE-CAPACITY"},
		{"Aztec", strings.Repeat("1", 3832), ""},
		{"Aztec", strings.Repeat("1", 3833), "BARCODE-CAPACITY"},
		{"Aztec", strings.Repeat("x", 3067), ""},
		{"Aztec", strings.Repeat("x", 3068), "BARCODE-CAPACITY"},
		{"Aztec", strings.Repeat("é", 957), ""},
		{"Aztec", strings.Repeat("é", 958), "BARCODE-CAPACITY"},
		{"PDF417", strings.Repeat("1", 2710), ""},
		{"PDF417", strings.Repeat("1", 2711), "BARCODE-CAPACITY"},
		{"PDF417", strings.Repeat("x", 1850), ""},
		{"PDF417", strings.Repeat("x", 1851), "BARCODE-CAPACITY"},
		{"PDF417", strings.Repeat("é", 554), ""},
		{"PDF417", strings.Repeat("é", 555), "BARCODE-CAPACITY"},
		{"Code128", strings.Repeat("x", 4000), ""},
	} {
		var want []string
		if tt.rule != "" {
			want = []string{"error " + tt.rule + " /barcodes/0/message"}
		}
		ruleCase{tt.format + " " + tt.message[:min(len(tt.message), 20)], barcodeWith(tt.format, tt.message), want}.run(t)
	}
	ruleCase{"one byte each in Latin-1", strings.ReplaceAll(barcodeWith("QR", strings.Repeat("é", 2953)), "utf-8", "iso-8859-1"), nil}.run(t)
	ruleCase{"the old key", `{"barcode": {"format": "PKBarcodeFormatQR", "message": "", "messageEncoding": "utf-8"}}`,
		[]string{"error BARCODE-MESSAGE /barcode/message"}}.run(t)
}

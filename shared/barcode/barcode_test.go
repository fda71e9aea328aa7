package barcode_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"walletpasses.example/server/shared/barcode"
	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/template"
)

func TestRefused(t *testing.T) {
	for _, tt := range []struct{ format, message, encoding, want string }{
		{"Maxi", "1", "utf-8", `"PKBarcodeFormatMaxi" is not a barcode format`},
		{"QR", "", "utf-8", "empty"},
		{"QR", "Zoë €", "iso-8859-1", "beyond iso-8859-1"},
		{"QR", "Zoë", "us-ascii", "beyond us-ascii"},
		{"QR", "1", "klingon", "not a known messageEncoding"},
		{"QR", "1", "", "not a known messageEncoding"},
		{"QR", strings.Repeat("1", 7090), "utf-8", "too long"},
		{"QR", strings.Repeat("x", 2954), "utf-8", "does not fit"},
		{"Aztec", strings.Repeat("1", 3833), "utf-8", "too long"},
		{"Aztec", strings.Repeat("é", 1200), "utf-8", "does not fit"},
		{"PDF417", strings.Repeat("1", 2711), "utf-8", "too long"},
		{"PDF417", strings.Repeat("é", 555), "utf-8", "does not fit"},
		{"Code128", "Zoë", "iso-8859-1", "only ASCII"},
		{"Code128", strings.Repeat("x", 81), "utf-8", "too long"},
		{"Code39", "abc", "utf-8", "capital letters"},
		{"Code39", "A*B", "utf-8", "capital letters"},
		{"Codabar", "A12", "utf-8", "either end"},
		{"Codabar", "12B", "utf-8", "either end"},
		{"Codabar", "1X2", "utf-8", "either end"},
		{"Codabar", "!", "utf-8", "either end"},
		{"Codabar", "a12b", "utf-8", "either end"},
		{"EAN13", "4006381333932", "utf-8", "check digit"},
		{"EAN13", "40063813", "utf-8", "12 digits"},
		{"EAN13", "4006381", "utf-8", "12 digits"},
		{"EAN13", "40063813339x", "utf-8", "12 digits"},
		{"EAN13", "٤٠٠٦٣٨", "utf-8", "12 digits"},
		{"I2of5", "123", "utf-8", "even number of digits"},
		{"I2of5", "1x", "utf-8", "even number of digits"},
		{"I2of5", "+1", "utf-8", "even number of digits"},
	} {
		symbol, err := barcode.New("PKBarcodeFormat"+tt.format, tt.message, tt.encoding)
		if err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 200 {
			columns, rows := symbol.Size()
			t.Errorf("%s of %.40q in %q: %d×%d and %v, want %q", tt.format, tt.message, tt.encoding, columns, rows, err, tt.want)
		}
	}
}

// A giant message is not even looked at.
func TestGiantMessages(t *testing.T) {
	for _, format := range formats {
		for _, message := range []string{strings.Repeat("1", 100<<10), strings.Repeat("é", 50<<10), strings.Repeat("\x00", 100<<10)} {
			allocations := testing.AllocsPerRun(1, func() {
				if _, err := barcode.New("PKBarcodeFormat"+format, message, "utf-8"); err == nil || len(err.Error()) > 200 {
					t.Errorf("%s of %d bytes: %v", format, len(message), err)
				}
			})
			if allocations > 10 {
				t.Errorf("%s of %d bytes takes %v allocations", format, len(message), allocations)
			}
		}
	}
}

// The names of the usual encodings are known in each spelling that validation knows.
func TestEncodings(t *testing.T) {
	for _, encoding := range []string{"utf-8", "UTF-8", "utf8", "iso-8859-1", "ISO-8859-1", "latin1", "us-ascii", "ASCII", "shift_jis", "windows-1252"} {
		draw(t, "QR", "A-10442", encoding)
	}
	latin, utf8 := draw(t, "PDF417", "Ã©", "latin1"), draw(t, "PDF417", "é", "utf8")
	if strings.Join(grid(t, latin), "\n") != strings.Join(grid(t, utf8), "\n") {
		t.Error("the same bytes have two symbols")
	}
}

// The largest symbol of each format is drawn, with messages of one kind that fill it.
func TestCapacity(t *testing.T) {
	for _, tt := range []struct{ format, message, encoding string }{
		{"QR", strings.Repeat("1", 7089), "utf-8"}, {"QR", strings.Repeat("A", 4296), "utf-8"}, {"QR", strings.Repeat("x", 2953), "utf-8"},
		{"QR", strings.Repeat("é", 2953), "iso-8859-1"},
		{"Aztec", strings.Repeat("1", 3832), "utf-8"}, {"Aztec", strings.Repeat("x", 3067), "utf-8"}, {"Aztec", strings.Repeat("é", 957), "utf-8"},
		{"Aztec", strings.Repeat("é", 1150), "utf-8"}, // with less error correction
		{"PDF417", strings.Repeat("1", 2710), "utf-8"}, {"PDF417", strings.Repeat("A", 1850), "utf-8"}, {"PDF417", strings.Repeat("é", 554), "utf-8"},
		{"PDF417", strings.Repeat("é", 1108), "iso-8859-1"},
		{"Code128", strings.Repeat("x", 80), "utf-8"}, {"Code39", strings.Repeat("X", 80), "utf-8"}, {"Codabar", strings.Repeat("1", 80), "utf-8"},
		{"I2of5", strings.Repeat("1", 80), "utf-8"},
	} {
		draw(t, tt.format, tt.message, tt.encoding)
	}
}

var formats = []string{"QR", "PDF417", "Aztec", "Code128", "Code39", "Codabar", "EAN13", "I2of5"}

// alphabets are what random messages are made of.
var alphabets = []string{"0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ -. $/+%", "0123456789-$:/.+", "abcxyz,;!?\"'\\", "\x00\x1f\x7f~\t\r\n", "éÿß", "€中🍪"}

// maxLinear is how many characters a linear code has at most.
const maxLinear = 80

// randomMessage mixes some of the alphabets.
func randomMessage(r *rand.Rand, most int) string {
	some := 1 + r.IntN(len(alphabets))
	var message []rune
	for n := 1 + r.IntN(most); len(message) < n; {
		alphabet := []rune(alphabets[r.IntN(some)])
		message = append(message, alphabet[r.IntN(len(alphabet))])
	}
	return string(message)
}

// What validation lets pass is drawn: a phone would show the code too.
func TestDrawsWhatIsValid(t *testing.T) {
	doc, _ := template.Sample("simple")
	set, err := template.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	simple, err := set.Template(t.Context(), doc.Template)
	if err != nil {
		t.Fatal(err)
	}
	rendering, _ := simple.Render(doc, template.Server{})
	r := rand.New(rand.NewPCG(7, 27))
	drawn := make(map[string]int)
	for range 1500 {
		format, message, encoding := "PKBarcodeFormat"+formats[r.IntN(len(formats))], randomMessage(r, maxLinear/2), []string{"utf-8", "iso-8859-1"}[r.IntN(2)]
		switch format {
		case "PKBarcodeFormatEAN13":
			message = (message + "400638133393")[:12]
		case "PKBarcodeFormatI2of5":
			message += message
		}
		rendering.Pass["barcodes"] = []any{map[string]any{"format": format, "message": message, "messageEncoding": encoding}}
		valid := true
		for _, f := range passjson.Validate(rendering.Pass, passjson.Options{}) {
			valid = valid && (f.Severity != "error" || f.Rule == "R15" || !strings.HasPrefix(f.Path, "pass.json#/barcodes"))
		}
		if _, err := barcode.New(format, message, encoding); valid && err != nil {
			t.Errorf("%s of %q in %s is valid: %v", format, message, encoding, err)
		} else if valid {
			drawn[format]++
		}
	}
	if len(drawn) != len(formats) {
		t.Errorf("only %v were valid", drawn)
	}
}

// FuzzNew holds that every message is either drawn as it should be, or refused in few words.
func FuzzNew(f *testing.F) {
	for i, format := range formats {
		f.Add("PKBarcodeFormat"+format, alphabets[i%len(alphabets)], "utf-8")
		f.Add("PKBarcodeFormat"+format, "400638133393", "iso-8859-1")
	}
	f.Add("PKBarcodeFormatQR", "日本", "shift_jis")
	f.Add("PKBarcodeFormatAztec", "a", "utf-16")
	f.Fuzz(func(t *testing.T, format, message, encoding string) {
		symbol, err := barcode.New(format, message, encoding)
		if err != nil {
			if len(err.Error()) > 300 {
				t.Errorf("%d bytes of error: %.400s", len(err.Error()), err)
			}
			return
		}
		columns, rows := symbol.Size()
		if columns <= 0 || rows <= 0 || symbol.Square() && symbol.Linear() || !strings.Contains(strings.Join(grid(t, symbol), ""), "#") {
			t.Errorf("%s of %q is %d×%d", format, message, columns, rows)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	for _, format := range formats {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				draw(b, format, "400638133393", "utf-8").SVG("")
			}
		})
	}
}

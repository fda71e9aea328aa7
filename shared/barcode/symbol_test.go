package barcode_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"walletpasses.example/server/shared/barcode"
)

var update = flag.Bool("update", false, "write the golden files in testdata; read them with a scanner before they are kept")

func draw(t testing.TB, format, message, encoding string) barcode.Symbol {
	t.Helper()
	symbol, err := barcode.New("PKBarcodeFormat"+format, message, encoding)
	if err != nil {
		t.Fatalf("%s of %.40q in %s: %v", format, message, encoding, err)
	}
	return symbol
}

var (
	viewBox  = regexp.MustCompile(` viewBox="0 0 (\d+) (\d+)"`)
	ink      = regexp.MustCompile(`<path stroke="#000" stroke-width="(\d+)" d="([^"]*)"/></svg>$`)
	commands = regexp.MustCompile(`([Mmh])([\d.]+)(?: ([\d.]+))?`)
)

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// grid paints the SVG of a symbol module by module: # is dark, a dot is light. It knows nothing of the symbol but its drawing.
func grid(t testing.TB, symbol barcode.Symbol) []string {
	t.Helper()
	svg := string(symbol.SVG("label"))
	size, drawn := viewBox.FindStringSubmatch(svg), ink.FindStringSubmatch(svg)
	if size == nil || drawn == nil {
		t.Fatalf("this is no drawing: %.200s", svg)
	}
	if columns, rows := symbol.Size(); columns != number(size[1]) || rows != number(size[2]) {
		t.Errorf("%d×%d modules are drawn on %s×%s", columns, rows, size[1], size[2])
	}
	lines := make([][]byte, number(size[2]))
	for i := range lines {
		lines[i] = []byte(strings.Repeat(".", number(size[1])))
	}
	x, top, height := 0, 0, number(drawn[1])
	for _, command := range commands.FindAllStringSubmatch(drawn[2], -1) {
		switch n := number(command[2]); command[1] {
		case "M":
			middle, err := strconv.ParseFloat(command[3], 64)
			if err != nil {
				t.Fatal(err)
			}
			x, top = n, int(middle-float64(height)/2)
		case "m":
			x += n
		case "h":
			for _, line := range lines[top : top+height] {
				copy(line[x:], strings.Repeat("#", n))
			}
			x += n
		}
	}
	var text []string
	for _, line := range lines {
		text = append(text, string(line))
	}
	return text
}

// TestGolden holds a symbol of each format, each of which ZXing has read.
func TestGolden(t *testing.T) {
	for name, tt := range map[string]struct{ format, message, encoding string }{
		"qr":          {"QR", "https://northwind.example.com/card?id=10442", "utf-8"},
		"qr-digits":   {"QR", "01234567", "utf-8"},
		"qr-letters":  {"QR", "HELLO WORLD", "utf-8"},
		"qr-latin":    {"QR", "Zoë Müller", "iso-8859-1"},
		"qr-utf8":     {"QR", "Zoë Müller", "utf-8"},
		"pdf417":      {"PDF417", "LH-2027-000412", "iso-8859-1"},
		"pdf417-utf8": {"PDF417", "Größe 42 €", "utf-8"},
		"aztec":       {"Aztec", "M1MUELLER/ZOE         EK7QX2M MUCLISNW 0417 124Y014A0035 100", "iso-8859-1"},
		"aztec-latin": {"Aztec", "Zoë Müller", "iso-8859-1"},
		"code128":     {"Code128", "BEANS-20-7F3K", "iso-8859-1"},
		"code39":      {"Code39", "AZ-09 $/+%.", "iso-8859-1"},
		"codabar":     {"Codabar", "31117013206375", "iso-8859-1"},
		"ean13":       {"EAN13", "5901234123457", "iso-8859-1"},
		"i2of5":       {"I2of5", "12345670", "iso-8859-1"},
	} {
		got := strings.Join(grid(t, draw(t, tt.format, tt.message, tt.encoding)), "\n") + "\n"
		file := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is not %s", name, file)
		}
	}
}

// bars are the modules of a linear symbol without its quiet zone.
func bars(t *testing.T, symbol barcode.Symbol) string {
	t.Helper()
	return strings.Trim(grid(t, symbol)[0], ".")
}

// The bars of these are printed in the standards, or in articles about them.
func TestKnownBars(t *testing.T) {
	for _, tt := range []struct{ format, message, want string }{
		{"EAN13", "5901234123457", "10100010110100111011001100100110111101001110101010110011011011001000010101110010011101000100101"},
		{"EAN13", "590123412345", "10100010110100111011001100100110111101001110101010110011011011001000010101110010011101000100101"},
		{"Code39", "A", "100101101101" + "0" + "110101001011" + "0" + "100101101101"},
		{"I2of5", "12", "1010" + "111010001010111000" + "11101"},
		{"Codabar", "B1C", "1001001011" + "0" + "101011001" + "0" + "1010010011"},
		{"Codabar", "1", "1011001001" + "0" + "101011001" + "0" + "1011001001"},
		{"Code128", "A", "11010010000" + "10100011000" + "10001011000" + "1100011101011"},
		{"Code128", "12", "11010010000" + "10011100110" + "11001110010" + "11101011000" + "1100011101011"},
	} {
		if got := strings.NewReplacer("#", "1", ".", "0").Replace(bars(t, draw(t, tt.format, tt.message, "utf-8"))); got != tt.want {
			t.Errorf("%s of %s: %s, want %s", tt.format, tt.message, got, tt.want)
		}
	}
}

// Each format is drawn in its shape and with the quiet zone of its standard.
func TestShapes(t *testing.T) {
	for _, tt := range []struct {
		format, message           string
		linear, square            bool
		left, right, above, below int
	}{
		{"QR", "12", false, true, 4, 4, 4, 4},
		{"Aztec", "12", false, true, 2, 2, 2, 2},
		{"PDF417", "12", false, false, 2, 2, 2, 2},
		{"Code128", "12", true, false, 10, 10, 0, 0},
		{"Code39", "12", true, false, 10, 10, 0, 0},
		{"Codabar", "12", true, false, 10, 10, 0, 0},
		{"EAN13", "400638133393", true, false, 11, 7, 0, 0},
		{"I2of5", "12", true, false, 10, 10, 0, 0},
	} {
		symbol := draw(t, tt.format, tt.message, "utf-8")
		if symbol.Linear() != tt.linear || symbol.Square() != tt.square {
			t.Errorf("%s: linear is %v, square is %v", tt.format, symbol.Linear(), symbol.Square())
		}
		lines := grid(t, symbol)
		first, last, left, right := len(lines), 0, len(lines[0]), 0
		for y, line := range lines {
			if i := strings.IndexByte(line, '#'); i >= 0 {
				first, last = min(first, y), y
				left, right = min(left, i), max(right, strings.LastIndexByte(line, '#'))
			}
		}
		if left != tt.left || len(lines[0])-1-right != tt.right || first != tt.above || len(lines)-1-last != tt.below {
			t.Errorf("%s has %d, %d, %d and %d light modules around it", tt.format, left, len(lines[0])-1-right, first, len(lines)-1-last)
		}
		if stretched := strings.Contains(string(symbol.SVG("")), `preserveAspectRatio="none"`); stretched != tt.linear {
			t.Errorf("%s can be stretched: %v", tt.format, stretched)
		}
	}
}

func TestSVG(t *testing.T) {
	symbol, err := barcode.QR(`https://example.com/?a=1&b="ü"`)
	if err != nil {
		t.Fatal(err)
	}
	svg := string(symbol.SVG(`<script>"&'`))
	for _, want := range []string{`<svg xmlns="http://www.w3.org/2000/svg" class="barcode" role="img" aria-label="&lt;script&gt;&#34;&amp;&#39;" viewBox="`,
		`shape-rendering="crispEdges"`, `<path fill="#fff" d="M0 0h37v37H0z"/>`} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is missing in %.300s", want, svg)
		}
	}
	if strings.Contains(svg, "style") || strings.Contains(svg, "<script") || strings.Count(svg, "<path") != 2 || len(svg) > 3000 {
		t.Errorf("%d bytes: %.300s", len(svg), svg)
	}
}

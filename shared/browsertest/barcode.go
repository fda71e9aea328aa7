package browsertest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A Barcode is a barcode in a picture.
type Barcode struct {
	Format string // as ZXing names it: QRCode, PDF417, Aztec, Code128, Code39, Codabar, EAN13, ITF
	Text   string // the message, in the character set that ZXing takes it to be in
	Bytes  []byte // the message as it is encoded
}

// decoderPage loads ZXing, which the browser compiles from what its server gives.
const decoderPage = `<!doctype html><meta charset="utf-8"><title>ZXing</title><link rel="icon" href="data:,">
<script src="dist/iife/reader/index.js"></script>
<script>
ZXingWASM.prepareZXingModule({overrides: {locateFile: name => 'dist/reader/' + name}});
async function decode(png) {
	const picture = await (await fetch('data:image/png;base64,' + png)).blob();
	const found = await ZXingWASM.readBarcodes(picture, {tryHarder: true, maxNumberOfSymbols: 16});
	return found.filter(b => b.isValid).map(b => ({format: b.format, text: b.text, bytes: Array.from(b.bytes)}));
}
</script>`

// Decode reads the barcodes in a picture (PNG) with ZXing.
// https://github.com/Sec-ant/zxing-wasm
func (b *Browser) Decode(t testing.TB, picture []byte) []Barcode {
	t.Helper()
	if b.decoder == nil {
		b.decoder = b.openDecoder(t)
	}
	var found []struct {
		Format, Text string
		Bytes        []int
	}
	encoded, err := json.Marshal(base64.StdEncoding.EncodeToString(picture))
	if err != nil {
		t.Fatal(err)
	}
	b.decoder.Evaluate(fmt.Sprintf("decode(%s)", encoded), &found)
	barcodes := make([]Barcode, len(found))
	for i, f := range found {
		barcodes[i] = Barcode{Format: f.Format, Text: f.Text}
		for _, value := range f.Bytes {
			barcodes[i].Bytes = append(barcodes[i].Bytes, byte(value))
		}
	}
	return barcodes
}

func (b *Browser) openDecoder(t testing.TB) *Page {
	t.Helper()
	files := NPM(t, "zxing-wasm", "3.1.4",
		"sha512-1+v8p7sauddySVNG+ye7GD/0TS95BG2ycdkrC+EnBrFBFkHeIghzUt2yVjtx3NucJeNrQnhT8yGAIz60Vx9o0w==")
	serveFile := http.FileServerFS(files)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, decoderPage)
			return
		}
		serveFile.ServeHTTP(w, r)
	}))
	b.t.Cleanup(server.Close)
	return b.Open(b.t, server.URL+"/", View{})
}

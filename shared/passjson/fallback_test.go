package passjson_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"walletpasses.example/server/shared/passjson"
)

func TestWithFallbacks(t *testing.T) {
	const ean = `{"format": "PKBarcodeFormatEAN13", "message": "4006381333931", "messageEncoding": "iso-8859-1", "altText": "4006 381"}`
	const code39 = `{"format": "PKBarcodeFormatCode39", "message": "A-1", "messageEncoding": "utf-8"}`
	const aztec = `{"format": "PKBarcodeFormatAztec", "message": "A-1", "messageEncoding": "utf-8"}`
	as := func(format, message, rest string) string {
		return `{"format": "PKBarcodeFormat` + format + `", "message": "` + message + `", ` + rest + `}`
	}
	const latin = `"messageEncoding": "iso-8859-1", "altText": "4006 381"`
	for _, tt := range []struct{ name, pass, want string }{
		{"P-40 a new one", `{"barcodes": [` + ean + `]}`,
			`{"barcodes": [` + ean + `, ` + as("Code128", "4006381333931", latin) + `, ` + as("QR", "4006381333931", latin) + `]}`},
		{"without its check digit", `{"barcodes": [` + as("EAN13", "400638133393", latin) + `]}`,
			`{"barcodes": [` + as("EAN13", "400638133393", latin) + `, ` + as("Code128", "4006381333931", latin) + `, ` + as("QR", "4006381333931", latin) + `]}`},
		{"two new ones", `{"barcodes": [` + code39 + `, ` + ean + `]}`,
			`{"barcodes": [` + code39 + `, ` + ean + `, ` + as("Code128", "A-1", `"messageEncoding": "utf-8"`) + `, ` + as("QR", "A-1", `"messageEncoding": "utf-8"`) + `]}`},
		{"its own under the old key", `{"barcodes": [` + ean + `], "barcode": ` + aztec + `}`, `{"barcodes": [` + ean + `, ` + aztec + `], "barcode": ` + aztec + `}`},
		{"a new one under the old key", `{"barcodes": [` + code39 + `], "barcode": ` + code39 + `}`,
			`{"barcodes": [` + code39 + `, ` + as("Code128", "A-1", `"messageEncoding": "utf-8"`) + `, ` + as("QR", "A-1", `"messageEncoding": "utf-8"`) + `], "barcode": ` + code39 + `}`},
		{"one that older systems draw", `{"barcodes": [` + ean + `, ` + aztec + `]}`, ""},
		{"one in front", `{"barcodes": [` + aztec + `, ` + ean + `]}`, ""},
		{"none", `{"barcodes": []}`, ""},
		{"no barcodes", `{"barcode": ` + aztec + `}`, ""},
		{"malformed", `{"barcodes": [1, {"format": 2}, "x"]}`, ""},
		{"unknown", `{"barcodes": [` + ean + `, {"format": "PKBarcodeFormatSketch"}]}`, ""},
		{"not an array", `{"barcodes": {"format": "PKBarcodeFormatEAN13"}}`, ""},
		{"no message", `{"barcodes": [{"format": "PKBarcodeFormatEAN13"}]}`,
			`{"barcodes": [{"format": "PKBarcodeFormatEAN13"}, {"format": "PKBarcodeFormatCode128"}, {"format": "PKBarcodeFormatQR"}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pass, before := decode(t, tt.pass), decode(t, tt.pass)
			want := before
			if tt.want != "" {
				want = decode(t, tt.want)
			}
			got := passjson.WithFallbacks(pass)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s", text(t, got))
			}
			if !reflect.DeepEqual(pass, before) {
				t.Errorf("the argument was changed: %s", text(t, pass))
			}
			if again := passjson.WithFallbacks(got); !reflect.DeepEqual(again, want) {
				t.Errorf("again: %s", text(t, again))
			}
		})
	}
}

// What was completed has nothing wrong, for every new format.
func TestWithFallbacksIsR15(t *testing.T) {
	for format, message := range map[string]string{"EAN13": "400638133393", "Code39": "A-1", "Codabar": "A123B", "I2of5": "1234"} {
		pass := patched(t, `{"barcodes": [{"format": "PKBarcodeFormat`+format+`", "message": "`+message+`", "messageEncoding": "iso-8859-1"}]}`)
		if passjson.Validate(pass, passjson.Options{}).Err() == nil {
			t.Errorf("%s needs no fallback", format)
		}
		if findings := passjson.Validate(passjson.WithFallbacks(pass), passjson.Options{}); len(findings) != 0 {
			t.Errorf("%s: %v", format, findings)
		}
	}
}

// The list of the argument may have room behind it, which another pass may use.
func TestWithFallbacksKeepsOffTheArgument(t *testing.T) {
	room := []any{map[string]any{"format": "PKBarcodeFormatEAN13"}, "taken", "taken"}
	passjson.WithFallbacks(map[string]any{"barcodes": room[:1]})
	if room[1] != "taken" || room[2] != "taken" {
		t.Errorf("the list became %v", room)
	}
}

func text(t *testing.T, pass map[string]any) string {
	t.Helper()
	b, err := json.Marshal(pass)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

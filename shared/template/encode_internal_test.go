package template

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// FuzzEncode holds what is written to what encoding/json writes: packages are known by their bytes.
func FuzzEncode(f *testing.F) {
	for _, text := range []string{
		`{}`, `{"b":{"z":null,"a":[]},"a":[1,-2,0.5,1e300,true,false,"",{}],"c":9223372036854775807}`, `{"":"\"\\\/\b\f\n\r\t\u0000\u007f<>&"}`,
		`{"é":"Käse € 🍪","a\u2028":"\u2029","\ud800":"\udfff"}`, "{\"\xff\":\"a\xc3\"}", `{"a":{"b":{"c":1,"d":2},"e":{"f":3}},"g":4}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		pass, _, err := wallet.DecodeObject(text)
		if err != nil {
			return
		}
		got, err := encode(pass)
		if err != nil {
			t.Fatal(err)
		}
		if want := encodedElsewhere(t, pass); string(got) != want {
			t.Errorf("wrote\n%s, want\n%s", got, want)
		}
	})
}

// What a decoder never gives may still stand in a document.
func TestEncodeOtherTypes(t *testing.T) {
	pass := map[string]any{
		"nil object": map[string]any(nil), "nil list": []any(nil), "int": 1, "text": json.Number("2"), "bad \xff text": "\xff",
		"texts": []string{"<b>"}, "objects": map[string]string{"a": "b"},
	}
	got, err := encode(pass)
	if want := encodedElsewhere(t, pass); err != nil || string(got) != want {
		t.Errorf("wrote\n%s, %v, want\n%s", got, err, want)
	}
	for _, value := range []any{math.NaN(), []any{math.Inf(1)}, map[string]any{"a": func() {}}} {
		if _, err := encode(map[string]any{"a": value}); err == nil || !strings.Contains(err.Error(), "unsupported") {
			t.Errorf("%v: %v", value, err)
		}
	}
}

func encodedElsewhere(t *testing.T, pass map[string]any) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(pass); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

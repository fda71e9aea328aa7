package passjson_test

import (
	"image"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/wallet"
)

// Whatever the pass, validation ends, says the same twice, and every path leads to something in the pass, or to a key that
// is missing from an object there.
func FuzzValidate(f *testing.F) {
	for _, seed := range []string{
		storeCard,
		`{}`,
		`{"storeCard": [], "coupon": null, "posterGeneric": {"footerFields": [{}]}}`,
		`{"storeCard": null, "eventTicket": {"auxiliaryFields": [null, {"key": 1, "row": "1"}, []]}, "barcode": []}`,
		`{"boardingPass": {"transitType": 1}, "preferredStyleSchemes": [1, "semanticBoardingPass"], "barcodes": [1, {"format": "PKBarcodeFormatEAN13"}]}`,
		`{"upcomingPassInformation": [{"URLs": 1, "backFields": [{}]}, 2], "semantics": {"seats": [{"seatSectionColor": "#12"}]}}`,
		`{"~/": 1, "webServiceURL": "http://[::1", "relevantDates": [{}], "locations": [{"latitude": 1e300}]}`,
	} {
		f.Add([]byte(seed), "strip@2x.png")
	}
	for _, seed := range hostile(f) {
		f.Add([]byte(seed), "de.lproj/artwork.png")
	}
	f.Fuzz(func(t *testing.T, text []byte, imageName string) {
		pass, _, err := wallet.DecodeObject(text)
		if err != nil {
			return
		}
		findings := passjson.Validate(pass, passjson.Options{})
		if again := passjson.Validate(pass, passjson.Options{}); !reflect.DeepEqual(findings, again) {
			t.Errorf("found %v, then %v", findings, again)
		}
		if completed := passjson.WithFallbacks(pass); !reflect.DeepEqual(passjson.WithFallbacks(completed), completed) {
			t.Errorf("fallbacks were added twice: %v", completed)
		}
		for _, finding := range findings {
			if !resolves(pass, strings.TrimPrefix(finding.Path, passjson.Root)) {
				t.Errorf("nothing is at %s", finding)
			}
		}
		passjson.ValidatePersonalization(pass, pass)
		passjson.ValidateImages(pass, map[string]image.Point{imageName: {X: len(text), Y: len(imageName)}}, []string{imageName})
	})
}

// resolves follows a JSON Pointer up to its last step, which may name a missing key of an object.
func resolves(v any, pointer string) bool {
	steps := strings.Split(pointer, "/")[1:]
	if pointer == "" {
		steps = nil
	}
	for i, step := range steps {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch container := v.(type) {
		case map[string]any:
			next, ok := container[step]
			if !ok {
				return i == len(steps)-1
			}
			v = next
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n >= len(container) {
				return false
			}
			v = container[n]
		default:
			return false
		}
	}
	return true
}

// A typical store card costs about 50 µs.
func BenchmarkValidate(b *testing.B) {
	pass := decode(b, storeCard)
	b.ReportAllocs()
	for b.Loop() {
		if findings := passjson.Validate(pass, passjson.Options{}); len(findings) != 0 {
			b.Fatal(findings)
		}
	}
}

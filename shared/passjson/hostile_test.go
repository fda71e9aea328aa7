package passjson_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/wallet"
)

// hostile reads the corpus of passes that nobody means well with.
func hostile(t testing.TB) map[string]string {
	t.Helper()
	names, err := filepath.Glob("testdata/hostile/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("%v, %v", names, err)
	}
	corpus := make(map[string]string)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		corpus[filepath.Base(name)] = string(text)
	}
	return corpus
}

// hostileRules says by which rule each is refused. Those of which it says nothing are not JSON, or no object, for which the
// decoder has an error (REJ-3).
var hostileRules = map[string]string{
	"byte-order-mark.json": "", "depth-beyond-reading.json": "", "not-an-object.json": "", "not-json.json": "", "two-objects.json": "",
	"depth.json": "JSON-DEPTH", "depth-of-fields.json": "JSON-DEPTH", "duplicates.json": "JSON-DUPLICATE",
	"huge-numbers.json": "JSON-NUMBER", "huge-numbers-of-fields.json": "JSON-NUMBER",
	"invalid-utf8.json": "TEXT-UNREADABLE", "lone-surrogates.json": "TEXT-UNREADABLE", "names.json": "TEXT-UNREADABLE",
	"keys-of-nfc.json":   "R14",
	"wrong-types-0.json": "REJ-4", "wrong-types-1.json": "REJ-4", "wrong-types-2.json": "REJ-4", "wrong-types-3.json": "REJ-4",
	"wrong-types-4.json": "REJ-4", "wrong-types-of-barcodes.json": "REJ-4", "wrong-types-of-fields.json": "REJ-4",
	"wrong-types-of-tags.json": "REJ-4",
}

// Each is refused with a reason, by the decoder or by validation.
func TestHostilePassesAreRefused(t *testing.T) {
	corpus := hostile(t)
	for name := range hostileRules {
		if _, ok := corpus[name]; !ok {
			t.Errorf("there is no %s", name)
		}
	}
	for name, text := range corpus {
		var findings wallet.Findings
		var err error
		frugally(t, name, func() { findings, err = check(text) })
		rule, known := hostileRules[name]
		refused := errors.Is(err, wallet.ErrInvalid)
		if rule != "" {
			refused = slices.ContainsFunc(findings, func(f wallet.Finding) bool { return f.Rule == rule && f.Severity == wallet.SeverityError })
		}
		if !known || !refused {
			t.Errorf("%s is not refused by %q, but: %v, %v", name, rule, err, findings)
		}
	}
}

// check decodes, completes and validates a pass.json.
func check(text string) (wallet.Findings, error) {
	pass, findings, err := wallet.DecodeObject([]byte(text))
	if err != nil {
		return nil, err
	}
	return append(findings, passjson.Validate(passjson.WithFallbacks(pass), passjson.Options{})...), nil
}

// frugally runs work, which may take a second and 128 MiB, garbage included.
func frugally(t *testing.T, name string, work func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	took := patience.ProcessorTime(t, work)
	runtime.ReadMemStats(&after)
	if took > patience.Second {
		t.Errorf("%s took %v", name, took)
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 128<<20 {
		t.Errorf("%s took %d MiB", name, taken>>20)
	}
}

// A pass that is wrong in very many places takes no more than a second, and is said to be so in not too many words. What is
// left out counts as an error, for it may hide one behind warnings.
func TestFindingsAreLimited(t *testing.T) {
	times := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	unknown := func(n int) string {
		var keys []string
		for i := range n {
			keys = append(keys, `"k`+strings.Repeat("x", i%50)+string(rune('a'+i%26))+strings.Repeat("y", i/50%50)+strings.Repeat("z", i/2500)+`":1`)
		}
		return strings.Join(keys, ",")
	}
	const n = 10_000 // of the shortest, about as much as the 256 KiB that are read of a package's pass.json
	for name, text := range map[string]string{
		"elements":       `{"barcodes": [` + times(n, `0`) + `]}`,
		"barcodes":       `{"barcodes": [` + times(n, `{"format":"PKBarcodeFormatEAN13","message":"1"}`) + `]}`,
		"new and old":    `{"barcodes": [` + times(n, `{"format":"PKBarcodeFormatCode39","message":"1","messageEncoding":"utf-8"}`) + `,{"format":"PKBarcodeFormatQR","message":""}]}`,
		"fields":         `{"storeCard": {"backFields": [` + times(n, `{"key":"k","value":1}`) + `]}}`,
		"changes":        `{"storeCard": {"backFields": [` + times(n, `{"key":"k","changeMessage":"%d"}`) + `]}}`,
		"tags":           `{"storeCard": {"backFields": [` + times(n, `{"semantics":{"eventName":"e"}}`) + `]}}`,
		"unknown keys":   `{` + unknown(n) + `}`,
		"dates":          `{"eventTicket": {}, "relevantDates": [` + times(n, `{"startDate":"2027-01-31T18:00Z","endDate":"2027-01-30T18:00Z"}`) + `]}`,
		"upcoming":       `{"upcomingPassInformation": [` + times(n, `{"identifier":"i"}`) + `]}`,
		"schemes":        `{"eventTicket": {}, "preferredStyleSchemes": ["eventTicket",` + times(n, `"posterEventTicket"`) + `]}`,
		"schemes before": `{"preferredStyleSchemes": [` + times(n, `"posterEventTicket"`) + `,"eventTicket"]}`,
		"markup":         `{"storeCard": {"backFields": [{"key":"k","value":1,"attributedValue":"` + strings.Repeat("<a href>", n) + `<b>"},` + times(n, `1`) + `]}}`,
		"warnings alone": `{"storeCard": {"backFields": [` + times(n, `{"key":"k","value":"<a href=''>"}`) + `]}}`,
	} {
		pass, _, err := wallet.DecodeObject([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var findings wallet.Findings
		frugally(t, name, func() { findings = passjson.Validate(passjson.WithFallbacks(pass), passjson.Options{}) })
		last := findings[len(findings)-1]
		if len(findings) > 1001 || last.Severity != wallet.SeverityError {
			t.Errorf("%s: %d findings, the last %s", name, len(findings), last)
		}
	}
}

func TestFindingsLimit(t *testing.T) {
	warnings := func(n int) wallet.Findings {
		pass := decode(t, storeCard)
		for i := range n {
			pass["unknown"+strings.Repeat("x", i)] = true
		}
		return passjson.Validate(pass, passjson.Options{})
	}
	if got := warnings(1000); len(got) != 1000 || got.Err() != nil {
		t.Errorf("1000 warnings: %d findings, %v", len(got), got[len(got)-1])
	}
	if got := warnings(1001); len(got) != 1001 || got[1000].Rule != "FINDINGS-LIMIT" || got.Err() == nil {
		t.Errorf("1001 warnings: %d findings, %v", len(got), got[len(got)-1])
	}
}

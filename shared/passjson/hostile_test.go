package passjson_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// Each is refused with a reason, by the decoder or by validation.
func TestHostilePassesAreRefused(t *testing.T) {
	for name, text := range hostile(t) {
		pass, findings, err := wallet.DecodeObject([]byte(text))
		if err != nil {
			continue
		}
		findings = append(findings, passjson.Validate(passjson.WithFallbacks(pass), passjson.Options{})...)
		if findings.Err() == nil {
			t.Errorf("%s is accepted: %v", name, findings)
		}
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
	const n = 10_000
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
		"warnings alone": `{"storeCard": {"backFields": [` + times(n, `{"key":"k","value":"<a href=''>"}`) + `]}}`,
	} {
		pass, _, err := wallet.DecodeObject([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		start := time.Now()
		findings := passjson.Validate(passjson.WithFallbacks(pass), passjson.Options{})
		if took := time.Since(start); took > patience.Second {
			t.Errorf("%s took %v", name, took)
		}
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

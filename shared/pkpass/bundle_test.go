package pkpass_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

func TestScenario21_TenPassesInABundle(t *testing.T) {
	pass := mustPackage(t, smallSource())
	var entries []pkpass.BundleEntry
	for i := range 11 {
		entries = append(entries, pkpass.BundleEntry{Name: fmt.Sprintf("pass-%02d.pkpass", i), Data: pass})
	}
	bundle, err := pkpass.Bundle(entries[:10])
	if err != nil {
		t.Fatal(err)
	}
	inside := unzip(t, bundle)
	if len(inside) != 10 {
		t.Fatalf("%d entries, want 10", len(inside))
	}
	for i, e := range inside {
		if e.name != entries[i].Name || !bytes.Equal(e.data, pass) {
			t.Errorf("entry %d is %s with %d bytes", i, e.name, len(e.data))
		}
	}
	wantBundle(t, entries, "BUN-2")
}

func TestBundleIsRefused(t *testing.T) {
	pass := mustPackage(t, smallSource())
	unsigned := rezip(t, []entry{{"pass.json", passOf(nil)}, {"icon.png", nil}})
	large := make([]byte, 80<<20)
	tests := []struct {
		name    string
		entries []pkpass.BundleEntry
		rules   []string
	}{
		{"none", nil, []string{"BUN-2"}},
		{"same name", []pkpass.BundleEntry{{"a.pkpass", pass}, {"a.pkpass", pass}}, []string{"BUN-3"}},
		{"in a folder", []pkpass.BundleEntry{{"x/a.pkpass", pass}}, []string{"BUN-3"}},
		{"other extension", []pkpass.BundleEntry{{"a.zip", pass}}, []string{"BUN-3"}},
		{"traversal", []pkpass.BundleEntry{{"../a.pkpass", pass}}, []string{"BUN-3"}},
		{"no pass", []pkpass.BundleEntry{{"a.pkpass", []byte("text")}}, []string{"BUN-1"}},
		{"unsigned", []pkpass.BundleEntry{{"a.pkpass", unsigned}}, []string{"BUN-1"}},
		{"too large", []pkpass.BundleEntry{{"a.pkpass", large}, {"b.pkpass", large}}, []string{"BUN-1", "BUN-2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantBundle(t, test.entries, test.rules...) })
	}
}

func wantBundle(t *testing.T, entries []pkpass.BundleEntry, rules ...string) {
	t.Helper()
	_, err := pkpass.Bundle(entries)
	var findings wallet.Findings
	if !errors.As(err, &findings) {
		t.Fatalf("Bundle = %v, want findings", err)
	}
	wantRules(t, findings, rules...)
}

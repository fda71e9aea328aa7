package passjson

import (
	"slices"
	"strings"
	"testing"
)

// Apple's keys of another year are a change of pass-keys.json alone.
func TestNewKeyIsData(t *testing.T) {
	const key = `"keys": [{"name": "hologram", "type": "array<color>", "maxItems": 1, "styles": ["coupon"], "requires": ["voided"]},`
	next, err := parseTable([]byte(strings.Replace(string(passKeysJSON), `"keys": [`, key, 1)))
	if err != nil {
		t.Fatal(err)
	}
	c := &checker{table: next, pass: map[string]any{"hologram": []any{"#fff", "white"}, "storeCard": map[string]any{}}}
	c.object(nil, next.pass, c.pass)
	c.styleRules()
	var got []string
	for _, f := range c.findings.all() {
		if strings.HasPrefix(f.Path, "pass.json#/hologram") {
			got = append(got, string(f.Severity)+" "+f.Rule+" "+f.Path)
		}
	}
	want := []string{"error R11 pass.json#/hologram", "error KEY-FORMAT pass.json#/hologram/1", "error KEY-REQUIRES pass.json#/hologram",
		"warning KEY-STYLE pass.json#/hologram"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestParseTableRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"text":          `x`,
		"no pass":       `{"objects": {}}`,
		"unknown type":  `{"objects": {"Pass": {"keys": [{"name": "a", "type": "array<colour>"}]}}}`,
		"bad pattern":   `{"objects": {"Pass": {"keys": [{"name": "a", "type": "string", "pattern": "("}]}}}`,
		"unknown style": `{"objects": {"Pass": {"keys": [{"name": "a", "type": "object", "required": "one-of-style"}]}}}`,
	} {
		if _, err := parseTable([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

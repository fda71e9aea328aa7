package template_test

import (
	"encoding/json"
	"maps"
	"os"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// every returns a pass with each key of Apple's table, all objects included, and one that nobody knows in each of them.
func every(t *testing.T) map[string]any {
	t.Helper()
	var table struct {
		Objects map[string]struct {
			Keys []struct{ Name string }
		}
	}
	text, err := os.ReadFile("../passjson/pass-keys.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	pass := map[string]any{"description": "Everything"}
	keys := 0
	for name, object := range table.Objects {
		members := map[string]any{"keyOfNextYear": "kept"}
		for _, key := range object.Keys {
			members[key.Name] = "kept"
			keys++
		}
		if name == "Pass" {
			maps.Copy(pass, members)
			continue
		}
		pass["object"+name] = []any{members}
	}
	if keys < 250 {
		t.Fatalf("only %d keys found", keys)
	}
	for _, key := range wallet.ServerOwned {
		delete(pass, key)
	}
	for _, key := range []string{"barcode", "barcodes", "voided"} { // which the server completes
		delete(pass, key)
	}
	return pass
}

// No key is lost between template and package, known or not: Apple adds keys every year.
func TestNoKeyIsLost(t *testing.T) {
	pass := every(t)
	text, err := json.Marshal(pass)
	if err != nil {
		t.Fatal(err)
	}
	rendering, findings := passTemplate(t, string(text)).Render(wallet.Document{}, server)
	if len(findings) != 0 {
		t.Fatal(findings)
	}
	file, ok := rendering.Source.File("pass.json")
	if !ok {
		t.Fatal("no pass.json")
	}
	var got map[string]any
	if err := json.Unmarshal(file.Data(), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range wallet.ServerOwned {
		delete(got, key)
	}
	want, _ := json.Marshal(pass)
	if text, _ := json.Marshal(got); string(text) != string(want) {
		t.Errorf("the package has\n%s\nof\n%s", text, want)
	}
}

package passjson_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
)

// Passes as businesses have them, with as much in them as a style takes, have nothing wrong: no error, for a phone takes them,
// and no warning that would teach people to pass over warnings.
func TestRealPassesAreRight(t *testing.T) {
	names, err := filepath.Glob("testdata/passes/*.json")
	if err != nil {
		t.Fatal(err)
	}
	styles := make(map[string]bool)
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".json"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			pass := decode(t, string(text))
			for _, finding := range passjson.Validate(pass, passjson.Options{}) {
				t.Error(finding)
			}
			for key := range pass {
				styles[key] = true
			}
		})
	}
	for _, k := range readTable(t)["Pass"] {
		if k.Required == "one-of-style" && !styles[k.Name] {
			t.Errorf("no pass has the style %s", k.Name)
		}
	}
}

package prepare_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"strings"
	"testing"
	"testing/fstest"

	"walletpasses.example/server/shared/tools/pkpass/prepare"
)

func folder(t *testing.T, pass string) fstest.MapFS {
	t.Helper()
	var icon bytes.Buffer
	if err := png.Encode(&icon, image.NewGray(image.Rect(0, 0, 38, 38))); err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"pass.json": {Data: []byte(pass)}, "icon.png": {Data: icon.Bytes()}}
}

// The keys that belong to a server may stand in the folder's pass.json, with placeholders, and come out where they were.
func TestFromFolder(t *testing.T) {
	const pass = `{"serialNumber": "card-{{n}}", "teamIdentifier": %s, "description": "Card {{n}}", "webServiceURL": "https://example.com"}`
	for _, name := range []string{"Card.pass", "Card.pkpasstemplate", "card"} {
		t.Run(name, func(t *testing.T) {
			p, findings, err := prepare.FromFolder(folder(t, strings.ReplaceAll(pass, "%s", `"TEAMID1234"`)), name, prepare.Request{
				PassTypeIdentifier: "pass.com.example.a", Data: map[string]any{"n": int64(7)},
			})
			if err != nil || findings != nil {
				t.Fatal(err, findings)
			}
			source, err := p.Source("OTHERTEAM1")
			if err != nil {
				t.Fatal(err)
			}
			file, _ := source.File("pass.json")
			var got map[string]any
			if err := json.Unmarshal(file.Data(), &got); err != nil {
				t.Fatal(err)
			}
			for key, want := range map[string]any{
				"serialNumber": "card-7", "description": "Card 7", "passTypeIdentifier": "pass.com.example.a", "teamIdentifier": "TEAMID1234",
				"webServiceURL": "https://example.com", "formatVersion": 1.0,
			} {
				if got[key] != want {
					t.Errorf("%s is %v, want %v", key, got[key], want)
				}
			}
			if len(got) != 6 || len(source) != 2 {
				t.Errorf("pass.json has %v, the source %d files", got, len(source))
			}
		})
	}
}

func TestFindingsNameFilesOfTheFolder(t *testing.T) {
	for name, test := range map[string]struct{ pass, rule, path string }{
		"broken":           {"{,}", "REJ-3", "pass.json"},
		"a key twice":      {`{"description": "a", "description": "b"}`, "JSON-DUPLICATE", "pass.json#/description"},
		"no value":         {`{"description": "{{n}}"}`, "TPL-MISSING", "/data/n"},
		"no value for own": {`{"serialNumber": "{{n}}"}`, "TPL-MISSING", "/data/n"},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings, err := prepare.FromFolder(folder(t, test.pass), "Card.pass", prepare.Request{})
			if err != nil || len(findings) != 1 || findings[0].Rule != test.rule || findings[0].Path != test.path {
				t.Errorf("error %v, findings %v, want %s at %s", err, findings, test.rule, test.path)
			}
		})
	}
}

package template_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

var server = template.Server{
	PassTypeIdentifier:  "pass.com.example.loyalty",
	TeamIdentifier:      "TEAMID1234",
	SerialNumber:        "A-10442",
	AuthenticationToken: wallet.NewAuthenticationToken("1.not-a-real-token-but-long-enough"),
	WebServiceURL:       "https://passes.example.com",
}

// absent is the content of a file that folder leaves out.
const absent = "absent"

// folder returns a file system with one template, "card", that loads unless the changes prevent it.
func folder(t testing.TB, changes map[string]string) fstest.MapFS {
	t.Helper()
	files := map[string]string{
		"pass.json":             `{"description":"Card of {{name}}","generic":{"primaryFields":[{"key":"n","value":"{{count}}"}]}}`,
		"icon.png":              pngFile(t, 38, 38),
		"icon@2x.png":           pngFile(t, 76, 76),
		"en.lproj/pass.strings": `"Member" = "Member";`,
		"de.lproj/pass.strings": `"Member" = "Mitglied";`,
	}
	maps.Copy(files, changes)
	fsys := make(fstest.MapFS)
	for name, content := range files {
		if content == absent {
			continue
		}
		fsys["card.pass/"+name] = &fstest.MapFile{Data: []byte(content)}
	}
	return fsys
}

func pngFile(t testing.TB, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black})); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func load(t testing.TB, fsys fs.FS) *template.Template {
	t.Helper()
	tmpl, err := template.Load(fsys, "card")
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return tmpl
}

// passTemplate loads a template with this pass.json.
func passTemplate(t testing.TB, passJSON string) *template.Template {
	t.Helper()
	return load(t, folder(t, map[string]string{"pass.json": passJSON}))
}

// brief writes findings as "severity rule path".
func brief(findings wallet.Findings) []string {
	var list []string
	for _, f := range findings {
		list = append(list, string(f.Severity)+" "+f.Rule+" "+f.Path)
	}
	return list
}

func wantFindings(t *testing.T, got wallet.Findings, want ...string) {
	t.Helper()
	if !slices.Equal(brief(got), want) {
		t.Errorf("findings:\n%v\nwant %q", got, want)
	}
	for _, f := range got {
		if f.Message == "" {
			t.Errorf("%s has no message", f.Rule)
		}
	}
}

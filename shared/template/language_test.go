package template_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

func TestLOC2Tables(t *testing.T) {
	for _, tc := range []struct{ name, table, wantError string }{
		{"empty", "", ""},
		{"comments", "/* a\n\"b\" */ // c\n\"Member\" = \"x\" ; // \"end\"", ""},
		{"escapes", `"Member"="a \"b\" \\";"c\nd"="e";`, ""},
		{"line break in text", "\"Member\" = \"a\nb\";", ""},
		{"utf-8", `"Member" = "Prämie ✓";`, ""},
		{"no semicolon", `"Member" = "x"`, "ends within an entry"},
		{"no quotes", "\n\nMember = \"x\";", "line 3"},
		{"no equals sign", `"Member" "x";`, "found \"x\""},
		{"open quote", `"Member" = "x;`, "line 1"},
		{"open comment", `/* "Member" = "x";`, "line 1"},
		{"key twice", "\"Member\" = \"x\";\n\"Member\" = \"y\";", "line 2: the key \"Member\" appears twice"},
		{"smart quotes", `“Member” = “x”;`, "line 1"},
		{"LOC-4 latin-1", "\"Member\" = \"Pr\xe4mie\";", "neither UTF-8 nor UTF-16"},
		{"LOC-4 byte order mark", "\ufeff\"Member\" = \"x\";", "byte order mark"},
		{"LOC-4 utf-16 little-endian", utf16Text(`"Member" = "Prämie";`, 0, 1), ""},
		{"LOC-4 utf-16 big-endian", utf16Text(`"Member" = "Prämie";`, 1, 0), ""},
		{"LOC-4 utf-16 cut off", utf16Text(`"Member" = "x";`, 0, 1) + "x", "cut off"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fsys := folder(t, map[string]string{"de.lproj/pass.strings": tc.table, "en.lproj/pass.strings": absent})
			_, err := template.Load(fsys, "card")
			if tc.wantError == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			findings, _ := errors.AsType[wallet.Findings](err)
			wantFindings(t, findings, "error LOC-2 card.pass/de.lproj/pass.strings")
			if err != nil && !strings.Contains(err.Error(), tc.wantError) {
				t.Errorf("message %q does not contain %q", err, tc.wantError)
			}
		})
	}
}

// utf16Text encodes text with a byte order mark; low and high are where a unit's bytes go.
func utf16Text(text string, low, high int) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		var pair [2]byte
		pair[low], pair[high] = byte(unit), byte(unit>>8)
		b.Write(pair[:])
	}
	return b.String()
}

func TestLanguageFolders(t *testing.T) {
	image := pngFile(t, 10, 10)
	for _, tc := range []struct {
		name    string
		changes map[string]string
		want    []string
	}{
		{"LOC-5 keys differ", map[string]string{
			"de.lproj/pass.strings": `"Member" = "x"; "Points" = "x";`, "en.lproj/pass.strings": `"Member" = "x"; "Stamps" = "x";`,
		}, []string{"error LOC-5 card.pass/de.lproj/pass.strings", "error LOC-5 card.pass/en.lproj/pass.strings"}},
		{"LOC-6 scale missing", map[string]string{
			"de.lproj/logo.png": image, "de.lproj/logo@2x.png": image, "en.lproj/logo.png": image,
		}, []string{"error LOC-6 card.pass/en.lproj/logo@2x.png"}},
		{"LOC-6 language missing", map[string]string{"de.lproj/logo.png": image}, []string{"error LOC-6 card.pass/en.lproj/logo.png"}},
		{"LOC-7 also at the root, at another scale", map[string]string{
			"de.lproj/logo.png": image, "en.lproj/logo.png": image, "logo@3x.png": image,
		}, []string{"error LOC-7 card.pass/logo@3x.png"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := template.Load(folder(t, tc.changes), "card")
			findings, _ := errors.AsType[wallet.Findings](err)
			wantFindings(t, findings, tc.want...)
		})
	}
}

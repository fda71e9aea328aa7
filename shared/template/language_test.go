package template_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// TestREJ16_TablesAreReadWhenLoaded holds that a table which a phone could not read is found, where it is and in which line.
func TestREJ16_TablesAreReadWhenLoaded(t *testing.T) {
	_, err := template.Load(folder(t, map[string]string{"de.lproj/pass.strings": "\n\"Member\" = \"x\""}), "card")
	findings, _ := errors.AsType[wallet.Findings](err)
	wantFindings(t, findings, "error LOC-2 card.pass/de.lproj/pass.strings")
	_, err = template.Load(folder(t, map[string]string{"de.lproj/pass.strings": "\nMember;"}), "card")
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("%v does not name the line", err)
	}
}

// TestLOC4_TablesAreWrittenInUTF8 holds that a table in another encoding reaches the package in UTF-8.
func TestLOC4_TablesAreWrittenInUTF8(t *testing.T) {
	const table = "\"Member\" = \"Prämie\";"
	var littleEndian []byte
	for _, unit := range utf16.Encode([]rune(table)) {
		littleEndian = binary.LittleEndian.AppendUint16(littleEndian, unit)
	}
	tmpl := load(t, folder(t, map[string]string{"pass.json": `{}`, "de.lproj/pass.strings": string(littleEndian), "en.lproj/pass.strings": "\ufeff" + table}))
	rendering, _ := tmpl.Render(wallet.Document{}, server)
	for _, language := range []string{"de", "en"} {
		if got := file(t, rendering.Source, language+".lproj/pass.strings"); got != table {
			t.Errorf("%s: %q, want %q", language, got, table)
		}
	}
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
		{"LOC-1 one language twice", map[string]string{"en-GB.lproj/pass.strings": `"Member" = "x";`, "en_gb.lproj/pass.strings": `"Member" = "x";`},
			[]string{"error LOC-1 card.pass/en_gb.lproj/pass.strings"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := template.Load(folder(t, tc.changes), "card")
			findings, _ := errors.AsType[wallet.Findings](err)
			wantFindings(t, findings, tc.want...)
		})
	}
}

// Placeholders in a table would be shown as they are, and a key with one would never be looked up.
func TestTablesHaveNoPlaceholders(t *testing.T) {
	for _, table := range []string{`"Member" = "{{name}}";`, `"Member" = "a"; "Hello {{ name }}" = "b";`} {
		_, err := template.Load(folder(t, map[string]string{"de.lproj/pass.strings": table, "en.lproj/pass.strings": absent}), "card")
		findings, _ := errors.AsType[wallet.Findings](err)
		wantFindings(t, findings, "error TPL-PLACEHOLDER card.pass/de.lproj/pass.strings")
	}
	load(t, folder(t, map[string]string{"de.lproj/pass.strings": `"Member" = "{{"; "a}}" = "{a} %@";`, "en.lproj/pass.strings": absent}))
}

func TestLOC5_NamesSomeOfManyKeys(t *testing.T) {
	var table strings.Builder
	for i := range 8 {
		fmt.Fprintf(&table, "\"key %d\" = \"x\";", i)
	}
	_, err := template.Load(folder(t, map[string]string{"de.lproj/pass.strings": `"Member" = "x";` + table.String()}), "card")
	findings, _ := errors.AsType[wallet.Findings](err)
	wantFindings(t, findings, "error LOC-5 card.pass/en.lproj/pass.strings")
	if err == nil || !strings.Contains(err.Error(), "lacks 8 texts") || !strings.Contains(err.Error(), `"key 0"`) || strings.Contains(err.Error(), `"key 7"`) {
		t.Errorf("%v, want the number of keys and some of them", err)
	}
}

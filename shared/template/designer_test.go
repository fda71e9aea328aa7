package template_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// designed is a folder as Pass Designer saves it.
func designed(t testing.TB, changes map[string]string) fstest.MapFS {
	t.Helper()
	fsys := folder(t, map[string]string{
		"pass.json": `{"formatVersion":1,"passTypeIdentifier":"pass.com.designer","teamIdentifier":"DESIGN1234","serialNumber":"1",
			"description":"Club card","organizationName":"Club","logoText":"{{programName}}",
			"generic":{"primaryFields":[{"_id":"7B0C5E7A","key":"NAME","label":"Member","value":"Ada Example"}],
				"secondaryFields":[{"_id":"7B0C5E7B","key":"VISITS","label":"Visits","value":12}],
				"backFields":[{"key":"program","value":"{{programName}}"}]},
			"semantics":{"seats":[{"_id":"7B0C5E7C","seatRow":"1"}]},"userInfo":{"list":[{"_id":"ours"}]}}`,
		"tooling.json": `{"designerVersion":"1.0","automaticallyGenerateCompatiblePass":false}`,
	})
	for name, content := range changes {
		fsys["card.pass/"+name] = &fstest.MapFile{Data: []byte(content)}
	}
	renamed := make(fstest.MapFS)
	for name, f := range fsys {
		renamed[strings.Replace(name, "card.pass", "card.pkpasstemplate", 1)] = f
	}
	return renamed
}

func TestDesignedTemplate(t *testing.T) {
	tmpl := load(t, designed(t, nil))
	wantFindings(t, tmpl.Warnings(), "warning TPL-IMPORT card.pkpasstemplate/pass.json#/passTypeIdentifier",
		"warning TPL-IMPORT card.pkpasstemplate/pass.json#/teamIdentifier", "warning TPL-IMPORT card.pkpasstemplate/pass.json#/serialNumber")
	if got := tmpl.Placeholders(); !slices.Equal(got, []string{"programName"}) {
		t.Errorf("needs %q", got)
	}
	if got := tmpl.Fields(); !slices.Equal(got, []string{"NAME", "VISITS"}) {
		t.Errorf("takes %q", got)
	}
	rendering, findings := tmpl.Render(wallet.Document{Data: map[string]any{"programName": "Club", "NAME": by("en", "Zoë", "de", "Zoé")}}, server)
	if findings != nil {
		t.Fatal(findings)
	}
	generic := rendering.Pass["generic"].(map[string]any)
	value := func(group string) any { return generic[group].([]any)[0].(map[string]any)["value"] }
	wantShown(t, rendering.Source, "de", value("primaryFields"), "Zoé")
	if value("secondaryFields") != int64(12) || value("backFields") != "Club" {
		t.Errorf("a field without data has %v, one with a placeholder %v", value("secondaryFields"), value("backFields"))
	}
	passJSON := file(t, rendering.Source, "pass.json")
	if rendering.Pass["serialNumber"] != server.SerialNumber || strings.Contains(passJSON, "7B0C5E") || strings.Contains(passJSON, "DESIGN1234") {
		t.Errorf("what is the editor's or the server's stayed: %s", passJSON)
	}
	if !strings.Contains(passJSON, `"_id":"ours"`) {
		t.Errorf("userInfo is not as the business has it: %s", passJSON)
	}
	for _, f := range rendering.Source {
		if f.Name() == "tooling.json" {
			t.Error("tooling.json is in the package")
		}
	}
	_, findings = tmpl.Render(wallet.Document{Data: map[string]any{"programName": "Club", "VISITS": []any{}, "NAMES": "x", "NAME": nil}}, server)
	wantFindings(t, findings, "error TPL-TYPE /data/VISITS", "warning TPL-UNUSED /data/NAMES")
}

func TestDesignedTemplateLeavesOut(t *testing.T) {
	tmpl := load(t, designed(t, map[string]string{
		"tooling.json": `{"automaticallyGenerateCompatiblePass":true}`, "logo@2x.pdf": "%PDF", "manifest.json": "{}", "notes/a.txt": "x",
	}))
	var left wallet.Findings
	for _, f := range tmpl.Warnings() {
		if !strings.Contains(f.Path, "#") {
			left = append(left, f)
		}
	}
	wantFindings(t, left, "warning TPL-IMPORT card.pkpasstemplate/logo@2x.pdf", "warning TPL-IMPORT card.pkpasstemplate/manifest.json",
		"warning TPL-IMPORT card.pkpasstemplate/notes", "warning TPL-IMPORT card.pkpasstemplate/tooling.json")
	if tmpl := load(t, designed(t, map[string]string{"tooling.json": "{"})); !strings.Contains(tmpl.Warnings().Error(), "cannot be read") {
		t.Errorf("tooling.json that cannot be read: %v", tmpl.Warnings())
	}
}

// What is broken rather than out of place is refused as in any template.
func TestDesignedTemplateRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		fsys fs.FS
		want string
	}{
		"REJ-3":           {designed(t, map[string]string{"pass.json": "{"}), "error REJ-3 card.pkpasstemplate/pass.json"},
		"TPL-PNG":         {designed(t, map[string]string{"icon.png": "%PDF"}), "error TPL-PNG card.pkpasstemplate/icon.png"},
		"PKG-5":           {fstest.MapFS{"card.pkpasstemplate/pass.json": {Mode: fs.ModeSymlink}}, "error PKG-5 card.pkpasstemplate/pass.json"},
		"TPL-PLACEHOLDER": {designed(t, map[string]string{"pass.json": `{"a":"{{"}`}), "error TPL-PLACEHOLDER card.pkpasstemplate/pass.json#/a"},
	} {
		_, err := template.Load(tc.fsys, "card")
		findings, _ := errors.AsType[wallet.Findings](err)
		if got := brief(findings); !slices.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %s", name, got, tc.want)
		}
	}
}

func TestTwoFoldersOfOneName(t *testing.T) {
	both := folder(t, nil)
	for name, f := range designed(t, nil) {
		both[name] = f
	}
	_, err := template.LoadAll(both)
	findings, _ := errors.AsType[wallet.Findings](err)
	wantFindings(t, findings, "error TPL-NAME card.pkpasstemplate")
	all, err := template.LoadAll(designed(t, nil))
	if err != nil || all["card"] == nil {
		t.Errorf("LoadAll has %v (%v), want card", all, err)
	}
}

package document_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

const form = `{"description":"Join the Bean Club","requiredPersonalizationFields":["PKPassPersonalizationFieldName","PKPassPersonalizationFieldEmailAddress"],"termsAndConditions":"Be kind."}`

// withForm is a source with a sign-up form; its other files have names that are nearly those of the form.
func withForm(text string) pkpass.Source {
	source := pkpass.Source{pkpass.NewFile("personalization.json", []byte(text))}
	for _, name := range []string{
		"personalizationLogo.png", "personalizationLogo@2x.png", "de.lproj/personalizationLogo@3x.png",
		"pass.json", "icon@2x.png", "logo.png", "de.lproj/pass.strings", "de.lproj/personalization.json",
	} {
		source = append(source, pkpass.NewFile(name, []byte(name)))
	}
	return source
}

func names(source pkpass.Source) []string {
	var list []string
	for _, file := range source {
		list = append(list, file.Name())
	}
	return list
}

// P-60: no file of the form is left, and every other file is.
func TestTheFormIsLeftOut(t *testing.T) {
	whole := withForm(form)
	want := []string{"pass.json", "icon@2x.png", "logo.png", "de.lproj/pass.strings", "de.lproj/personalization.json"}
	if source := document.WithoutPersonalization(whole); !slices.Equal(names(source), want) {
		t.Errorf("%q; want %q", names(source), want)
	}
	if whole[0].Name() != "personalization.json" || len(whole) != 9 {
		t.Error("the source that was given has changed")
	}
}

var filledIn = of.Personalize(time.Unix(1, 0), "digest")

// reward renders a pass whose template has a form.
func reward(t *testing.T, form string, pkg wallet.CurrentPackage) (document.Rendered, wallet.Findings) {
	t.Helper()
	return rewardWith(t, form, map[string]any{"template": "reward"}, pkg)
}

func rewardWith(t *testing.T, form string, fields map[string]any, pkg wallet.CurrentPackage) (document.Rendered, wallet.Findings) {
	t.Helper()
	icon, err := os.ReadFile("../template/starters/simple.pass/icon@2x.png")
	check(t, err)
	templates, err := template.LoadAll(fstest.MapFS{
		"reward.pass/pass.json": {Data: []byte(`{"organizationName":"Corner Roastery","description":"Reward card",
			"storeCard":{"headerFields":[{"key":"points","label":"Points","value":"0"}]}}`)},
		"reward.pass/personalization.json": {Data: []byte(form)}, "reward.pass/icon@2x.png": {Data: icon},
	})
	check(t, err)
	r := renderer(t)
	r.Templates = templates
	rendered, findings, err := r.Render(t.Context(), fields, pkg)
	check(t, err)
	return rendered, findings
}

// P-60: the form is in the pass until it has been filled in, or the pass is void; and the record will say what it asks for.
func TestWhenTheFormIsOffered(t *testing.T) {
	both := []string{"PKPassPersonalizationFieldName", "PKPassPersonalizationFieldEmailAddress"}
	for name, c := range map[string]struct {
		fields map[string]any
		pkg    wallet.CurrentPackage
		asks   []string
	}{
		"before":          {nil, of, both},
		"filled in":       {nil, filledIn, nil},
		"void":            {map[string]any{"voided": true}, of, nil},
		"void by a patch": {map[string]any{"pass": map[string]any{"voided": true}}, of, nil},
		"not void":        {map[string]any{"voided": false}, of, both},
	} {
		fields := map[string]any{"template": "reward"}
		maps.Copy(fields, c.fields)
		rendered, findings := rewardWith(t, form, fields, c.pkg)
		check(t, findings.Err())
		if !slices.Equal(rendered.RequiredPersonalizationFields, c.asks) || slices.Contains(names(rendered.Source), "personalization.json") != (c.asks != nil) {
			t.Errorf("%s: it asks for %q, in %q", name, rendered.RequiredPersonalizationFields, names(rendered.Source))
		}
	}
	twice := `{"description":"a","requiredPersonalizationFields":["PKPassPersonalizationFieldName","PKPassPersonalizationFieldName"]}`
	if rendered, findings := reward(t, twice, of); findings.Err() == nil && !slices.Equal(rendered.RequiredPersonalizationFields, both[:1]) {
		t.Errorf("named twice: it asks for %q", rendered.RequiredPersonalizationFields)
	}
}

func TestAFormIsChecked(t *testing.T) {
	const at, fields = "personalization.json", "personalization.json#/requiredPersonalizationFields"
	for name, c := range map[string]struct{ form, want string }{
		"as it should be":   {form, ""},
		"no description":    {`{"requiredPersonalizationFields":["PKPassPersonalizationFieldName"]}`, "REJ-4 " + at + "#/description"},
		"no fields":         {`{"description":"a"}`, "REJ-4 " + fields},
		"an empty list":     {`{"description":"a","requiredPersonalizationFields":[]}`, "PERSONALIZATION " + fields},
		"a field of nobody": {`{"description":"a","requiredPersonalizationFields":["PKPassPersonalizationFieldShoeSize"]}`, "KEY-ENUM " + fields + "/0"},
		"each field":        {`{"description":"a","requiredPersonalizationFields":["` + strings.Join(wallet.PersonalizationFields(), `","`) + `"]}`, ""},
	} {
		rendered, findings := reward(t, c.form, of)
		if got := found(findings); got != c.want {
			t.Errorf("%s: found\n%s\nwant\n%s", name, got, c.want)
		}
		if c.want == "" && (rendered.RequiredPersonalizationFields == nil || !slices.Contains(names(rendered.Source), at)) {
			t.Errorf("%s: %+v", name, rendered)
		}
		if _, findings := reward(t, c.form, filledIn); findings.Err() != nil {
			t.Errorf("%s: found in a form that is not in the pass any more: %v", name, findings)
		}
	}
	if _, findings := reward(t, form, of); !slices.ContainsFunc(findings, func(f wallet.Finding) bool { return strings.Contains(f.Message, "nfc") }) {
		t.Errorf("nothing says that the form needs NFC: %v", findings)
	}
}

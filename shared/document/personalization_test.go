package document_test

import (
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

// P-60: the form is in the pass until it has been filled in, and not a file of it from then on.
func TestTheFormGoesWhenItHasBeenFilledIn(t *testing.T) {
	whole := withForm(form)
	source, fields := document.OfferPersonalization(whole, of)
	if !slices.Equal(names(source), names(whole)) {
		t.Errorf("before: %q", names(source))
	}
	if want := []string{"PKPassPersonalizationFieldName", "PKPassPersonalizationFieldEmailAddress"}; !slices.Equal(fields, want) {
		t.Errorf("it asks for %q, want %q", fields, want)
	}
	source, fields = document.OfferPersonalization(whole, filledIn)
	if want := []string{"pass.json", "icon@2x.png", "logo.png", "de.lproj/pass.strings", "de.lproj/personalization.json"}; !slices.Equal(names(source), want) || fields != nil {
		t.Errorf("after: %q, %q; want %q", names(source), fields, want)
	}
	if whole[0].Name() != "personalization.json" || len(whole) != 9 {
		t.Error("the source that was given has changed")
	}
	source, fields = document.OfferPersonalization(whole[3:], of)
	if len(source) != len(whole)-3 || fields != nil {
		t.Errorf("without a form: %q, %q", names(source), fields)
	}
	text := `{"requiredPersonalizationFields":["PKPassPersonalizationFieldName","PKPassPersonalizationFieldName","PKPassPersonalizationFieldShoeSize",5]}`
	if _, fields := document.OfferPersonalization(withForm(text), of); !slices.Equal(fields, []string{"PKPassPersonalizationFieldName"}) {
		t.Errorf("of the fields of %s it asks for %q", text, fields)
	}
}

var filledIn = of.Personalize(time.Unix(1, 0), "digest")

// reward renders a pass whose template has a form.
func reward(t *testing.T, form string, pkg wallet.CurrentPackage) (document.Rendered, wallet.Findings) {
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
	rendered, findings, err := r.Render(t.Context(), map[string]any{"template": "reward"}, pkg)
	check(t, err)
	return rendered, findings
}

func TestAFormIsChecked(t *testing.T) {
	const at, fields = "personalization.json", "personalization.json#/requiredPersonalizationFields"
	for name, c := range map[string]struct{ form, want string }{
		"as it should be":   {form, ""},
		"not JSON":          {`{"description"`, "PERSONALIZATION " + at},
		"not an object":     {`[]`, "PERSONALIZATION " + at},
		"a member twice":    {`{"description":"a","description":"b","requiredPersonalizationFields":["PKPassPersonalizationFieldName"]}`, "JSON-DUPLICATE " + at + "#/description"},
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

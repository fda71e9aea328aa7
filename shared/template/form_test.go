package template_test

import (
	"errors"
	"testing"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

func signUpTemplate(t testing.TB, form string) *template.Template {
	t.Helper()
	return load(t, folder(t, map[string]string{"pass.json": "{}", "personalization.json": form}))
}

func TestPKG3_SignUpFormIsKept(t *testing.T) {
	const form = `{"description":"Sign up","keyOfNextYear":[1],"requiredPersonalizationFields":["PKPassPersonalizationFieldName"]}`
	rendering, findings := signUpTemplate(t, form).Render(wallet.Document{}, server)
	if got := file(t, rendering.Source, "personalization.json"); got != form || findings != nil {
		t.Errorf("personalization.json is %s, %v", got, findings)
	}
}

func TestSignUpFormTakesData(t *testing.T) {
	tmpl := signUpTemplate(t, `{"description":"Join {{club}}","termsAndConditions":"{{terms}}"}`)
	rendering, findings := tmpl.Render(wallet.Document{Data: map[string]any{"club": `the "Club"`, "terms": by("en", "None.", "de", "Keine.")}}, server)
	if findings != nil {
		t.Fatal(findings)
	}
	form := signUpForm(t, rendering.Source)
	if form["description"] != `Join the "Club"` {
		t.Errorf("description is %q", form["description"])
	}
	wantShown(t, rendering.Source, "de", form["termsAndConditions"], "Keine.")
	wantShown(t, rendering.Source, "en", form["termsAndConditions"], "None.")
	rendering, findings = tmpl.Render(wallet.Document{Data: map[string]any{"club": "x"}}, server)
	wantFindings(t, findings, "error TPL-MISSING /data/terms")
	if rendering.Source != nil {
		t.Error("there is a source despite errors")
	}
}

// A translated text's key is in no other file either: the tables hold for all of them.
func TestSignUpFormKeepsItsPlainTexts(t *testing.T) {
	tmpl := load(t, folder(t, map[string]string{"pass.json": `{"logoText":"{{hi}}"}`, "personalization.json": `{"description":"Hello"}`}))
	rendering, _ := tmpl.Render(wallet.Document{Data: map[string]any{"hi": by("en", "Hello", "de", "Hallo")}}, server)
	if text, ok := shown(t, rendering.Source, "de", "Hello"); ok {
		t.Errorf("the form's own Hello is shown as %q", text)
	}
}

func TestSignUpFormRefused(t *testing.T) {
	for form, want := range map[string]string{
		"[":                     "error PERSONALIZATION card.pass/personalization.json",
		"[]":                    "error PERSONALIZATION card.pass/personalization.json",
		`{"a":1,"a":2}`:         "error JSON-DUPLICATE card.pass/personalization.json#/a",
		`{"description":"{{"}`:  "error TPL-PLACEHOLDER card.pass/personalization.json#/description",
		`{"description":"{{-"}`: "error TPL-PLACEHOLDER card.pass/personalization.json#/description",
	} {
		_, err := template.Load(folder(t, map[string]string{"personalization.json": form}), "card")
		findings, _ := errors.AsType[wallet.Findings](err)
		wantFindings(t, findings, want)
	}
}

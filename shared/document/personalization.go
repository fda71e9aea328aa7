package document

import (
	"path"
	"slices"
	"strings"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// personalizationJSON is the sign-up form of a pass; the images called personalizationLogo belong to it.
const personalizationJSON = "personalization.json"

// WithoutPersonalization leaves the sign-up form out of a pass's source: the customer has filled it in, or the pass is void,
// and nobody is to fill it in any more.
//
// https://developer.apple.com/documentation/walletpasses/personalize
func WithoutPersonalization(source pkpass.Source) pkpass.Source {
	return slices.DeleteFunc(slices.Clone(source), ofPersonalization)
}

// form returns the sign-up form in a source; nil when there is none. That it is a JSON object is seen to by package template.
func form(source pkpass.Source) map[string]any {
	file, ok := source.File(personalizationJSON)
	if !ok {
		return nil
	}
	form, _, _ := wallet.DecodeObject(file.Data())
	return form
}

// ofPersonalization reports a file of the sign-up form.
func ofPersonalization(file pkpass.File) bool {
	image, _, _ := strings.Cut(strings.TrimSuffix(path.Base(file.Name()), ".png"), "@")
	return file.Name() == personalizationJSON || image == "personalizationLogo"
}

// requiredFields returns what a form asks for that a device can answer, each once.
func requiredFields(form map[string]any) []string {
	var fields []string
	known := wallet.PersonalizationFields()
	list, _ := form["requiredPersonalizationFields"].([]any)
	for _, element := range list {
		if field, _ := element.(string); slices.Contains(known, field) && !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// checkPersonalization returns everything wrong with a sign-up form, if there is one, and with its place beside pass. A form
// that asks for nothing is an error: nobody could fill it in, so it would never leave the pass.
func checkPersonalization(form, pass map[string]any) wallet.Findings {
	if form == nil {
		return nil
	}
	findings := passjson.ValidatePersonalization(form, pass)
	if findings.Err() == nil && requiredFields(form) == nil {
		findings.Errorf(passjson.PersonalizationRoot+"/requiredPersonalizationFields", "PERSONALIZATION", "ask for one of %s at least",
			strings.Join(wallet.PersonalizationFields(), ", "))
	}
	return findings
}

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

// OfferPersonalization leaves a pass's sign-up form in its source until the customer has signed up, and takes it out from
// then on. It returns what the form that is left asks for; nil when there is none.
//
// https://developer.apple.com/documentation/walletpasses/personalize
func OfferPersonalization(source pkpass.Source, pkg wallet.CurrentPackage) (pkpass.Source, []string) {
	if !pkg.Personalized.IsZero() {
		return slices.DeleteFunc(slices.Clone(source), ofPersonalization), nil
	}
	file, _ := source.File(personalizationJSON)
	form, _, _ := wallet.DecodeObject(file.Data()) // what is wrong with it is found by checkPersonalization
	return source, requiredFields(form)
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

// checkPersonalization returns everything wrong with the sign-up form in a source, if there is one, and with its place beside
// pass. A form that asks for nothing is an error: nobody could fill it in, so it would never leave the pass.
func checkPersonalization(source pkpass.Source, pass map[string]any) wallet.Findings {
	var findings wallet.Findings
	file, ok := source.File(personalizationJSON)
	if !ok {
		return nil
	}
	form, problems, err := wallet.DecodeObject(file.Data())
	if err != nil {
		findings.Errorf(personalizationJSON, "PERSONALIZATION", "%v", err)
		return findings
	}
	for _, p := range problems {
		p.Path = passjson.PersonalizationRoot + p.Path
		findings = append(findings, p)
	}
	findings = append(findings, passjson.ValidatePersonalization(form, pass)...)
	if findings.Err() == nil && requiredFields(form) == nil {
		findings.Errorf(passjson.PersonalizationRoot+"/requiredPersonalizationFields", "PERSONALIZATION", "ask for one of %s at least",
			strings.Join(wallet.PersonalizationFields(), ", "))
	}
	return findings
}

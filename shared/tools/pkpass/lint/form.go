package lint

import (
	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// maxForm bounds the sign-up form of a pass, in bytes: reading it takes many times its size.
const maxForm = 256 << 10

// form looks into the sign-up form of a reward card, where there is one beside pass.
func form(source pkpass.Source, pass map[string]any, findings *wallet.Findings) {
	file, ok := source.File("personalization.json")
	if !ok {
		return
	}
	if size := len(file.Data()); size > maxForm {
		findings.Errorf(file.Name(), "PKG-SIZE", "the file has %d bytes; at most %d", size, maxForm)
		return
	}
	form, problems, err := wallet.DecodeObject(file.Data())
	if err != nil {
		findings.Errorf(file.Name(), "PERSONALIZATION", "%v", err)
		return
	}
	for _, f := range problems {
		f.Path = passjson.PersonalizationRoot + f.Path
		*findings = append(*findings, f)
	}
	*findings = append(*findings, passjson.ValidatePersonalization(form, pass)...)
}

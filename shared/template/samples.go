package template

import (
	"embed"

	"walletpasses.example/server/shared/wallet"
)

//go:embed samples/*.json
var samples embed.FS

// Sample returns a document with all the data that a starter needs, as a business would write it, with the texts that it would
// translate in two languages. It reports false for a name that is none of [Builtin]'s. The caller may change the document.
func Sample(name string) (wallet.Document, bool) {
	text, err := samples.ReadFile("samples/" + name + ".json")
	if err != nil {
		return wallet.Document{}, false
	}
	fields, _, err := wallet.DecodeObject(text)
	if err != nil {
		return wallet.Document{}, false
	}
	document, _ := wallet.ParseDocument(fields)
	return document, true
}

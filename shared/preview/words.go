package preview

import (
	_ "embed"
	"encoding/json"
	"sync"

	"golang.org/x/text/language"
)

//go:embed words.json
var wordsJSON []byte

// words are the texts that Wallet writes itself, by key and language.
var words = sync.OnceValue(func() map[string]map[string]string {
	var table map[string]map[string]string
	if err := json.Unmarshal(wordsJSON, &table); err != nil {
		panic("words.json: " + err.Error()) // the file is compiled in, and every test reads it
	}
	return table
})

// word returns a text of Wallet's own in the viewer's language, or in English.
func (d *drawing) word(key string) string {
	for spoken := language.Make(d.locale.Tag()); !spoken.IsRoot(); spoken = spoken.Parent() {
		if text, ok := words()[key][spoken.String()]; ok {
			return text
		}
	}
	return words()[key]["en"]
}

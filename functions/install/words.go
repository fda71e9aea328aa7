package install

import (
	"encoding/json"
	"maps"
	"slices"

	"golang.org/x/text/language"

	_ "embed"
)

// words is what the pages say in one language.
type words struct {
	Badge   [3]string `json:"badge"` // small, large, small
	Summary string    `json:"summary"`
	Several string    `json:"several"` // with %d for how many passes there are
	Expired string    `json:"expired"`
	Voided  string    `json:"voided"`
	Camera  string    `json:"camera"`
	Code    string    `json:"code"`
	Details string    `json:"details"`
	InApp   string    `json:"inApp"`
	Android string    `json:"android"`
	Invalid string    `json:"invalid"`
	Making  string    `json:"making"`
	Again   string    `json:"again"`
	Nothing string    `json:"nothing"`
	Failed  string    `json:"failed"`
}

//go:embed words.json
var wordsText []byte

var (
	phrasebook = readPhrasebook() // by language, BCP 47
	languages  = languagesOf(phrasebook)
	matcher    = language.NewMatcher(parse(languages))
)

func readPhrasebook() map[string]words {
	var book map[string]words
	if err := json.Unmarshal(wordsText, &book); err != nil {
		panic(err) // it is part of the program
	}
	return book
}

// languagesOf begins with English, which is for everybody whose own language is not among them.
func languagesOf(book map[string]words) []string {
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(book)), func(tag string) bool { return tag == "en" })
	return append([]string{"en"}, others...)
}

func parse(names []string) []language.Tag {
	tags := make([]language.Tag, len(names))
	for i, name := range names {
		tags[i] = language.MustParse(name)
	}
	return tags
}

// wordsFor returns the words in the language that an Accept-Language header likes best, and that language.
func wordsFor(acceptLanguage string) (words, string) {
	_, best := language.MatchStrings(matcher, acceptLanguage)
	return phrasebook[languages[best]], languages[best]
}

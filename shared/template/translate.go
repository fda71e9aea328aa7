package template

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// maxLanguages bounds the languages of one pass: each becomes a folder.
const maxLanguages = 50

// translations is a text in several languages: a value of the document's data, or longer text of the pass with such a
// value in it.
type translations struct {
	names []string          // of the data it is made of
	texts map[string]string // by language
}

var languageName = regexp.MustCompile(`^` + languagePattern + `$`)

// readTranslations reads a value such as {"en": "Hello", "de": "Hallo"}. The fault is "" for one that can be read.
func readTranslations(name string, value map[string]any) (t translations, fault string) {
	t = translations{names: []string{name}, texts: make(map[string]string, len(value))}
	for _, key := range slices.Sorted(maps.Keys(value)) {
		language := canonicalLanguage(key)
		text, ok := value[key].(string)
		switch _, twice := t.texts[language]; {
		case !languageName.MatchString(key):
			return t, fmt.Sprintf("%.40q is no language, such as de or pt-BR", key)
		case !ok:
			return t, fmt.Sprintf("%s has %s instead of text", key, wallet.JSONType(value[key]))
		case twice:
			return t, fmt.Sprintf("%s is there in two spellings", language)
		}
		t.texts[language] = text
	}
	if len(t.texts) == 0 {
		return t, "this map is empty"
	}
	return t, ""
}

// completeTranslations gives every value with translations a text in every language of the pass: those of the template
// and of all such values. It returns the languages, first the one whose texts stand in for missing ones; nil when no
// value has translations.
func (t *Template) completeTranslations(values map[string]any, findings *wallet.Findings) []string {
	var localized []translations
	for _, value := range values {
		if texts, ok := value.(translations); ok {
			localized = append(localized, texts)
		}
	}
	if localized == nil {
		return nil
	}
	slices.SortFunc(localized, func(a, b translations) int { return strings.Compare(a.names[0], b.names[0]) })
	languages := t.languagesWith(localized)
	if len(languages) > maxLanguages {
		findings.Errorf("/data", "TPL-LANGUAGE", "the pass has texts in %d languages; at most %d", len(languages), maxLanguages)
		languages = languages[:maxLanguages]
	}
	for _, texts := range localized {
		if missing := texts.complete(languages); missing != nil {
			findings.Warnf(wallet.PointerTo("/data", texts.names[0]), "TPL-LANGUAGE", "has no text for %s, where another language stands in; add it",
				strings.Join(missing, ", "))
		}
	}
	return languages
}

// languagesWith returns the languages of the template and of the values, the default first and the others sorted.
func (t *Template) languagesWith(localized []translations) []string {
	languages := slices.Clone(t.languages)
	for _, texts := range localized {
		languages = slices.AppendSeq(languages, maps.Keys(texts.texts))
	}
	slices.Sort(languages)
	languages = slices.Compact(languages)
	if i := slices.Index(languages, t.defaultLanguage()); i > 0 {
		languages = slices.Insert(slices.Delete(languages, i, i+1), 0, t.defaultLanguage())
	}
	return languages
}

// complete adds a text for each language that has none: that of the language without region, which needs no mention, or
// that of the first language. It returns the languages which the latter was done for.
func (t translations) complete(languages []string) (missing []string) {
	given := maps.Clone(t.texts)
	standIn := languages[0]
	if _, ok := given[standIn]; !ok {
		standIn = slices.Min(slices.Collect(maps.Keys(given)))
	}
	for _, language := range languages {
		nearest := nearestLanguage(given, language)
		if nearest == "" {
			missing = append(missing, language)
			nearest = standIn
		}
		t.texts[language] = given[nearest]
	}
	return missing
}

// longest is the length of the longest text, in bytes.
func (t translations) longest() int {
	longest := 0
	for _, text := range t.texts {
		longest = max(longest, len(text))
	}
	return longest
}

// translate fills a text in which at least one value, like, has translations.
func (t text) translate(f *filling, like translations) translations {
	filled := translations{texts: make(map[string]string, len(like.texts))}
	for _, part := range t {
		if value, ok := f.values[part.name].(translations); ok {
			filled.names = append(filled.names, value.names...)
		}
	}
	for language := range like.texts {
		filled.texts[language] = t.write(f, language)
	}
	return filled
}

package template

import (
	"image"
	"maps"
	"path"
	"slices"
	"strings"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// lookedUp are the members of pass.json and personalization.json whose text a phone looks up in pass.strings, beside all of
// semantics (LOC-3). https://developer.apple.com/documentation/walletpasses/pass
var lookedUp = []string{"attributedValue", "changeMessage", "description", "eventLogoText", "label", "logoText", "name", "organizationName",
	"relevantText", "termsAndConditions", "value"}

// wordJoiner shows nothing. It tells two keys apart that read alike.
// https://www.unicode.org/charts/PDF/U2000.pdf
const wordJoiner = "\u2060"

// A localizer moves the translations of one pass into its tables.
type localizer struct {
	template  *Template
	languages []string // of the pass; the first one's texts are the keys
	plain     map[string]bool
	entries   map[string]translations // by key
	misplaced []string                // names of data
}

// localize replaces each of the translations in the JSON files of a pass by a key, and returns the other files with that key
// in the tables of all languages. A language that the template does not have gets a folder like that of the nearest one.
func (t *Template) localize(parts map[string]map[string]any, languages []string, findings *wallet.Findings) (pkpass.Source,
	map[string]image.Point) {
	l := localizer{template: t, languages: languages, plain: make(map[string]bool), entries: make(map[string]translations)}
	for _, part := range parts {
		l.collectPlain(part)
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		l.replace(parts[name], false)
	}
	slices.Sort(l.misplaced)
	for _, name := range slices.Compact(l.misplaced) {
		findings.Errorf(wallet.PointerTo("/data", name), "TPL-TYPE", "is used where a phone does not look for another language; give one text for all")
	}
	return l.files(findings)
}

// collectPlain collects the texts that are not translations: as keys they would be translated too.
func (l *localizer) collectPlain(value any) {
	switch v := value.(type) {
	case string:
		l.plain[valid(v)] = true
	case map[string]any:
		for _, member := range v {
			l.collectPlain(member)
		}
	case []any:
		for _, element := range v {
			l.collectPlain(element)
		}
	}
}

// replace writes keys into value. It writes nothing else: lists of the document's own patch may be in use elsewhere.
func (l *localizer) replace(value any, semantic bool) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			semantic := semantic || name == "semantics"
			if texts, ok := v[name].(translations); ok {
				v[name] = l.key(texts, semantic || slices.Contains(lookedUp, name))
			} else {
				l.replace(v[name], semantic)
			}
		}
	case []any:
		for i, element := range v {
			if texts, ok := element.(translations); ok {
				v[i] = l.key(texts, semantic)
			} else {
				l.replace(element, semantic)
			}
		}
	}
}

// key returns the key of a text: the text itself in the first language, which is what a phone shows that finds no table. Where
// that is taken for another text, joiners keep the two apart.
func (l *localizer) key(t translations, lookedUp bool) string {
	if !lookedUp {
		l.misplaced = append(l.misplaced, t.names...)
	}
	key := valid(t.texts[l.languages[0]])
	for ; ; key += wordJoiner {
		if same, ok := l.entries[key]; ok && maps.Equal(same.texts, t.texts) {
			return key
		} else if !ok && key != "" && !l.plain[key] && !l.template.hasKey(key) {
			l.entries[key] = t
			return key
		}
	}
}

// valid returns text as JSON writes it: a byte that is no UTF-8 becomes U+FFFD.
func valid(text string) string { return string([]rune(text)) }

// hasKey reports whether a table of the template translates the text.
func (t *Template) hasKey(key string) bool {
	for _, table := range t.tables {
		if _, ok := table.Lookup(key); ok {
			return true
		}
	}
	return false
}

// files returns the template's files with the entries in them, and the sizes of the images among them.
func (l *localizer) files(findings *wallet.Findings) (pkpass.Source, map[string]image.Point) {
	t := l.template
	sizes := maps.Clone(t.imageSizes)
	files := slices.DeleteFunc(slices.Clone(t.files), func(f pkpass.File) bool { return path.Base(f.Name()) == passStrings })
	var added []string
	for _, language := range l.languages {
		model := t.model(language)
		folder, ok := t.folders[language]
		if !ok {
			folder = language + languageExt
			files = append(files, t.copyImages(t.folders[model], folder, sizes)...)
		}
		if !ok && model != "" {
			added = append(added, language)
		}
		entries := make(map[string]string, len(l.entries))
		for key, texts := range l.entries {
			entries[key] = texts.texts[language]
		}
		files = append(files, pkpass.NewFile(folder+"/"+passStrings, t.tables[model].EncodeWith(entries)))
	}
	if added != nil {
		findings.Warnf("/template", "TPL-LANGUAGE", "the template %s has no texts of its own in %s, where another language stands in",
			t.name, strings.Join(added, ", "))
	}
	return files, sizes
}

// model returns the language of the template whose folder stands in for another's: itself, it without region, or the
// default; "" in a template without languages.
func (t *Template) model(language string) string {
	if nearest := nearestLanguage(t.folders, language); nearest != "" || len(t.languages) == 0 {
		return nearest
	}
	return t.defaultLanguage()
}

// copyImages returns the images of one language folder as those of another, since an image must be in all of them (LOC-6).
func (t *Template) copyImages(from, to string, sizes map[string]image.Point) pkpass.Source {
	var images pkpass.Source
	for _, f := range t.files {
		folder, name := path.Split(f.Name())
		if size, ok := t.imageSizes[f.Name()]; ok && from != "" && folder == from+"/" {
			images = append(images, pkpass.NewFile(to+"/"+name, f.Data()))
			sizes[to+"/"+name] = size
		}
	}
	return images
}

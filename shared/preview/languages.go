package preview

import (
	"strings"

	"golang.org/x/text/language"

	"walletpasses.example/server/shared/locale"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template/passstrings"
)

const folderExt = ".lproj"

// A translation is the language folder of a package that a device with the viewer's languages would use.
type translation struct {
	folder   string // "de.lproj", or "" where the package has none for the viewer
	language string // BCP 47
	table    passstrings.Table
}

// translate chooses among the language folders of a package. The texts of a package without a folder for the viewer are
// drawn as they stand in pass.json (LOC-3), and are taken to be in the viewer's language.
func translate(source pkpass.Source, acceptLanguage string, viewer locale.Locale) translation {
	var folders []string
	tags := []language.Tag{language.Und} // what the matcher falls back to
	seen := make(map[string]bool)
	for _, file := range source {
		folder, _, _ := strings.Cut(file.Name(), "/")
		name, ok := strings.CutSuffix(folder, folderExt)
		if tag, err := language.Parse(name); ok && err == nil && !seen[folder] {
			seen[folder] = true
			folders, tags = append(folders, folder), append(tags, tag)
		}
	}
	_, i, confidence := language.NewMatcher(tags).Match(preferences(acceptLanguage)...)
	if i == 0 || confidence < language.High {
		return translation{language: viewer.Tag()}
	}
	t := translation{folder: folders[i-1], language: tags[i].String()}
	if file, ok := source.File(t.folder + "/pass.strings"); ok {
		t.table, _ = passstrings.Parse(file.Data()) // a phone refuses what cannot be read; here it translates nothing
	}
	return t
}

// preferences are the languages of an Accept-Language header, best first; English where it cannot be read.
func preferences(acceptLanguage string) []language.Tag {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return []language.Tag{language.English}
	}
	return tags
}

// text returns what a phone shows for a text of pass.json.
func (t translation) text(text string) string {
	if translated, ok := t.table.Lookup(text); ok {
		return translated
	}
	return text
}

// direction is that of the language's script.
func (t translation) direction() string { return locale.Match(t.language).Direction() }

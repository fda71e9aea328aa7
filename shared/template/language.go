package template

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"walletpasses.example/server/shared/template/passstrings"
	"walletpasses.example/server/shared/wallet"
)

// english is a template's default language where it has it.
const english = "en"

// compileLanguages reads the language folders and holds Apple's rules about them: names of languages (LOC-1), tables that
// can be read (LOC-2, LOC-4) and have the same keys (LOC-5), images that are in every folder (LOC-6) or at the root,
// never both (LOC-7). Tables are written back to files in UTF-8.
func (t *Template) compileLanguages(root string, files map[string][]byte, findings *wallet.Findings) {
	t.folders = make(map[string]string)
	t.tables = make(map[string]passstrings.Table)
	images := make(map[string]map[string]bool) // image files of each folder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		folder, file := path.Split(name)
		if folder == "" {
			continue
		}
		language := canonicalLanguage(strings.TrimSuffix(folder, languageExt+"/"))
		if other, ok := t.folders[language]; ok && other+"/" != folder {
			findings.Errorf(root+"/"+name, "LOC-1", "is for the language of %s too; keep one folder", other)
			continue
		}
		t.folders[language] = path.Clean(folder)
		if images[folder] == nil {
			images[folder] = make(map[string]bool)
		}
		if file != passStrings {
			images[folder][file] = true
			continue
		}
		table, err := passstrings.Parse(files[name])
		if err != nil {
			findings.Errorf(root+"/"+name, "LOC-2", "%v", err)
			continue
		}
		checkTexts(table, root+"/"+name, findings)
		files[name] = table.Encode()
		t.tables[language] = table
	}
	t.languages = slices.Sorted(maps.Keys(t.folders))
	if len(t.languages) > maxLanguages {
		findings.Errorf(root, "LOC-1", "has %d languages; at most %d", len(t.languages), maxLanguages)
		return
	}
	t.checkKeys(root, findings)
	checkImages(root, files, images, findings)
}

// checkTexts refuses placeholders in a table: they would not be replaced, and a key with one would never be looked up, since
// a phone sees pass.json with its placeholders filled.
func checkTexts(table passstrings.Table, path string, findings *wallet.Findings) {
	for _, key := range table.Keys() {
		text, _ := table.Lookup(key)
		if placeholder := findPlaceholder(key + "\n" + text); placeholder != "" {
			findings.Errorf(path, "TPL-PLACEHOLDER", "%.60q is not replaced here; give the text in each language as a value of data", placeholder)
			return
		}
	}
}

// defaultLanguage is the one whose texts stand in where there are no others: English unless the template is only in others.
func (t *Template) defaultLanguage() string {
	if len(t.languages) == 0 || slices.Contains(t.languages, english) {
		return english
	}
	return t.languages[0]
}

// checkKeys holds LOC-5.
func (t *Template) checkKeys(root string, findings *wallet.Findings) {
	all := make(map[string]bool)
	for _, table := range t.tables {
		for _, key := range table.Keys() {
			all[key] = true
		}
	}
	keys := slices.Sorted(maps.Keys(all))
	for _, language := range slices.Sorted(maps.Keys(t.tables)) {
		var some []string
		missing := 0
		for _, key := range keys {
			if _, ok := t.tables[language].Lookup(key); ok {
				continue
			}
			if missing++; missing <= 5 {
				some = append(some, fmt.Sprintf("%.60q", key))
			}
		}
		if missing > 0 {
			findings.Errorf(root+"/"+t.folders[language]+"/"+passStrings, "LOC-5", "lacks %d texts that another language has: %s",
				missing, strings.Join(some, ", "))
		}
	}
}

// checkImages holds LOC-6 and LOC-7.
func checkImages(root string, files map[string][]byte, images map[string]map[string]bool, findings *wallet.Findings) {
	localized := make(map[string]bool)
	for _, folder := range images {
		maps.Copy(localized, folder)
	}
	atRoot := imagesAtRoot(files)
	for _, file := range slices.Sorted(maps.Keys(localized)) {
		if at, ok := atRoot[imageName(file)]; ok {
			findings.Errorf(root+"/"+at, "LOC-7", "hides the %s of the language folders; keep one or the other", file)
		}
		for _, folder := range slices.Sorted(maps.Keys(images)) {
			if !images[folder][file] {
				findings.Errorf(root+"/"+folder+file, "LOC-6", "is missing; another language has it")
			}
		}
	}
}

// imagesAtRoot returns one file of each image at the root, whatever its scale.
func imagesAtRoot(files map[string][]byte) map[string]string {
	atRoot := make(map[string]string)
	for name := range files {
		if image := imageName(name); !strings.Contains(name, "/") && (atRoot[image] == "" || name < atRoot[image]) {
			atRoot[image] = name
		}
	}
	return atRoot
}

// imageName is a file's name without scale and extension.
func imageName(file string) string {
	name, _, _ := strings.Cut(strings.TrimSuffix(file, ".png"), "@")
	return name
}

// canonicalLanguage writes a language as BCP 47 recommends, so that two spellings of it are one: "zh_hans_cn" is "zh-Hans-CN".
// https://www.rfc-editor.org/rfc/rfc5646#section-2.1.1
func canonicalLanguage(language string) string {
	tags := strings.FieldsFunc(language, func(r rune) bool { return r == '-' || r == '_' })
	for i, tag := range tags {
		switch {
		case i == 0:
			tags[i] = strings.ToLower(tag)
		case len(tag) == 4:
			tags[i] = strings.ToUpper(tag[:1]) + strings.ToLower(tag[1:])
		default:
			tags[i] = strings.ToUpper(tag)
		}
	}
	return strings.Join(tags, "-")
}

// parentLanguage is a language without its last tag: "zh-Hans" of "zh-Hans-CN", "" of "zh".
func parentLanguage(language string) string {
	return language[:max(0, strings.LastIndexByte(language, '-'))]
}

// nearestLanguage returns the language itself or the closest one above it that is in the map, "" when none is.
func nearestLanguage(in map[string]string, language string) string {
	for language != "" {
		if _, ok := in[language]; ok {
			return language
		}
		language = parentLanguage(language)
	}
	return ""
}

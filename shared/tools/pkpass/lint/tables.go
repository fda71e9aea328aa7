package lint

import (
	"maps"
	"path"
	"slices"
	"strings"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template/passstrings"
	"walletpasses.example/server/shared/wallet"
)

// maxTables bounds the text tables of a pass together, in bytes: reading them takes many times their size.
const maxTables = 2 << 20

// tables is REJ-16, a text table that cannot be read, and LOC-5, a text that another language has.
func tables(source pkpass.Source, findings *wallet.Findings) {
	read := make(map[string]passstrings.Table)
	var all []string
	left := maxTables
	for _, file := range source {
		if path.Base(file.Name()) != "pass.strings" || !isLanguageFolder(path.Dir(file.Name())) {
			continue
		}
		if left -= len(file.Data()); left < 0 {
			findings.Errorf(file.Name(), "PKG-SIZE", "the text tables have more than %d bytes; shorten them", maxTables)
			continue
		}
		table, err := passstrings.Parse(file.Data())
		if err != nil {
			findings.Errorf(file.Name(), "REJ-16", "the text table cannot be read: %v", err)
			continue
		}
		read[file.Name()] = table
		all = append(all, table.Keys()...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	for _, name := range slices.Sorted(maps.Keys(read)) {
		if first, missing := missingIn(read[name], all); missing > 0 {
			findings.Warnf(name, "LOC-5", "%d texts are missing that other languages have, such as %.60q; they are shown untranslated",
				missing, first)
		}
	}
}

// missingIn returns the first of the keys that a table lacks, and how many there are.
func missingIn(table passstrings.Table, keys []string) (first string, missing int) {
	for _, key := range keys {
		if _, ok := table.Lookup(key); ok {
			continue
		}
		if missing == 0 {
			first = key
		}
		missing++
	}
	return first, missing
}

// languageFolders lists the folders of the source that belong to a language, sorted.
func languageFolders(source pkpass.Source) []string {
	var folders []string
	for _, file := range source {
		if folder := path.Dir(file.Name()); isLanguageFolder(folder) {
			folders = append(folders, folder)
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

func isLanguageFolder(folder string) bool {
	return strings.HasSuffix(folder, ".lproj") && !strings.Contains(folder, "/")
}

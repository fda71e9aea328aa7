package template

import (
	"maps"
	"path"
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// checkLanguages holds the rules of Apple's language folders: tables that can be read (LOC-2, LOC-4) and have the same
// keys (LOC-5), images that are in every folder (LOC-6) or at the root, never both (LOC-7).
func checkLanguages(root string, files map[string][]byte, findings *wallet.Findings) {
	keys := make(map[string][]string)   // keys of each table, by folder
	images := make(map[string][]string) // images of each folder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		folder, file := path.Split(name)
		switch {
		case folder == "":
		case file == "pass.strings":
			table, err := stringsKeys(files[name])
			if err != nil {
				findings.Errorf(root+"/"+name, "LOC-2", "%v", err)
				continue
			}
			keys[folder] = table
		default:
			images[folder] = append(images[folder], file)
		}
	}
	checkKeys(root, keys, findings)
	checkImages(root, files, images, findings)
}

// checkKeys holds LOC-5.
func checkKeys(root string, keys map[string][]string, findings *wallet.Findings) {
	all := union(keys)
	for _, folder := range slices.Sorted(maps.Keys(keys)) {
		for _, key := range all {
			if !slices.Contains(keys[folder], key) {
				findings.Errorf(root+"/"+folder+"pass.strings", "LOC-5", "lacks the key %q, which another language has", key)
			}
		}
	}
}

// checkImages holds LOC-6 and LOC-7.
func checkImages(root string, files map[string][]byte, images map[string][]string, findings *wallet.Findings) {
	folders := make(map[string]bool)
	for name := range files {
		if folder, _ := path.Split(name); folder != "" {
			folders[folder] = true
		}
	}
	for _, file := range union(images) {
		if at := atRoot(files, file); at != "" {
			findings.Errorf(root+"/"+at, "LOC-7", "hides the %s of the language folders; keep one or the other", file)
		}
		for _, folder := range slices.Sorted(maps.Keys(folders)) {
			if !slices.Contains(images[folder], file) {
				findings.Errorf(root+"/"+folder+file, "LOC-6", "is missing; another language has it")
			}
		}
	}
}

// atRoot returns the file at the root that shows the same image at any scale, or "".
func atRoot(files map[string][]byte, file string) string {
	image := imageName(file)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.Contains(name, "/") && imageName(name) == image {
			return name
		}
	}
	return ""
}

// imageName is a file's name without scale and extension.
func imageName(file string) string {
	name, _, _ := strings.Cut(strings.TrimSuffix(file, ".png"), "@")
	return name
}

// union returns the members of all lists, sorted, each once.
func union(lists map[string][]string) []string {
	var all []string
	for _, list := range lists {
		all = append(all, list...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

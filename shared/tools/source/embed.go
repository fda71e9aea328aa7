package source

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// embedded returns the files that the go:embed patterns of a package take in, by the rules of https://pkg.go.dev/embed: a
// pattern names files, or folders whose files it takes except those that start with "." or "_"; with "all:" in front, those
// too. Names are relative to the package's folder.
func (m *Module) embedded(folder string, patterns []string) ([]string, error) {
	files, err := fs.Sub(m.files, folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, pattern := range patterns {
		glob, all := strings.CutPrefix(pattern, "all:")
		matches, err := fs.Glob(files, glob)
		if err != nil || len(matches) == 0 {
			return nil, fmt.Errorf("go:embed %s matches no file", pattern)
		}
		for _, match := range matches {
			below, err := filesBelow(files, match, all)
			if err != nil {
				return nil, fmt.Errorf("go:embed %s: %w", pattern, err)
			}
			names = append(names, below...)
		}
	}
	return names, nil
}

// filesBelow returns root itself when it is a file, or the files below it.
func filesBelow(files fs.FS, root string, hidden bool) (names []string, err error) {
	err = fs.WalkDir(files, root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != root && !hidden && strings.ContainsAny(entry.Name()[:1], "._"):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case entry.IsDir():
		case isKey(name):
			return fmt.Errorf("%s looks like a key or certificate, which never leaves in a zip: Secret Manager mounts it", name)
		default:
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// isKey goes by the name. A zip becomes part of an image, and whoever may read images would have the key.
func isKey(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".pem", ".key", ".p8", ".p12", ".pfx":
		return true
	}
	return false
}

package source

import (
	"fmt"
	"go/build"
	"path/filepath"
	"strings"
)

// platform is what functions are built for; files with other build constraints stay behind. Without cgo, so that it does not
// matter which machine has a C compiler.
var platform = build.Context{GOOS: "linux", GOARCH: "amd64", Compiler: "gc", ReleaseTags: build.Default.ReleaseTags}

// packages returns the packages of this module that a package is built from, itself among them, by slash-separated folder.
func (m *Module) packages(folder string) (map[string]*build.Package, error) {
	needed := make(map[string]*build.Package)
	for todo := []string{folder}; len(todo) > 0; todo = todo[1:] {
		folder := todo[0]
		if needed[folder] != nil {
			continue
		}
		pkg, err := platform.ImportDir(filepath.Join(m.dir, filepath.FromSlash(folder)), 0)
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", folder, err)
		}
		needed[folder] = pkg
		for _, imported := range pkg.Imports {
			if own, ok := strings.CutPrefix(imported, m.path+"/"); ok {
				todo = append(todo, own)
			}
		}
	}
	return needed, nil
}

// Package source makes the source zips that functions are deployed from: for one function the module's go.mod and go.sum,
// the packages it is built from, and a root package that registers it. Nothing else is in it: no tests, no other function,
// no keys.
//
// The same files make the same bytes on every machine, and the name says which files they were. So a function is deployed
// again when something it is built from has changed, and only then.
package source

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// A Module is the checkout that functions are packed from.
type Module struct {
	dir   string // of go.mod
	path  string // the module path
	files fs.FS  // what is below dir
}

// Root returns the folder of the module that a folder is in: the nearest one with a go.mod, from there upwards.
func Root(folder string) (string, error) {
	start, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("there is no go.mod in %s or above: run this inside the checkout", start)
		}
	}
}

// Open reads the module path. dir is the folder that holds go.mod.
func Open(dir string) (*Module, error) {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("open the module: %w", err)
	}
	module := modfile.ModulePath(text)
	if module == "" {
		return nil, fmt.Errorf("open the module: %s names no module", filepath.Join(dir, "go.mod"))
	}
	return &Module{dir: dir, path: module, files: os.DirFS(dir)}, nil
}

// Functions returns the names of the deployed functions, sorted: the folders of functions/ that hold a function.go.
func (m *Module) Functions() ([]string, error) {
	found, err := fs.Glob(m.files, "functions/*/function.go")
	if err != nil {
		return nil, fmt.Errorf("list functions: %w", err)
	}
	var names []string
	for _, file := range found {
		names = append(names, strings.Split(file, "/")[1])
	}
	slices.Sort(names)
	return names, nil
}

// read returns a file of the module by its slash-separated path. What a symbolic link leads to may be another thing on
// another machine, so none is followed.
func (m *Module) read(name string) ([]byte, error) {
	at := ""
	for element := range strings.SplitSeq(name, "/") {
		at = strings.TrimPrefix(at+"/"+element, "/")
		info, err := fs.Lstat(m.files, at)
		if err != nil {
			return nil, err
		}
		if info.Mode().Type() == fs.ModeSymlink {
			return nil, fmt.Errorf("%s is a symbolic link, which is not packed: put what it leads to in its place", at)
		}
	}
	return fs.ReadFile(m.files, name)
}

package buildpack

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// checkRootPackage looks at the package at the top of the source as the buildpack does: every .go file counts, tests and
// files for other platforms too.
func checkRootPackage(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("there is no .go file at the top of the source: that is where a function's package has to be")
	}
	var names []string
	registers := false
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		names = append(names, parsed.Name.Name)
		registers = registers || slices.ContainsFunc(parsed.Imports, func(spec *ast.ImportSpec) bool {
			return spec.Path.Value == strconv.Quote(framework+"/functions")
		})
	}
	slices.Sort(names)
	switch names = slices.Compact(names); {
	case len(names) > 1:
		return fmt.Errorf("there are several packages at the top of the source, test files counted: %s; keep one", strings.Join(names, ", "))
	case names[0] == "main":
		return errors.New("the package at the top of the source is main, which no program can import: give it another name")
	case !registers:
		return fmt.Errorf("the package at the top of the source does not itself import %s/functions: "+
			"the buildpack would look for the entry point as an exported name in it", framework)
	}
	return nil
}

// A module is what the build wants to know of go.mod.
type module struct {
	path              string
	requiresFramework bool
}

// readModule reads go.mod, which the build has to be able to change, and whose module path it writes into a replacement.
func readModule(folder string) (module, error) {
	name := filepath.Join(folder, "go.mod")
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return module{}, errors.New("there is no go.mod at the top of the source")
	case err != nil:
		return module{}, err
	case info.Mode().Perm()&0o200 == 0:
		return module{}, errors.New("go.mod is not writable, and the build changes it")
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return module{}, err
	}
	file, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return module{}, err
	}
	if file.Module == nil {
		return module{}, errors.New("go.mod names no module")
	}
	m := module{path: file.Module.Mod.Path}
	if first, _, _ := strings.Cut(m.path, "/"); !strings.Contains(first, ".") {
		return module{}, fmt.Errorf("the module path %s has no dot in its first element: name it like example.com/module", m.path)
	}
	m.requiresFramework = slices.ContainsFunc(file.Require, func(r *modfile.Require) bool { return r.Mod.Path == framework })
	return m, nil
}

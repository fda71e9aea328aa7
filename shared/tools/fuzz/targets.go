package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A target is one fuzz test.
type target struct {
	module, importPath string
	name               string
}

// String is the package's folder and the name, for example "shared/wallet FuzzWords".
func (t target) String() string {
	folder := strings.TrimPrefix(strings.TrimPrefix(t.importPath, t.module), "/")
	if folder == "" {
		folder = "."
	}
	return folder + " " + t.name
}

// A testedPackage is what go list says of a package.
type testedPackage struct {
	Dir, ImportPath           string
	Module                    struct{ Path string }
	TestGoFiles, XTestGoFiles []string // only those that are built here
}

// targets finds every fuzz test in and below the working folder, sorted by package and file as go list has them.
func targets(ctx context.Context) ([]target, error) {
	list := exec.CommandContext(ctx, "go", "list", "-json=Dir,ImportPath,Module,TestGoFiles,XTestGoFiles", "./...")
	var complaint bytes.Buffer
	list.Stderr = &complaint
	packages, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, &complaint)
	}
	var found []target
	for decoder := json.NewDecoder(bytes.NewReader(packages)); ; {
		var p testedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		for _, file := range slices.Concat(p.TestGoFiles, p.XTestGoFiles) {
			names, err := fuzzTests(filepath.Join(p.Dir, file))
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				found = append(found, target{p.Module.Path, p.ImportPath, name})
			}
		}
	}
}

// fuzzTests returns the names of a file's fuzz tests. The name makes them so: go test refuses one with another signature.
func fuzzTests(file string) ([]string, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, declaration := range parsed.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if ok && f.Recv == nil && fuzzName(f.Name.Name) {
			names = append(names, f.Name.Name)
		}
	}
	return names, nil
}

// fuzzName reports Fuzz alone, or with something behind it that does not begin with a lower-case letter, as "go help
// testfunc" has it.
func fuzzName(name string) bool {
	rest, ok := strings.CutPrefix(name, "Fuzz")
	first, _ := utf8.DecodeRuneInString(rest)
	return ok && !unicode.IsLower(first)
}

package functions_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// uses is what a piece of source refers to: methods of the environment as "env.Firestore", what package gcp declares as
// "gcp.Logger", what other packages declare as "pkpass.ReadTeams", and the variables it names in calls.
type uses struct {
	names     map[string]bool
	variables map[string]bool
}

var variable = regexp.MustCompile(`^[A-Z]+(_[A-Z]+)+$`)

// usesOf walks a node of package gcp (inside) or of another package.
func usesOf(node ast.Node, inside bool) uses {
	u := uses{names: make(map[string]bool), variables: make(map[string]bool)}
	environments := environmentNames(node)
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			switch x, ok := n.X.(*ast.Ident); {
			case ok && environments[x.Name]:
				u.names["env."+n.Sel.Name] = true
			case ok && !inside:
				u.names[x.Name+"."+n.Sel.Name] = true
			}
		case *ast.CallExpr:
			if called, ok := n.Fun.(*ast.Ident); ok && inside {
				u.names["gcp."+called.Name] = true
			}
			for _, argument := range n.Args {
				if name, ok := text(argument); ok && variable.MatchString(name) {
					u.variables[name] = true
				}
			}
		}
		return true
	})
	return u
}

// environmentNames returns the names that receivers and parameters of type *Environment have in a node.
func environmentNames(node ast.Node) map[string]bool {
	names := make(map[string]bool)
	ast.Inspect(node, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if !ok || !isEnvironment(field.Type) {
			return true
		}
		for _, name := range field.Names {
			names[name.Name] = true
		}
		return true
	})
	return names
}

// isEnvironment tells *Environment and *gcp.Environment.
func isEnvironment(e ast.Expr) bool {
	pointer, ok := e.(*ast.StarExpr)
	if !ok {
		return false
	}
	switch x := pointer.X.(type) {
	case *ast.Ident:
		return x.Name == "Environment"
	case *ast.SelectorExpr:
		return x.Sel.Name == "Environment"
	}
	return false
}

// text returns what a string literal says.
func text(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	said, err := strconv.Unquote(literal.Value)
	return said, err == nil
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// declarationsOfGCP returns what each declaration of package gcp uses, under the name by which others use it.
func declarationsOfGCP(t *testing.T) map[string]uses {
	t.Helper()
	files, err := filepath.Glob("../shared/gcp/*.go")
	if err != nil {
		t.Fatal(err)
	}
	declarations := make(map[string]uses)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, d := range parse(t, file).Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					declarations["gcp."+d.Name.Name] = usesOf(d, true)
				} else if isEnvironment(d.Recv.List[0].Type) {
					declarations["env."+d.Name.Name] = usesOf(d, true)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok {
						declarations["gcp."+v.Names[0].Name] = usesOf(v, true)
					}
				}
			}
		}
	}
	return declarations
}

// settingsRead returns the variables that function.go reads through package gcp, sorted. Only function.go knows gcp (see
// [TestArrows]) and all of it serves the one entry point, so it is taken as a whole.
func settingsRead(function uses, declarations map[string]uses) []string {
	read := maps.Clone(function.variables)
	seen := make(map[string]bool)
	var follow func(names map[string]bool)
	follow = func(names map[string]bool) {
		for name := range names {
			if !seen[name] {
				seen[name] = true
				maps.Copy(read, declarations[name].variables)
				follow(declarations[name].names)
			}
		}
	}
	follow(function.names)
	delete(read, "FUNCTION_TARGET") // the platform sets it
	return slices.Sorted(maps.Keys(read))
}

package simtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// externalCalls finds every call in the code that reaches the world outside: one of a method that some interface of the code
// declares with a context, with a context. It maps the place, "file:line" from the root of the module, to who calls what there,
// "function Method".
func externalCalls(t *testing.T) map[string]string {
	t.Helper()
	files := token.NewFileSet()
	var parsed []*ast.File
	methods := make(map[string]bool)
	for _, folder := range []string{"functions", "shared/wallet", "shared/document", "shared/webservice", "shared/template"} {
		err := filepath.WalkDir(filepath.Join("..", "..", folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !isHandlers(path) {
				return err
			}
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			collectMethods(file, methods)
			if folder != "shared/template" { // it declares what templates are, and calls nobody
				parsed = append(parsed, file)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	places := make(map[string]string)
	for _, file := range parsed {
		for _, declared := range file.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(function, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if method, ok := called(call); ok && methods[method] {
						at := files.Position(call.Lparen)
						places[placeName(at.Filename, at.Line)] = function.Name.Name + " " + method
					}
				}
				return true
			})
		}
	}
	return places
}

// isHandlers reports a file of what is deployed, apart from how it is put together.
func isHandlers(path string) bool {
	path = filepath.ToSlash(path)
	return strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, "/function.go") &&
		!strings.Contains(path, "functions/local/")
}

// collectMethods adds the methods of a file's interfaces that take a context.
func collectMethods(file *ast.File, methods map[string]bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		declared, ok := n.(*ast.InterfaceType)
		if !ok {
			return true
		}
		for _, method := range declared.Methods.List {
			signature, ok := method.Type.(*ast.FuncType)
			if ok && len(signature.Params.List) > 0 && isContext(signature.Params.List[0].Type) {
				methods[method.Names[0].Name] = true
			}
		}
		return true
	})
}

func isContext(e ast.Expr) bool {
	selected, ok := e.(*ast.SelectorExpr)
	return ok && selected.Sel.Name == "Context"
}

// called returns the name of a method that is called with a context.
func called(call *ast.CallExpr) (string, bool) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return "", false
	}
	switch first := call.Args[0].(type) {
	case *ast.Ident:
		return method.Sel.Name, first.Name == "ctx"
	case *ast.SelectorExpr:
		return method.Sel.Name, first.Sel.Name == "ctx"
	case *ast.CallExpr:
		from, ok := first.Fun.(*ast.SelectorExpr)
		return method.Sel.Name, ok && (from.Sel.Name == "Context" || from.Sel.Name == "WithoutCancel")
	}
	return "", false
}

// placeName is "functions/push/push.go:12", whatever the file's name begins with.
func placeName(file string, line int) string {
	file = filepath.ToSlash(file)
	for _, top := range []string{"functions/", "shared/"} {
		if i := strings.LastIndex(file, "/"+top); i >= 0 {
			file = file[i+1:]
			break
		}
	}
	return fmt.Sprintf("%s:%d", file, line)
}

package probe

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// leaky are calls that end at the first byte that differs, so that their time tells how near a guess came.
var leaky = []string{
	"bytes.Equal", "bytes.Compare", "bytes.HasPrefix", "bytes.HasSuffix", "bytes.Contains", "strings.EqualFold", "strings.Compare", "strings.HasPrefix",
	"strings.HasSuffix", "strings.Contains", "slices.Equal", "slices.Contains", "reflect.DeepEqual", "maps.Equal",
}

// secretNames are what a code or a token is called where the packages of the web service have one in the open.
var secretNames = []string{"mac", "raw", "token", "want", "signature", "AuthenticationToken", "authenticationToken"}

// A comparison is one of a secret in a file of the server.
type comparison struct {
	where string
	text  string
}

// comparisons returns those in the production files of a folder that take a time which depends on a secret, and counts the
// others. What is revealed is compared by nothing but [hmac.Equal] and [subtle.ConstantTimeCompare]; whether a text is empty
// is no secret.
func comparisons(t *testing.T, folder string) (found []comparison, constant int) {
	t.Helper()
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			var compared []ast.Expr
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op == token.EQL || n.Op == token.NEQ {
					compared = []ast.Expr{n.X, n.Y}
				}
			case *ast.CallExpr:
				called := selector(n.Fun)
				if called == "hmac.Equal" || called == "subtle.ConstantTimeCompare" {
					constant++
				}
				if slices.Contains(leaky, called) {
					compared = n.Args
				}
			}
			if slices.ContainsFunc(compared, secret) && !slices.ContainsFunc(compared, empty) {
				at := files.Position(n.Pos())
				texts := make([]string, len(compared))
				for i, operand := range compared {
					texts[i] = selector(operand)
				}
				found = append(found, comparison{at.String(), strings.Join(texts, " and ")})
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, constant
}

// secret reports an expression that is a secret in the open: what Reveal returns, or a name that such a thing has.
func secret(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Reveal" {
				found = true
			} else if ok && s.Sel.Name == "IsZero" || selector(n.Fun) == "len" {
				return false // what they return is no secret
			}
		case *ast.SelectorExpr:
			found = found || slices.Contains(secretNames, n.Sel.Name)
		case *ast.Ident:
			found = found || slices.Contains(secretNames, n.Name)
		}
		return true
	})
	return found
}

// empty reports an operand that says whether there is anything at all.
func empty(e ast.Expr) bool {
	if literal, ok := e.(*ast.BasicLit); ok {
		return literal.Value == `""` || literal.Kind == token.INT
	}
	name, ok := e.(*ast.Ident)
	return ok && name.Name == "nil"
}

// selector writes a name such as strings.HasPrefix.
func selector(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return selector(e.X) + "." + e.Sel.Name
	}
	return ""
}

// Tokens and codes are compared in constant time, everywhere: what a refusal says is the same, and so is how long it takes to
// see that a token is wrong. (How long a whole request takes is not measured here: on a shared machine that proves nothing.)
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	// A push token is no credential: whoever sends one to the register function has shown the pass's token before.
	allowed := []string{"d.PushToken and token", "token and d.PushToken"}
	constant := 0
	folders := []string{"../wallet", "../webservice", "../document", "../gcp/store"}
	for _, function := range []string{"register", "unregister", "updatable", "latest", "personalize", "install", "issue", "push", "regenerate", "web"} {
		folders = append(folders, "../../functions/"+function)
	}
	for _, folder := range folders {
		found, n := comparisons(t, folder)
		constant += n
		for _, c := range found {
			if !slices.Contains(allowed, c.text) {
				t.Errorf("%s compares %s in a time that depends on it; use hmac.Equal or subtle.ConstantTimeCompare", c.where, c.text)
			}
		}
	}
	if constant != 3 { // authentication tokens, derived and imported, and the codes of links
		t.Errorf("%d comparisons in constant time; if there is a new one, name it here", constant)
	}
}

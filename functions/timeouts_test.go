package functions_test

import (
	"go/ast"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"walletpasses.example/server/shared/gcp/call"
)

// A function gives a request up before the platform does, so both have to know the same time. One call to Google that hangs
// leaves it the time to say so, and Pub/Sub lets no message be worked on for longer than 600 seconds.
func TestAFunctionKnowsItsTime(t *testing.T) {
	for name, f := range deployed(t) {
		if got := timeout(t, name); got != f.TimeoutSeconds {
			t.Errorf("%s/function.go says %d*time.Second, ../terraform/functions.tf says %d seconds", name, got, f.TimeoutSeconds)
		}
		if limit := int(call.Limit / time.Second); name != "devicelog" && f.TimeoutSeconds < limit+10 { // that one calls nobody
			t.Errorf("%s has %d seconds, and one call may take %d", name, f.TimeoutSeconds, limit)
		}
		if f.TimeoutSeconds > 570 {
			t.Errorf("%s has %d seconds", name, f.TimeoutSeconds)
		}
	}
}

// timeout returns the seconds that a function registers with: gcp.HTTP("…", 30*time.Second, …).
func timeout(t *testing.T, folder string) (seconds int) {
	t.Helper()
	ast.Inspect(parse(t, filepath.Join(folder, "function.go")), func(n ast.Node) bool {
		product, ok := n.(*ast.BinaryExpr)
		if !ok {
			return true
		}
		number, isNumber := product.X.(*ast.BasicLit)
		unit, isName := product.Y.(*ast.SelectorExpr)
		if isNumber && isName && unit.Sel.Name == "Second" {
			seconds, _ = strconv.Atoi(number.Value)
		}
		return true
	})
	return seconds
}

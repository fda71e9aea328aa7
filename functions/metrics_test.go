package functions_test

import (
	"encoding/json"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// local returns what a file of terraform/ sets a local value to.
func local(t *testing.T, file, name string) hcl.Expression {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "terraform", file))
	if err != nil {
		t.Fatal(err)
	}
	parsed, diagnostics := hclsyntax.ParseConfig(content, file, hcl.InitialPos)
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	for _, block := range parsed.Body.(*hclsyntax.Body).Blocks {
		if attribute, ok := block.Body.Attributes[name]; ok && block.Type == "locals" {
			return attribute.Expr
		}
	}
	t.Fatalf("%s has no local.%s", file, name)
	return nil
}

// A metric counts lines of a log.
type metric struct {
	From    []string           // functions
	Message string             // of the line
	Labels  map[string]string  // to an attribute of the line
	Value   string             // an attribute, or empty
	AtLeast map[string]float64 `json:"at_least"` // by attribute
}

// attributes returns the attributes that the metric reads.
func (m metric) attributes() []string {
	list := slices.AppendSeq(slices.Collect(maps.Values(m.Labels)), maps.Keys(m.AtLeast))
	if m.Value != "" {
		list = append(list, m.Value)
	}
	return list
}

func metrics(t *testing.T) map[string]metric {
	t.Helper()
	value, diagnostics := local(t, "metrics.tf", "metrics").Value(nil)
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	object, err := json.Marshal(ctyjson.SimpleJSONValue{Value: value})
	if err != nil {
		t.Fatal(err)
	}
	var list map[string]metric
	if err := json.Unmarshal(object, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// A line is one call of a logger in the code.
type line struct {
	folder, message string
	attributes      []string
}

// messageAt is where the methods of a logger take the message.
var messageAt = map[string]int{
	"Debug": 0, "Info": 0, "Warn": 0, "Error": 0,
	"DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1,
	"Log": 2, "LogAttrs": 2,
}

// lines returns what the code logs, tests left out.
func lines(t *testing.T) []line {
	t.Helper()
	var list []line
	for folder, files := range imports(t) {
		for name := range files {
			ast.Inspect(parse(t, filepath.Join("..", folder, name)), func(node ast.Node) bool {
				if l, ok := logged(node); ok {
					l.folder = folder
					list = append(list, l)
				}
				return true
			})
		}
	}
	return list
}

func logged(node ast.Node) (line, bool) {
	call, ok := node.(*ast.CallExpr)
	if !ok {
		return line{}, false
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return line{}, false
	}
	at, ok := messageAt[method.Sel.Name]
	if !ok || len(call.Args) <= at {
		return line{}, false
	}
	message, ok := text(call.Args[at])
	l := line{message: message}
	for rest := call.Args[at+1:]; len(rest) > 0; {
		if name, ok := text(rest[0]); ok { // and a value behind it
			l.attributes, rest = append(l.attributes, name), rest[min(2, len(rest)):]
			continue
		}
		if attr, ok := rest[0].(*ast.CallExpr); ok && len(attr.Args) > 0 { // slog.Int("days", …)
			if name, ok := text(attr.Args[0]); ok {
				l.attributes = append(l.attributes, name)
			}
		}
		rest = rest[1:]
	}
	return l, ok
}

// A metric whose message nobody logs counts nothing for ever, and its alert never comes.
func TestEachMetricCountsLinesThatAreLogged(t *testing.T) {
	code := lines(t)
	for name, m := range metrics(t) {
		if len(m.From) == 0 || m.Message == "" {
			t.Errorf("metric %s: %+v", name, m)
		}
		for _, function := range m.From {
			found := false
			for _, l := range code {
				if l.message != m.Message || l.folder != "functions/"+function && !strings.HasPrefix(l.folder, "shared/") {
					continue
				}
				found = true
				for _, attribute := range m.attributes() {
					if !slices.Contains(l.attributes, attribute) {
						t.Errorf("metric %s reads %s, but %s logs %q with %q", name, attribute, l.folder, l.message, l.attributes)
					}
				}
			}
			if !found {
				t.Errorf("metric %s counts %q, which neither functions/%s nor shared logs", name, m.Message, function)
			}
		}
	}
}

// Each alert is sent with a page that says what it means, what to look at and what to do; what the page tells people to
// search for is logged.
func TestEachAlertHasItsPage(t *testing.T) {
	alerts, diagnostics := hcl.ExprMap(local(t, "alerts.tf", "alerts"))
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	pages := []string{"certificate"}
	for _, alert := range alerts {
		pages = append(pages, hcl.ExprAsKeyword(alert.Key))
	}
	files, err := filepath.Glob(filepath.Join("..", "terraform", "alerts", "*"))
	if err != nil {
		t.Fatal(err)
	}
	messages := make(map[string]bool)
	for _, l := range lines(t) {
		messages[l.message] = true
	}
	for _, file := range files {
		page := strings.TrimSuffix(filepath.Base(file), ".md")
		if !slices.Contains(pages, page) {
			t.Errorf("%s belongs to no alert", file)
		}
		pages = slices.DeleteFunc(pages, func(name string) bool { return name == page })
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		headings := regexp.MustCompile(`(?m)^## .*`).FindAllString(string(content), -1)
		if !slices.Equal(headings, []string{"## What it means", "## What to look at", "## What to do"}) {
			t.Errorf("%s: headings %q", file, headings)
		}
		if strings.Contains(string(content), "${") || len(content) > 8<<10 {
			t.Errorf("%s: Monitoring takes ${…} for a variable, and no more than 8 KiB", file)
		}
		for _, message := range regexp.MustCompile(`jsonPayload\.message="([^"]*)"`).FindAllStringSubmatch(string(content), -1) {
			if !messages[message[1]] {
				t.Errorf("%s: nobody logs %q", file, message[1])
			}
		}
	}
	if len(pages) > 0 {
		t.Errorf("without a page: %q", pages)
	}
}

package browsertest

import (
	"fmt"
	"io/fs"
	"strings"
)

// Violations has axe-core look at the page as it is shown now, and returns every rule of accessibility that it breaks, with the
// elements that break it. The page's scripts have to be switched on; frames are pages of their own and are not looked into.
// https://github.com/dequelabs/axe-core
func (p *Page) Violations() []string {
	p.t.Helper()
	files := NPM(p.t, "axe-core", "4.14.1",
		"sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==")
	source, err := fs.ReadFile(files, "axe.min.js")
	if err != nil {
		p.t.Fatal(err)
	}
	p.Evaluate(string(source)+"; null", nil)
	var broken []struct {
		ID, Help string
		Nodes    []struct{ HTML, FailureSummary string }
	}
	p.Evaluate(`axe.run(document, {iframes: false, resultTypes: ['violations']}).then(found => found.violations)`, &broken)
	var violations []string
	for _, rule := range broken {
		for _, node := range rule.Nodes {
			summary := strings.Join(strings.Fields(node.FailureSummary), " ")
			violations = append(violations, fmt.Sprintf("%s: %s: %.300s: %s", rule.ID, rule.Help, node.HTML, summary))
		}
	}
	return violations
}

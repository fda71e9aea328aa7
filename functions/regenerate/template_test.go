package regenerate_test

import (
	"errors"
	"testing"

	"walletpasses.example/server/shared/template"
)

// revise makes the template "points" read as another of the starters, and returns its revision.
func (l *line) revise(as string) string {
	l.t.Helper()
	starters, err := template.Builtin()
	l.check(err)
	revised, err := starters.Template(l.t.Context(), as)
	l.check(err)
	l.packager.Renderer.Templates = template.Templates{"points": revised}
	return revised.Revision()
}

// A campaign finds passes by their documents' template, whether they could be packaged or not, and stops at refusals that the
// template alone is to blame for.
func TestRecordsNameTheirTemplate(t *testing.T) {
	l := newLine(t)
	want := func(step, name, revision, tried string, regression bool) {
		t.Helper()
		l.check(l.deliver())
		pkg := l.current()
		if pkg.Template != name || pkg.TemplateRevision != revision {
			t.Errorf("%s: template %q of %.8s, want %q of %.8s", step, pkg.Template, pkg.TemplateRevision, name, revision)
		}
		if p := pkg.Problem; (p != nil) != (tried != "") || p != nil && (p.TemplateRevision != tried || p.Regression != regression) {
			t.Errorf("%s: %+v, want one of %.8s, regression %t", step, p, tried, regression)
		}
	}
	bad := l.revise("stamps")
	l.points(1)
	want("never packaged", "points", "", bad, false)
	good := l.revise("points")
	want("packaged", "points", good, "", false)
	l.revise("stamps")
	want("refused for its template", "points", good, bad, true)
	want("told again", "points", good, bad, true)
	worse := l.revise("boarding")
	want("refused with the next, too", "points", good, worse, false)
	l.revise("points")
	want("mended", "points", good, "", false)
	l.revise("stamps")
	l.points(2)
	want("written and refused", "points", good, bad, false)
	l.filled("nothing", 3)
	l.check(l.deliver())
	if pkg := l.current(); pkg.Template != "nothing" || pkg.TemplateRevision != good || pkg.Problem.Regression || pkg.Problem.TemplateRevision != "" {
		t.Errorf("of a template that there is not: %+v", pkg)
	}
	l.check(errors.Join(l.Violations()...))
}

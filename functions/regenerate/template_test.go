package regenerate_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
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
	teams := l.packager.Renderer.Teams
	l.packager.Renderer.Teams = nil
	want("refused for more", "points", good, bad, true)
	l.packager.Renderer.Teams = teams
	worse := l.revise("boarding")
	want("refused with the next, too", "points", good, worse, false)
	l.revise("points")
	want("mended", "points", good, "", false)
	l.packager.Renderer.Teams = nil
	want("refused for what is no template's", "points", good, good, false)
	l.packager.Renderer.Teams = teams
	want("mended again", "points", good, "", false)
	l.revise("stamps")
	l.points(2)
	want("written and refused", "points", good, bad, false)
	l.filled("nothing", 3)
	l.check(l.deliver())
	if pkg := l.current(); pkg.Template != "nothing" || pkg.TemplateRevision != good || pkg.Problem.Regression || pkg.Problem.TemplateRevision != "" {
		t.Errorf("of a template that there is not: %+v", pkg)
	}
	l.points(4)
	l.revise("points")
	want("mended once more", "points", good, "", false)
	l.write(func(doc wallet.DocumentSnapshot) wallet.DocumentSnapshot { return doc.Replace(map[string]any{}) })
	l.check(l.deliver())
	if pkg := l.current(); pkg.Template != "" || pkg.Problem == nil {
		t.Errorf("a document that names no template is left to the campaign of the one before: %+v", pkg)
	}
	l.check(errors.Join(l.Violations()...))
}

// A deleted pass is voided at once, whatever becomes of its template; when that is mended, its campaign finds the pass.
func TestADeletedPassIsVoidedWhileItsTemplateIsBroken(t *testing.T) {
	l := newLine(t)
	l.revise("points")
	l.points(1)
	l.check(l.deliver())
	var findings wallet.Findings
	findings.Errorf("points.pass/pass.json", "REJ-3", "not JSON")
	l.packager.Renderer.Templates = brokenTemplates{findings}
	l.points(2)
	if err := l.deliver(); !errors.Is(err, wallet.ErrNotReady) || l.current().Version != 1 {
		t.Errorf("changed: %v, %+v", err, l.current())
	}
	l.write(wallet.DocumentSnapshot.Delete)
	l.check(l.deliver())
	l.check(l.deliver())
	if pkg := l.current(); pkg.Version != 2 || pkg.Template != "points" || pkg.TemplateRevision != "" || !strings.Contains(l.served(), `"voided":true`) {
		t.Errorf("deleted: %+v", pkg)
	}
	mended := l.revise("points")
	campaign := wallet.Campaign{ID: wallet.CampaignID{PassTypeIdentifier: card.PassTypeIdentifier, Template: "points"}, TemplateRevision: mended}
	if !campaign.Behind(l.current()) {
		t.Error("no campaign comes back to it")
	}
	l.check(l.deliver())
	if pkg := l.current(); pkg.TemplateRevision != mended || campaign.Behind(pkg) || !strings.Contains(l.served(), `"voided":true`) {
		t.Errorf("mended: %+v", pkg)
	}
	l.check(errors.Join(l.Violations()...))
}

type brokenTemplates struct{ err error }

func (b brokenTemplates) Template(context.Context, string) (*template.Template, error) {
	return nil, b.err
}

// A picture that was out of reach in between does not hide that the template is to blame.
func TestARefusalAfterAPictureWasOutOfReach(t *testing.T) {
	l := newLine(t)
	l.revise("points")
	pictures := &reach{file: strip(t)}
	l.pictured(1, nil, nil)
	l.packager.Renderer.Pictures = pictures
	l.check(l.deliver())
	bad := l.revise("stamps")
	pictures.err = wallet.ErrNotReady
	if err := l.deliver(); err == nil || l.current().Problem == nil || l.current().Problem.TemplateRevision != "" {
		t.Fatalf("%v, %+v", err, l.current().Problem)
	}
	pictures.err = nil
	l.check(l.deliver())
	if p := l.current().Problem; p == nil || !p.Regression || p.TemplateRevision != bad {
		t.Errorf("%+v", p)
	}
}

// reach is one picture, which may be out of it.
type reach struct {
	file []byte
	err  error
}

func (r *reach) Picture(context.Context, string) ([]byte, error) { return r.file, r.err }

func strip(t *testing.T) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 1125, 432))); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

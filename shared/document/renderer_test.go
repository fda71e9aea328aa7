package document_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// of is the record of a pass that has none yet.
var of = wallet.CurrentPackage{ID: card}

// found returns where errors were found, one "rule path" a line, sorted as they came.
func found(findings wallet.Findings) string {
	var lines []string
	for _, f := range findings {
		if f.Severity == wallet.SeverityError {
			lines = append(lines, f.Rule+" "+f.Path)
		}
	}
	return strings.Join(lines, "\n")
}

// passJSON decodes the pass.json of a rendering.
func passJSON(t *testing.T, rendered document.Rendered) map[string]any {
	t.Helper()
	file, ok := rendered.Source.File("pass.json")
	if !ok {
		t.Fatal("no pass.json")
	}
	var pass map[string]any
	check(t, json.Unmarshal(file.Data(), &pass))
	return pass
}

// The starters are what a business begins with: nothing is to be found in them, not even a warning.
func TestStartersRenderWithoutAnyFinding(t *testing.T) {
	fields := points(1250)["data"].(map[string]any)
	for name, numbers := range map[string][]string{"simple": nil, "points": {"points"}, "stamps": {"stamps", "stampGoal"}} {
		t.Run(name, func(t *testing.T) {
			values := with(fields, "points", nil)
			for _, number := range numbers {
				values[number] = int64(10)
			}
			rendered, findings, err := renderer(t).Render(t.Context(), map[string]any{"template": name, "data": values}, of)
			if err != nil || len(findings) != 0 {
				t.Fatalf("%v, %v", findings, err)
			}
			if rendered.TemplateRevision == "" || len(rendered.Source) < 4 {
				t.Errorf("revision %q, %d files", rendered.TemplateRevision, len(rendered.Source))
			}
			pass := passJSON(t, rendered)
			for key, want := range map[string]any{
				"formatVersion": 1.0, "passTypeIdentifier": card.PassTypeIdentifier, "teamIdentifier": "TEAMID1234",
				"serialNumber": card.SerialNumber, "webServiceURL": "https://passes.example.com",
			} {
				if pass[key] != want {
					t.Errorf("%s is %v, want %v", key, pass[key], want)
				}
			}
		})
	}
}

// Without any data, each missing value is found once, and nothing is said about the placeholder that stands in its place.
func TestAMissingValueIsFoundOnceAndWithoutNoise(t *testing.T) {
	for _, name := range []string{"simple", "points", "stamps"} {
		_, findings, err := renderer(t).Render(t.Context(), map[string]any{"template": name}, of)
		check(t, err)
		if len(findings) < 5 {
			t.Errorf("%s: only %v", name, findings)
		}
		for _, f := range findings {
			if f.Rule != "TPL-MISSING" {
				t.Errorf("%s: noise: %v", name, f)
			}
		}
	}
}

func TestEverythingIsFoundAtOnce(t *testing.T) {
	fields := data(data(points(1), "points", nil), "fullName", []any{})
	fields["colour"] = "red"
	fields["voided"] = "yes"
	fields["images"] = map[string]any{"strip": "https://example.com/strip.png"}
	fields["pass"] = map[string]any{"labelColor": "reddish", "serialNumber": "x"}
	_, findings, err := renderer(t).Render(t.Context(), fields, of)
	check(t, err)
	got := found(findings)
	for _, want := range []string{
		"DOC-UNKNOWN /colour", "DOC-TYPE /voided", "DOC-SERVER-OWNED /pass/serialNumber", "TPL-MISSING /data/points", "TPL-TYPE /data/fullName",
		"IMG-SOURCE /images/strip", "pass.json#/labelColor",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not among\n%s", want, got)
		}
	}
	if lines := strings.Count(got, "\n") + 1; lines != 7 {
		t.Errorf("%d errors:\n%s", lines, got)
	}
}

// Promise 5: text of a business that looks like a placeholder is text, and is validated like any other.
func TestTextThatLooksLikeAPlaceholderIsValidated(t *testing.T) {
	for name, fields := range map[string]map[string]any{
		"a colour": with(points(1), "pass", map[string]any{"labelColor": "{{accent}}"}),
		"a number": data(points(1), "points", "{{points}}"),
		"a date":   with(points(1), "pass", map[string]any{"relevantDates": []any{map[string]any{"date": "{{soon}}"}}}),
	} {
		t.Run(name, func(t *testing.T) {
			rendered, findings, err := renderer(t).Render(t.Context(), fields, of)
			check(t, err)
			if findings.Err() == nil || rendered.Source != nil {
				t.Errorf("accepted, with %v", findings)
			}
		})
	}
}

// Promise 3: whatever a business writes, who signs the pass and where its updates come from is the server's word. What only
// looks like one of these keys is an unknown key, which no phone reads.
func TestNothingPointsAPhoneElsewhere(t *testing.T) {
	const evil = "https://evil.example"
	rendered, _, err := renderer(t).Render(t.Context(), points(1), of)
	check(t, err)
	ours := passJSON(t, rendered)
	for _, key := range wallet.ServerOwned {
		for name, c := range map[string]struct {
			fields map[string]any
			want   string
		}{
			"at the top":       {with(points(1), key, evil), "DOC-SERVER-OWNED /" + key},
			"in the patch":     {with(points(1), "pass", map[string]any{key: evil}), "DOC-SERVER-OWNED /pass/" + key},
			"taken away":       {with(points(1), "pass", map[string]any{key: nil}), "DOC-SERVER-OWNED /pass/" + key},
			"in another case":  {with(points(1), "pass", map[string]any{strings.ToUpper(key): evil}), ""},
			"with white space": {with(points(1), "pass", map[string]any{key + " ": evil}), ""},
			"deeper":           {with(points(1), "pass", map[string]any{"userInfo": map[string]any{key: evil}}), ""},
			"as data":          {data(points(1), key, evil), ""},
		} {
			rendered, findings, err := renderer(t).Render(t.Context(), c.fields, of)
			check(t, err)
			if found(findings) != c.want {
				t.Errorf("%s %s: %q, want %q", key, name, found(findings), c.want)
			} else if c.want == "" && passJSON(t, rendered)[key] != ours[key] {
				t.Errorf("%s %s: the pass has %v", key, name, passJSON(t, rendered)[key])
			}
		}
	}
}

func TestImagesAreValidated(t *testing.T) {
	r := renderer(t)
	without, err := template.LoadAll(fstest.MapFS{"plain.pass/pass.json": {Data: []byte(
		`{"description": "Plain", "organizationName": "Corner Roastery", "generic": {"primaryFields": [{"key": "name", "value": "{{name}}"}]}}`)}})
	check(t, err)
	r.Templates = without
	rendered, findings, err := r.Render(t.Context(), map[string]any{"template": "plain", "data": map[string]any{"name": "Ada"}}, of)
	if got := found(findings); err != nil || rendered.Source != nil || !strings.Contains(got, "icon") {
		t.Errorf("a template without an icon: %q, %v", got, err)
	}
}

// A pass that was not made for its size has nothing else to be said of it.
func TestTooMuchTextIsFoundAlone(t *testing.T) {
	r := renderer(t)
	greedy, err := template.LoadAll(fstest.MapFS{"greedy.pass/pass.json": {Data: []byte(`{"description": "` + strings.Repeat("{{a}}", 1000) + `"}`)}})
	check(t, err)
	r.Templates = greedy
	rendered, findings, err := r.Render(t.Context(), map[string]any{"template": "greedy", "data": map[string]any{"a": strings.Repeat("x", 50_000)}}, of)
	if got := found(findings); err != nil || got != "TPL-SIZE /data" || rendered.Source != nil || rendered.TemplateRevision != greedy["greedy"].Revision() {
		t.Errorf("%s, %v", got, err)
	}
}

func TestUnknownPassType(t *testing.T) {
	other := wallet.CurrentPackage{ID: wallet.PassID{PassTypeIdentifier: "pass.com.example.other", SerialNumber: "card-1"}}
	rendered, findings, err := renderer(t).Render(t.Context(), with(points(1), "pass", map[string]any{"labelColor": "reddish"}), other)
	if err != nil || rendered.Source != nil {
		t.Errorf("rendered, %v", err)
	}
	got := found(findings)
	if !strings.Contains(got, "DOC-PASS-TYPE ") || !strings.Contains(got, "pass.json#/labelColor") {
		t.Errorf("%s", got)
	}
	if strings.Contains(got, "teamIdentifier") {
		t.Errorf("noise about what the server would have set:\n%s", got)
	}
}

func TestUnknownTemplate(t *testing.T) {
	_, findings, err := renderer(t).Render(t.Context(), with(with(points(1), "template", "nothing"), "colour", "red"), of)
	if got := found(findings); err != nil || got != "DOC-UNKNOWN /colour\nTPL-UNKNOWN /template" {
		t.Errorf("%s, %v", got, err)
	}
	_, findings, err = renderer(t).Render(t.Context(), map[string]any{}, of)
	if got := found(findings); err != nil || got != "DOC-TEMPLATE /template" {
		t.Errorf("no template: %s, %v", got, err)
	}
}

func TestTheTokenIsTheOneThePassBeganWith(t *testing.T) { // TOK-1, TOK-2, P-20
	r := renderer(t)
	derived := func(version int) string {
		token, err := r.Keys.AuthenticationToken(version, card)
		check(t, err)
		return token.Reveal()
	}
	for name, c := range map[string]struct {
		pkg  wallet.CurrentPackage
		want string
	}{
		"new":      {of, derived(2)},
		"older":    {wallet.CurrentPackage{ID: card, TokenKeyVersion: 1}, derived(1)},
		"imported": {wallet.CurrentPackage{ID: card, TokenKeyVersion: 1, AuthenticationToken: wallet.NewAuthenticationToken("imported+token/1234")}, "imported+token/1234"},
	} {
		rendered, findings, err := r.Render(t.Context(), points(1), c.pkg)
		if err != nil || findings != nil {
			t.Fatalf("%s: %v, %v", name, findings, err)
		}
		if got := passJSON(t, rendered)["authenticationToken"]; got != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
	if r.KeyVersion(of) != 2 || r.KeyVersion(wallet.CurrentPackage{TokenKeyVersion: 1}) != 1 {
		t.Error("the key version is not the record's, or the current one where there is none")
	}
	if _, findings, err := r.Render(t.Context(), points(1), wallet.CurrentPackage{ID: card, TokenKeyVersion: 9}); err == nil || findings != nil {
		t.Errorf("a key that is gone: %v, %v", findings, err)
	}
}

// A pass that phones may hold keeps its style; a richer drawing beside it is no other style.
func TestSTY5_AnIssuedPassKeepsItsStyle(t *testing.T) {
	for name, c := range map[string]struct {
		issued string
		fields map[string]any
		want   string
	}{
		"not issued yet":      {"", points(1), ""},
		"the same":            {"storeCard", points(1), ""},
		"the same, otherwise": {"storeCard", with(points(1), "template", "stamps"), ""},
		"another":             {"storeCard", with(points(1), "template", "simple"), "STY-5 /template"},
	} {
		_, findings, err := renderer(t).Render(t.Context(), c.fields, wallet.CurrentPackage{ID: card, Style: c.issued})
		check(t, err)
		if got := found(findings); strings.Contains(got, "STY-5") != (c.want != "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// What the packager has recorded is what a write is held to.
func TestSTY5_AWriteIsHeldToTheStyleOfThePackage(t *testing.T) {
	writer, store := newWriter(t)
	_, err := writer.Put(t.Context(), card, points(1), document.Condition{})
	check(t, err)
	pkg := wallet.CurrentPackage{ID: card}.Next(time.Unix(0, 0))
	pkg.Style = "storeCard"
	_, err = store.Store.SavePackage(t.Context(), pkg)
	check(t, err)
	_, err = writer.Put(t.Context(), card, with(points(1), "template", "simple"), document.Condition{})
	if findings, ok := errors.AsType[wallet.Findings](err); !ok || !strings.Contains(found(findings), "STY-5 /template") {
		t.Errorf("%v", err)
	}
}

// brokenSet is a template store that answers every name with one error.
type brokenSet struct{ err error }

func (b brokenSet) Template(context.Context, string) (*template.Template, error) { return nil, b.err }

func TestAFaultOfTheTemplateStoreIsNobodysDocument(t *testing.T) {
	away := errors.New("Cloud Storage is away")
	r := renderer(t)
	r.Templates = brokenSet{away}
	if _, findings, err := r.Render(t.Context(), with(points(1), "colour", "red"), of); !errors.Is(err, away) || errors.Is(err, wallet.ErrInvalid) || findings != nil {
		t.Errorf("%v, %v", findings, err)
	}
	var broken wallet.Findings
	broken.Errorf("points.pass/pass.json", "REJ-3", "not JSON")
	r.Templates = brokenSet{fmt.Errorf("load: %w", broken)}
	_, findings, err := r.Render(t.Context(), with(points(1), "colour", "red"), of)
	if !errors.Is(err, wallet.ErrNotReady) || errors.Is(err, wallet.ErrInvalid) || findings != nil {
		t.Errorf("a broken template: %v, %v", findings, err)
	}
	if why, ok := errors.AsType[*document.BrokenTemplateError](err); !ok || why.Name != "points" || !slices.Equal(why.Findings, broken) {
		t.Errorf("why: %v", err)
	}
}

// Only a server on one machine may use plain http.
func TestPlainHTTPIsForOneMachine(t *testing.T) {
	r := renderer(t)
	r.WebServiceURL = "http://127.0.0.1:8080"
	if _, findings, err := r.Render(t.Context(), points(1), of); err != nil || len(findings) != 0 {
		t.Errorf("%v, %v", findings, err)
	}
	r.WebServiceURL = "ftp://127.0.0.1"
	if _, findings, err := r.Render(t.Context(), points(1), of); err != nil || findings.Err() == nil {
		t.Errorf("another scheme: %v, %v", findings, err)
	}
}

// keptSet keeps an old template, as an instance's cache does, and has the new one for whoever insists.
type keptSet struct{ kept, fresh *template.Template }

func (k keptSet) Template(context.Context, string) (*template.Template, error) { return k.kept, nil }
func (k keptSet) Fresh(context.Context, string) (*template.Template, error)    { return k.fresh, nil }

// Two instances may keep different versions of a template. One that keeps the old must not undo what the other has done.
func TestAKeptTemplateDoesNotMoveAPassBack(t *testing.T) {
	builtin, err := template.Builtin()
	check(t, err)
	older, err := builtin.Template(t.Context(), "simple")
	check(t, err)
	newer, err := builtin.Template(t.Context(), "points")
	check(t, err)
	r := renderer(t)
	r.Templates = keptSet{kept: older, fresh: newer}
	for name, c := range map[string]struct {
		pkg  wallet.CurrentPackage
		want string
	}{
		"made with the new one": {wallet.CurrentPackage{ID: card, Version: 2, TemplateRevision: newer.Revision()}, newer.Revision()},
		"made with the old one": {wallet.CurrentPackage{ID: card, Version: 2, TemplateRevision: older.Revision()}, older.Revision()},
	} {
		rendered, findings, err := r.Render(t.Context(), points(1), c.pkg)
		check(t, err)
		if rendered.TemplateRevision != c.want {
			t.Errorf("a package %s is rendered with revision %.8s, want %.8s (%v)", name, rendered.TemplateRevision, c.want, findings)
		}
	}
}

// checkedSet is a keptSet that knows when it has looked.
type checkedSet struct {
	keptSet
	checked time.Time
}

func (c checkedSet) Checked(string) time.Time { return c.checked }

// What was looked at after the package's record was written is at least as new as what the package was made with. The clocks of the
// two that say so may be some seconds apart.
func TestATemplateThatWasLookedAtSinceIsFresh(t *testing.T) {
	builtin, err := template.Builtin()
	check(t, err)
	kept, err := builtin.Template(t.Context(), "simple")
	check(t, err)
	fresh, err := builtin.Template(t.Context(), "points")
	check(t, err)
	written := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	pkg := wallet.CurrentPackage{ID: card, Version: 2, TemplateRevision: "another", Revision: wallet.Revision(written.UnixMicro())}
	for after, want := range map[time.Duration]*template.Template{
		-time.Hour: fresh, 0: fresh, 10 * time.Minute: fresh, 15 * time.Minute: fresh, 16 * time.Minute: kept, time.Hour: kept,
	} {
		r := renderer(t)
		r.Templates = checkedSet{keptSet{kept: kept, fresh: fresh}, written.Add(after)}
		rendered, _, err := r.Render(t.Context(), points(1), pkg)
		check(t, err)
		if rendered.TemplateRevision != want.Revision() {
			t.Errorf("looked at %v after the package was made: revision %.8s, want %.8s", after, rendered.TemplateRevision, want.Revision())
		}
	}
}

// lateSet is an instance's cache that has kept the absence of a template.
type lateSet struct {
	uploaded template.Templates
	asked    int // for what is not kept
}

func (*lateSet) Template(_ context.Context, name string) (*template.Template, error) {
	return nil, &template.UnknownError{Name: name}
}

func (l *lateSet) Fresh(ctx context.Context, name string) (*template.Template, error) {
	l.asked++
	return l.uploaded.Template(ctx, name)
}

// Whoever accepted the document knew its template already. A refusal is final, so it is not for an instance that has kept the
// template's absence to refuse; a name that is made up costs one look for each refusal.
func TestAKeptAbsenceDoesNotRefuseADocument(t *testing.T) {
	builtin, err := template.Builtin()
	check(t, err)
	uploaded, err := builtin.Template(t.Context(), "points")
	check(t, err)
	for _, pkg := range []wallet.CurrentPackage{of, {ID: card, Version: 2, TemplateRevision: uploaded.Revision()}} {
		late := &lateSet{uploaded: template.Templates{"points": uploaded}}
		r := renderer(t)
		r.Templates = late
		if rendered, findings, err := r.Render(t.Context(), points(1), pkg); err != nil || len(findings) > 0 || rendered.TemplateRevision != uploaded.Revision() {
			t.Errorf("version %d: %v, %v", pkg.Version, findings, err)
		}
		_, findings, err := r.Render(t.Context(), with(points(1), "template", "nothing"), pkg)
		if got := found(findings); err != nil || got != "TPL-UNKNOWN /template" || late.asked != 2 {
			t.Errorf("version %d: %s, %v, asked %d times", pkg.Version, got, err, late.asked)
		}
	}
}

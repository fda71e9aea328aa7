package template_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// copyTemplates writes templates of these names, alike but for their description.
func copyTemplates(t *testing.T, description string, names ...string) template.Templates {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		pass := map[string]string{"pass.json": `{"description":"` + description + `"}`}
		if err := os.CopyFS(filepath.Join(dir, "from"), folder(t, pass)); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "from/card.pass"), filepath.Join(dir, name+".pass")); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, ".trash.pass"), 0o700), os.Mkdir(filepath.Join(dir, "drafts"), 0o700)); err != nil {
		t.Fatal(err)
	}
	templates, err := template.LoadAll(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return templates
}

func description(t *testing.T, set template.Set, name string) any {
	t.Helper()
	tmpl, err := set.Template(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	rendering, _ := tmpl.Render(wallet.Document{}, server)
	return rendering.Pass["description"]
}

func TestSetsLaterOneWins(t *testing.T) {
	set := template.Sets{copyTemplates(t, "first", "a", "b"), copyTemplates(t, "second", "b", "c")}
	for name, want := range map[string]string{"a": "first", "b": "second", "c": "second"} {
		if got := description(t, set, name); got != want {
			t.Errorf("template %s is of the %v set, want the %s", name, got, want)
		}
	}
}

func TestUnknownTemplate(t *testing.T) {
	set := template.Sets{copyTemplates(t, "first", "a", "b"), copyTemplates(t, "second", "b", "c")}
	tmpl, err := set.Template(t.Context(), "stomps")
	if tmpl != nil || !errors.Is(err, wallet.ErrInvalid) {
		t.Fatalf("got %v, %v; want ErrInvalid", tmpl, err)
	}
	findings, _ := errors.AsType[wallet.Findings](err)
	wantFindings(t, findings, "error TPL-UNKNOWN /template")
	if !strings.Contains(err.Error(), `"stomps"; there are: a, b, c`) {
		t.Errorf("%q does not list the names that there are", err)
	}
	_, err = set.Template(t.Context(), "Stamps")
	if !strings.Contains(err.Error(), `"Stamps", since a template's name has 1 to 40 characters of a-z, 0-9 and -; there are: a, b, c`) {
		t.Errorf("%q does not say what names templates have", err)
	}
	if _, err := (template.Sets{}).Template(t.Context(), "a"); !strings.Contains(err.Error(), "there are: none") {
		t.Errorf("no sets: %v", err)
	}
}

type failingSet struct{}

func (failingSet) Template(context.Context, string) (*template.Template, error) {
	return nil, errBroken
}

func TestSetsDoNotFallBackOnFailure(t *testing.T) {
	set := template.Sets{copyTemplates(t, "first", "a"), failingSet{}}
	if tmpl, err := set.Template(t.Context(), "a"); tmpl != nil || !errors.Is(err, errBroken) {
		t.Errorf("got %v, %v; want the failure of the later set", tmpl, err)
	}
}

func TestLoadAllNamesEveryBrokenTemplate(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"one.pass/pass.json": "{", "Two.pass/pass.json": "{}", "three.pass/notes.txt": ""} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := template.LoadAll(os.DirFS(dir))
	findings, _ := errors.AsType[wallet.Findings](err)
	wantFindings(t, findings, "error TPL-NAME Two.pass", "error REJ-3 one.pass/pass.json", "error TPL-FILE three.pass/notes.txt",
		"error PKG-2 three.pass/pass.json")
	if _, err := template.LoadAll(os.DirFS(filepath.Join(dir, "absent"))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent directory: %v", err)
	}
}

package template_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// starterNames are those of the samples; TestStartersPlaceholders holds them to the starters.
var starterNames = func() (names []string) {
	files, _ := filepath.Glob("samples/*.json")
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	slices.Sort(names)
	return names
}()

var loadBuiltin = sync.OnceValues(func() (template.Templates, error) { return template.LoadAll(os.DirFS("starters")) })

// starters returns the built-in templates, loaded once for all tests: they never change.
func starters(t testing.TB) template.Templates {
	t.Helper()
	builtin, err := loadBuiltin()
	if err != nil {
		t.Fatal(err)
	}
	return builtin
}

// starter returns a built-in template and its sample.
func starter(t testing.TB, name string) (*template.Template, wallet.Document) {
	t.Helper()
	doc, ok := template.Sample(name)
	if !ok {
		t.Fatalf("%s has no sample", name)
	}
	return starters(t)[name], doc
}

// TestSamplesAreDocuments holds each sample to what a PUT would say of it: nothing, neither of the text nor of the pass.
func TestSamplesAreDocuments(t *testing.T) {
	for _, name := range starterNames {
		text, err := os.ReadFile("samples/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		fields, findings, err := wallet.DecodeObject(text)
		if err != nil || findings != nil {
			t.Fatal(name, err, findings)
		}
		want, findings := wallet.ParseDocument(fields)
		tmpl, doc := starter(t, name)
		if findings != nil || want.Template != name || !reflect.DeepEqual(doc, want) {
			t.Errorf("%s: sample %+v, want %+v (%v)", name, doc, want, findings)
		}
		if _, findings := tmpl.Render(doc, server); findings != nil {
			t.Errorf("%s: %v", name, findings)
		}
	}
}

func TestSampleIsTheCallersOwn(t *testing.T) {
	changed, _ := template.Sample("points")
	changed.Data["points"] = "spoiled"
	if doc, _ := template.Sample("points"); doc.Data["points"] != int64(1250) {
		t.Errorf("the next sample has %v points", doc.Data["points"])
	}
}

func TestSampleOfNothing(t *testing.T) {
	for _, name := range []string{"", "unknown", "../samples/points", "points.json", "."} {
		if doc, ok := template.Sample(name); ok {
			t.Errorf("%q has the sample %v", name, doc)
		}
	}
}

package template_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"image"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

var starterNames = []string{"points", "simple", "stamps"}

// starter returns a built-in template and a document with all its data.
func starter(t testing.TB, name string) (*template.Template, wallet.Document) {
	t.Helper()
	builtin, err := template.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	data := map[string]any{
		"programName": "Northwind Rewards", "organizationName": "Northwind Coffee", "accountId": "A-10442",
		"fullName": "Zoë \"Ada\" Müller", "qrCodeLink": "https://example.com/a?id=10442&x=<1>",
	}
	switch name {
	case "points":
		data["points"] = int64(1250)
	case "stamps":
		data["stamps"], data["stampGoal"] = int64(3), int64(10)
	}
	return builtin[name], wallet.Document{Template: name, Data: data}
}

func TestStartersGolden(t *testing.T) {
	for _, name := range starterNames {
		t.Run(name, func(t *testing.T) {
			tmpl, doc := starter(t, name)
			rendering, findings := tmpl.Render(doc, server)
			if findings != nil {
				t.Fatal(findings)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, []byte(file(t, rendering.Source, "pass.json")), "", "  "); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("pass.json is not %s (go test -update writes it):\n%s", golden, got.Bytes())
			}
		})
	}
}

func TestStartersPlaceholders(t *testing.T) {
	builtin, err := template.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if names := slices.Sorted(maps.Keys(builtin)); !slices.Equal(names, starterNames) {
		t.Errorf("starters %q, want %q", names, starterNames)
	}
	for name, more := range map[string][]string{"simple": nil, "points": {"points"}, "stamps": {"stamps", "stampGoal"}} {
		want := append([]string{"programName", "organizationName", "accountId", "fullName", "qrCodeLink"}, more...)
		slices.Sort(want)
		if got := builtin[name].Placeholders(); !slices.Equal(got, want) {
			t.Errorf("%s needs %q, want %q", name, got, want)
		}
	}
}

// TestStartersImages holds the sizes of Apple's guidelines and of our own economy.
func TestStartersImages(t *testing.T) {
	points := map[string]image.Point{
		"icon": {X: 38, Y: 38}, "logo": {X: 50, Y: 50}, "strip": {X: 375, Y: 144}, "thumbnail": {X: 90, Y: 90},
	}
	for name, images := range map[string][]string{
		"simple": {"icon", "logo", "thumbnail"}, "points": {"icon", "logo", "strip"}, "stamps": {"icon", "logo", "strip"},
	} {
		tmpl, doc := starter(t, name)
		want := make(map[string]image.Point)
		for _, i := range images {
			want[i+".png"], want[i+"@2x.png"], want[i+"@3x.png"] = points[i], points[i].Mul(2), points[i].Mul(3)
		}
		if got := tmpl.ImageSizes(); !maps.Equal(got, want) {
			t.Errorf("%s has images %v, want %v", name, got, want)
		}
		rendering, _ := tmpl.Render(doc, server)
		size := 0
		for _, f := range rendering.Source {
			size += len(f.Data())
		}
		if size > 50_000 {
			t.Errorf("%s has %d bytes; optimise its images", name, size)
		}
	}
}

// TestStartersTranslated finds labels and messages that a table of the starter does not have (LOC-3).
func TestStartersTranslated(t *testing.T) {
	for _, name := range starterNames {
		tmpl, doc := starter(t, name)
		rendering, _ := tmpl.Render(doc, server)
		style := "storeCard"
		if name == "simple" {
			style = "generic"
		}
		for group, fields := range rendering.Pass[style].(map[string]any) {
			for _, f := range fields.([]any) {
				field := f.(map[string]any)
				texts := []any{field["label"], field["changeMessage"]}
				if field["key"] == "about" {
					texts = append(texts, field["value"])
				}
				for _, language := range []string{"en", "de"} {
					table := file(t, rendering.Source, language+".lproj/pass.strings")
					for _, text := range texts {
						if s, ok := text.(string); ok && !strings.Contains(table, `"`+s+`" = "`) {
							t.Errorf("%s: %s of %s is not in the %s table", name, s, group, language)
						}
					}
				}
			}
		}
	}
}

func TestStartersKeepNumbers(t *testing.T) {
	number := func(name string, key string) any {
		tmpl, doc := starter(t, name)
		rendering, _ := tmpl.Render(doc, server)
		for _, fields := range rendering.Pass["storeCard"].(map[string]any) {
			for _, f := range fields.([]any) {
				if field := f.(map[string]any); field["key"] == key && field["numberStyle"] == "PKNumberStyleDecimal" {
					return field["value"]
				}
			}
		}
		return nil
	}
	for key, want := range map[[2]string]int64{{"points", "points"}: 1250, {"stamps", "stamps"}: 3, {"stamps", "stampGoal"}: 10} {
		if got := number(key[0], key[1]); got != want {
			t.Errorf("%s shows %s as %T %v, want the number %d with a number style, so that text is refused", key[0], key[1], got, got, want)
		}
	}
}

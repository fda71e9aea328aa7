package document_test

import (
	"testing"
	"testing/fstest"

	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/template"
)

func TestColoursFromTheLogo(t *testing.T) {
	fields := with(points(1), "pass", map[string]any{"backgroundColor": "auto", "foregroundColor": nil, "labelColor": "auto"})
	rendered, findings, err := renderer(t).Render(t.Context(), fields, of)
	if err != nil || len(findings) != 0 {
		t.Fatalf("%v, %v", findings, err)
	}
	pass := passJSON(t, rendered)
	background, err := picture.ParseColor(pass["backgroundColor"].(string))
	check(t, err)
	for _, key := range []string{"foregroundColor", "labelColor"} {
		if text, err := picture.ParseColor(pass[key].(string)); err != nil || picture.Contrast(text, background) < picture.ForegroundContrast {
			t.Errorf("%s %v on %v: %v", key, pass[key], background, err)
		}
	}
	kept := with(fields, "pass", map[string]any{"backgroundColor": "auto", "foregroundColor": "rgb(1, 2, 3)"})
	rendered, _, err = renderer(t).Render(t.Context(), kept, of)
	check(t, err)
	if got := passJSON(t, rendered)["foregroundColor"]; got != "rgb(1, 2, 3)" {
		t.Errorf("the given colour became %v", got)
	}
	refused := data(fields, "points", nil)
	if _, findings, err := renderer(t).Render(t.Context(), refused, of); err != nil || rules(findings) != "error TPL-MISSING /data/points" {
		t.Errorf("beside another finding: %q, %v", rules(findings), err)
	}
}

// The colours are those of the logo where it is in the languages' folders, too.
func TestColoursFromALocalizedLogo(t *testing.T) {
	r := renderer(t)
	r.Templates = localized(t)
	fields := map[string]any{"template": "plain", "pass": map[string]any{"backgroundColor": "auto"}}
	rendered, findings, err := r.Render(t.Context(), fields, of)
	if err != nil || findings.Err() != nil {
		t.Fatalf("%v, %v", findings, err)
	}
	colours, err := new(picture.Cache).Palette(drawn(t, 100, 100, logoColour))
	check(t, err)
	if got := passJSON(t, rendered)["backgroundColor"]; got != colours.Background.String() {
		t.Errorf("%v, want %v", got, colours.Background)
	}
}

func TestColoursThatCannotBeReadAreWarnedOf(t *testing.T) {
	fields := with(points(1), "pass", map[string]any{
		"backgroundColor": "rgb(0, 0, 0)", "foregroundColor": "rgb(40, 40, 40)", "labelColor": "rgb(50, 50, 50)",
	})
	_, findings, err := renderer(t).Render(t.Context(), fields, of)
	const want = "warning COLOR-CONTRAST pass.json#/foregroundColor, warning COLOR-CONTRAST pass.json#/labelColor"
	if err != nil || rules(findings) != want {
		t.Errorf("%q, %v", rules(findings), err)
	}
}

// Without a logo the icon gives the colours; without either, that is found once, and not that "auto" is no colour.
func TestColoursWithoutALogo(t *testing.T) {
	pass := `{"description":"Plain","organizationName":"Corner Roastery","backgroundColor":"auto","labelColor":"auto","generic":{}}`
	templates, err := template.LoadAll(fstest.MapFS{
		"icon.pass/pass.json":   {Data: []byte(pass)},
		"icon.pass/icon@2x.png": {Data: drawn(t, 76, 76, logoColour)},
		"none.pass/pass.json":   {Data: []byte(pass)},
	})
	check(t, err)
	r := renderer(t)
	r.Templates = templates
	rendered, findings, err := r.Render(t.Context(), map[string]any{"template": "icon"}, of)
	if err != nil || findings.Err() != nil {
		t.Fatalf("%v, %v", findings, err)
	}
	colours, err := new(picture.Cache).Palette(drawn(t, 76, 76, logoColour))
	check(t, err)
	if got := passJSON(t, rendered)["backgroundColor"]; got != colours.Background.String() {
		t.Errorf("%v, want %v", got, colours.Background)
	}
	if _, findings, err := r.Render(t.Context(), map[string]any{"template": "none"}, of); err != nil ||
		found(findings) != "COLOR-AUTO pass.json#/backgroundColor\nPKG-2 icon.png" {
		t.Errorf("%s, %v", found(findings), err)
	}
}

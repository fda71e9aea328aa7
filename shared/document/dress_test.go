package document_test

import (
	"errors"
	"image/color"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/wallet"
)

// dressed returns a renderer with this internet.
func dressed(t testing.TB, n *internet) document.Renderer {
	r := renderer(t)
	r.Pictures, r.Drawings = n.album(), picture.NewCache(1<<20)
	return r
}

// files returns the names of the files of an image.
func files(rendered document.Rendered, name string) []string {
	var names []string
	for _, file := range rendered.Source {
		if strings.Contains(file.Name(), name) {
			names = append(names, file.Name())
		}
	}
	slices.Sort(names)
	return names
}

func rules(findings wallet.Findings) string {
	var all []string
	for _, f := range findings {
		all = append(all, string(f.Severity)+" "+f.Rule+" "+f.Path)
	}
	return strings.Join(all, ", ")
}

func stampsCard(count any) map[string]any {
	fields := data(data(data(points(1), "points", nil), "stamps", count), "stampGoal", int64(10))
	fields["template"] = "stamps"
	return fields
}

var allScales = []string{"strip.png", "strip@2x.png", "strip@3x.png"}

func TestAPictureFillsItsSlotAtEveryScale(t *testing.T) {
	n := &internet{files: map[string][]byte{address: drawn(t, 1500, 600, color.NRGBA{R: 200, A: 255})}}
	fields := with(points(1), "images", map[string]any{"strip": address})
	rendered, findings, err := dressed(t, n).Render(t.Context(), fields, of)
	if err != nil || len(findings) != 0 {
		t.Fatalf("%v, %v", findings, err)
	}
	if got := files(rendered, "strip"); !slices.Equal(got, allScales) {
		t.Errorf("files %q", got)
	}
	plain, _, err := renderer(t).Render(t.Context(), points(1), of)
	check(t, err)
	before, _ := plain.Source.File("strip@2x.png")
	after, _ := rendered.Source.File("strip@2x.png")
	if string(before.Data()) == string(after.Data()) {
		t.Error("the template's own picture is still there")
	}
}

func TestPicturesThatCannotBeUsedAreFindings(t *testing.T) {
	n := &internet{files: map[string][]byte{
		"https://example.com/page":  []byte("<html>"),
		"https://example.com/small": drawn(t, 20, 20, color.White),
	}}
	for source, want := range map[string]string{
		"https://example.com/none":  "error IMG-SOURCE /images/strip",
		"https://example.com/page":  "error IMG-SOURCE /images/strip",
		"https://example.com/small": "warning IMG-SMALL /images/strip",
	} {
		fields := with(points(1), "images", map[string]any{"strip": source})
		if _, findings, err := dressed(t, n).Render(t.Context(), fields, of); err != nil || rules(findings) != want {
			t.Errorf("%s: %q, %v; want %q", source, rules(findings), err, want)
		}
	}
	fields := with(points(1), "images", map[string]any{"banner": "https://example.com/small"})
	if _, findings, err := dressed(t, n).Render(t.Context(), fields, of); err != nil || rules(findings) != "error IMG-SLOT /images/banner" {
		t.Errorf("no such slot: %q, %v", rules(findings), err)
	}
}

// A host that is out of reach now is no document's fault.
func TestAnUnreachablePictureIsNoFinding(t *testing.T) {
	n := &internet{err: errDown}
	fields := with(points(1), "images", map[string]any{"strip": address})
	if _, findings, err := dressed(t, n).Render(t.Context(), fields, of); !errors.Is(err, errDown) || len(findings) != 0 {
		t.Errorf("%v, %v", findings, err)
	}
}

func TestAStampCardDrawsItself(t *testing.T) {
	n := &internet{files: map[string][]byte{address: drawn(t, 300, 300, color.NRGBA{G: 200, A: 255})}}
	r := dressed(t, n)
	strips := make(map[string]string)
	for name, fields := range map[string]map[string]any{
		"three": stampsCard(int64(3)), "again": stampsCard(int64(3)), "four": stampsCard(int64(4)),
		"with a stamp": with(stampsCard(int64(3)), "images", map[string]any{"stamp": address}),
	} {
		rendered, findings, err := r.Render(t.Context(), fields, of)
		if err != nil || len(findings) != 0 {
			t.Fatalf("%s: %v, %v", name, findings, err)
		}
		if got := files(rendered, "strip"); !slices.Equal(got, allScales) {
			t.Errorf("%s: files %q", name, got)
		}
		strip, _ := rendered.Source.File("strip@3x.png")
		strips[name] = string(strip.Data())
		if len(files(rendered, "stamp")) != 0 {
			t.Errorf("%s: the stamp is a file of the pass", name)
		}
	}
	if strips["three"] != strips["again"] || strips["three"] == strips["four"] || strips["three"] == strips["with a stamp"] {
		t.Error("the strip does not follow the stamps")
	}
	if _, findings, err := r.Render(t.Context(), stampsCard("three"), of); err != nil || !strings.HasPrefix(rules(findings), "error STAMPS /data/stamps") {
		t.Errorf("text: %q, %v", rules(findings), err)
	}
	if _, findings, err := r.Render(t.Context(), data(stampsCard(int64(3)), "stampGoal", int64(1000)), of); err != nil ||
		rules(findings) != "error STAMPS /data/stampGoal" {
		t.Errorf("a thousand places: %q, %v", rules(findings), err)
	}
}

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

// Promise 4: a pass whose pictures were made before costs no drawing.
func BenchmarkRenderStamps(b *testing.B) {
	for name, cache := range map[string]*picture.Cache{"drawn each time": nil, "cached": picture.NewCache(1 << 20)} {
		b.Run(name, func(b *testing.B) {
			r := renderer(b)
			r.Drawings = cache
			for b.Loop() {
				_, findings, err := r.Render(b.Context(), stampsCard(int64(3)), of)
				if err != nil || findings.Err() != nil {
					b.Fatal(findings, err)
				}
			}
		})
	}
}

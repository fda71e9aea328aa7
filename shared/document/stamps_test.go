package document_test

import (
	"image/color"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/picture"
)

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
	if _, findings, err := r.Render(t.Context(), data(stampsCard(int64(3)), "stampGoal", int64(1000)), of); err != nil ||
		rules(findings) != "error STAMPS /data/stampGoal" {
		t.Errorf("a thousand places: %q, %v", rules(findings), err)
	}
}

func TestNumbersOfAStampCard(t *testing.T) {
	r := dressed(t, new(internet))
	both := func(stamps, goal any) map[string]any { return data(stampsCard(stamps), "stampGoal", goal) }
	for name, c := range map[string]struct {
		fields map[string]any
		want   string
	}{
		"both text":       {both("three", "ten"), "error STAMPS /data/stamps, error STAMPS /data/stampGoal"},
		"a goal of text":  {both(int64(3), "ten"), "error STAMPS /data/stampGoal"},
		"half a stamp":    {both(2.5, int64(10)), "error STAMPS /data/stamps"},
		"below zero":      {both(int64(-1), int64(10)), "error STAMPS /data/stamps"},
		"no places":       {both(int64(1), int64(0)), "error STAMPS /data/stampGoal"},
		"a list":          {both(int64(1), []any{}), "error TPL-TYPE /data/stampGoal"},
		"missing":         {both(int64(1), nil), "error TPL-MISSING /data/stampGoal"},
		"more than there": {both(int64(12), int64(10)), ""},
		"beside another":  {data(both("three", int64(10)), "fullName", nil), "error TPL-MISSING /data/fullName, error STAMPS /data/stamps"},
	} {
		_, findings, err := r.Render(t.Context(), c.fields, of)
		got := strings.Join(slices.DeleteFunc(strings.Split(rules(findings), ", "), func(s string) bool { return strings.Contains(s, "pass.json#") }), ", ")
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

// Places and stamps have the colour of the pass's text, so that they can be read on its background.
func TestStampsHaveTheColourOfTheText(t *testing.T) {
	strips := make(map[string]bool)
	for _, ink := range []any{"rgb(255, 255, 255)", "rgb(250, 200, 0)", nil} {
		fields := with(stampsCard(int64(3)), "pass", map[string]any{"foregroundColor": ink})
		rendered, findings, err := dressed(t, new(internet)).Render(t.Context(), fields, of)
		if err != nil || findings.Err() != nil {
			t.Fatalf("%v: %v, %v", ink, findings, err)
		}
		strip, _ := rendered.Source.File("strip@2x.png")
		strips[string(strip.Data())] = true
	}
	if len(strips) != 3 {
		t.Errorf("%d strips of three colours", len(strips))
	}
}

// A stamp that no card is drawn with is not lost without a word.
func TestAStampWithoutACard(t *testing.T) {
	n := &internet{files: map[string][]byte{address: drawn(t, 1500, 600, color.White)}}
	r := dressed(t, n)
	for name, fields := range map[string]map[string]any{
		"another template":    with(points(1), "images", map[string]any{"stamp": address}),
		"a strip of the pass": with(stampsCard(int64(3)), "images", map[string]any{"stamp": address, "strip": address}),
	} {
		if _, findings, err := r.Render(t.Context(), fields, of); err != nil || rules(findings) != "warning IMG-UNUSED /images/stamp" {
			t.Errorf("%s: %q, %v", name, rules(findings), err)
		}
	}
}

// Promise 4: a pass whose pictures were made before costs no drawing.
// A card whose strip was drawn before costs what one costs that has nothing drawn.
func BenchmarkRenderStamps(b *testing.B) {
	for _, c := range []struct {
		name   string
		cache  *picture.Cache
		fields map[string]any
	}{
		{"drawn each time", nil, stampsCard(int64(3))},
		{"drawn before", picture.NewCache(1 << 20), stampsCard(int64(3))},
		{"nothing drawn", nil, points(3)},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := renderer(b)
			r.Drawings = c.cache
			for b.Loop() {
				_, findings, err := r.Render(b.Context(), c.fields, of)
				if err != nil || findings.Err() != nil {
					b.Fatal(findings, err)
				}
			}
		})
	}
}

func stampsCard(count any) map[string]any {
	fields := data(data(data(points(1), "points", nil), "stamps", count), "stampGoal", int64(10))
	fields["template"] = "stamps"
	return fields
}

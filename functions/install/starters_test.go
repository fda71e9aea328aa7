package install_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// starterNames are the built-in templates.
var starterNames = []string{
	"boarding", "coupon", "event", "event-poster", "gift-card", "membership", "membership-poster", "points", "rewards", "simple", "stamps",
}

// starter packages the sample of a built-in template as the fixture's pass.
func (f *fixture) starter(name string) *fixture {
	f.t.Helper()
	sample, ok := template.Sample(name)
	if !ok {
		f.t.Fatalf("no sample for %s", name)
	}
	builtin, err := template.Builtin()
	check(f.t, err)
	renderer := document.Renderer{
		Templates: builtin, Teams: map[string]string{card.PassTypeIdentifier: "TEAMID1234"}, Keys: f.keys, WebServiceURL: base,
	}
	fields := map[string]any{"template": sample.Template, "data": sample.Data}
	rendered, findings, err := renderer.Render(f.t.Context(), fields, wallet.CurrentPackage{ID: card})
	check(f.t, err)
	check(f.t, findings.Err())
	return f.holding(rendered.Source)
}

var (
	picture = regexp.MustCompile(`data:image/png;base64,[^"]*`)
	class   = regexp.MustCompile(`\.[a-z][a-z-]*`)
)

// maxPage is how large a page may be without the pass's own images, in bytes: what a slow phone has in a moment.
const maxPage = 60_000

func TestThePageOfEachStarter(t *testing.T) {
	for _, name := range starterNames {
		text := newFixture(t).starter(name).page(desktop, "Accept-Language", "ja")
		if size := len(picture.ReplaceAllString(text, "")); size > maxPage {
			t.Errorf("%s: %d bytes", name, size)
		}
		if drawn := strings.Count(text, "<article"); drawn != 2 {
			t.Errorf("%s: %d sides are drawn", name, drawn)
		}
	}
}

// The page's style and that of the passes know nothing of each other: no class is in both.
func TestThePageAndThePassesShareNoClass(t *testing.T) {
	for _, name := range starterNames {
		styles := sheets(t, newFixture(t).starter(name).page(desktop))
		own := class.FindAllString(styles[0], -1)
		for _, other := range class.FindAllString(styles[1], -1) {
			if slices.Contains(own, other) {
				t.Errorf("%s: %s is in both", name, other)
			}
		}
	}
}

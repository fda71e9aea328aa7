package main

import (
	"fmt"
	"testing"

	"walletpasses.example/server/shared/browsertest"
)

// The fronts of the starters, and one with longer words, say all that they say however narrow the card: it is made smaller, and
// nothing is cut off.
func TestBrowserNothingIsCutOff(t *testing.T) {
	c := newClient(t, serve(t))
	links := map[string]string{"long words": c.issue("words", with(sample(t, "simple"), map[string]any{"pass": map[string]any{
		"logoText": "Kletterzentrum am Gipfel",
		"generic": map[string]any{
			"headerFields":  []any{labelled("Bonuspunkte", "12.345")},
			"primaryFields": []any{labelled("Mitglied", "Alexandra Mustermann-Schulze")},
			"secondaryFields": []any{
				labelled("Mitgliedsnummer", "WWW-10442"), labelled("Mitglied seit", "1. September 2021"), labelled("Gültig bis", "31. August 2031"),
			},
			"auxiliaryFields": []any{},
		},
	}}))}
	for _, name := range starters(t) {
		links[name] = c.issue(name, sample(t, name))
	}
	browser := browsertest.Start(t)
	for _, language := range []string{"en", "de"} {
		page := browser.Open(t, c.url+"/", browsertest.View{Languages: language})
		for name, link := range links {
			page.Goto(link)
			for _, width := range []int{160, 240, 320, 375} {
				if cut := cutOff(page, width); len(cut) > 0 {
					t.Errorf("%s in %s, %d px wide: %q", name, language, width, cut)
				}
			}
		}
	}
}

func labelled(label, value string) map[string]any {
	return map[string]any{"key": label, "label": label, "value": value}
}

// cutOff draws the front of the page's pass that many pixels wide, and returns the texts that have no room there.
func cutOff(page *browsertest.Page, width int) (texts []string) {
	page.Evaluate(fmt.Sprintf(`document.querySelector('.copy').style.width = '%dpx',
		[...document.querySelectorAll('.pass-front :is(p, dt, dd)')].filter(text => text.scrollWidth > text.clientWidth).map(text => text.innerText)`,
		width), &texts)
	return texts
}

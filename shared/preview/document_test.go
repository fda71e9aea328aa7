package preview_test

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"walletpasses.example/server/shared/preview"
)

// A document shows one side and is allowed by its own policy: the one style that it has is the one whose hash stands there.
func TestADocumentOfOneSide(t *testing.T) {
	for name := range layouts {
		card := draw(t, starter(t, name, nil), preview.Viewer{Now: today, AcceptLanguage: "de"})
		for side, content := range map[preview.Side]string{preview.Front: string(card.Front), preview.Back: string(card.Back)} {
			var b bytes.Buffer
			if err := card.WriteDocument(&b, side); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), content) || strings.Count(b.String(), "<article") != 1 {
				t.Errorf("%s: the document does not show the side", name)
			}
			styles := 0
			for n := range parse(t, b.String()).Descendants() {
				switch {
				case n.Type != html.ElementNode:
				case n.Data == "style":
					styles++
					if source := preview.StyleSource(text(n)); !strings.Contains(card.Policy(), "style-src "+source+";") {
						t.Errorf("%s: the policy %s does not allow the style %s", name, card.Policy(), source)
					}
				case n.Data == "html" && (attribute(n, "lang") != "de" || attribute(n, "dir") != "ltr"):
					t.Errorf("%s: the document is in %q", name, attribute(n, "lang"))
				case n.Data == "title" && text(n) != strings.TrimPrefix(card.Organization+", "+card.Description, ", "):
					t.Errorf("%s: the document is called %q", name, text(n))
				case n.Data == "script" || n.Data == "link" || attribute(n, "style") != "":
					t.Errorf("%s: the document has <%s>", name, n.Data)
				}
			}
			if styles != 1 {
				t.Errorf("%s: %d styles", name, styles)
			}
		}
		if !strings.HasPrefix(card.Policy(), "default-src 'none'; ") || strings.Contains(card.Policy(), "script") || strings.Contains(card.Policy(), "unsafe") {
			t.Errorf("%s: %s", name, card.Policy())
		}
	}
}

// Cards on one page share what they have in common, and each keeps its own colours; the stylesheet fetches nothing.
func TestStylesheetOfSeveralCards(t *testing.T) {
	var cards []preview.Card
	for name := range layouts {
		cards = append(cards, draw(t, starter(t, name, nil), preview.Viewer{Now: today}))
	}
	all := preview.Stylesheet(cards...)
	if found := unsafeCSS.FindString(all); found != "" {
		t.Errorf("there is %q in the stylesheet", found)
	}
	if strings.Count(all, ".pass-front{") != 1 || len(all) > 16<<10 {
		t.Errorf("%d bytes for %d cards", len(all), len(cards))
	}
	for _, card := range cards {
		for rule := range strings.SplitSeq(strings.TrimSuffix(card.Stylesheet, "\n"), "\n") {
			if !strings.Contains(all, rule) {
				t.Errorf("%s lacks %s", card.Layout, rule)
			}
		}
		for n := range elements(t, card.Front) {
			if n.Data != "article" {
				continue
			}
			classes := strings.Fields(attribute(n, "class"))
			if own := classes[len(classes)-1]; strings.Count(all, "."+own+"{") != 1 {
				t.Errorf("the class %s of %s is not in the stylesheet once", own, card.Layout)
			}
		}
		if strings.Contains(string(card.Front+card.Back), " id=") {
			t.Errorf("%s has an identifier, which another card on the page may have too", card.Layout)
		}
	}
}

package preview

import (
	"html/template"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// A span is a piece of a text, and where it leads.
type span struct {
	Text string
	URL  template.URL // "" for nowhere
}

// anchors reads <a href="…"> in an attributedValue. All other markup is text (FLD-5).
func anchors(text string) []span {
	var spans []span
	var href template.URL
	tokens := html.NewTokenizer(strings.NewReader(text))
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			return spans
		}
		raw := string(tokens.Raw())
		token := tokens.Token()
		switch {
		case kind == html.StartTagToken && token.Data == "a":
			href = hrefOf(token)
		case kind == html.EndTagToken && token.Data == "a":
			href = ""
		case kind == html.TextToken:
			spans = append(spans, span{token.Data, href})
		default:
			spans = append(spans, span{raw, href})
		}
	}
}

func hrefOf(token html.Token) template.URL {
	for _, attribute := range token.Attr {
		if attribute.Key == "href" {
			return safeURL(attribute.Val)
		}
	}
	return ""
}

// schemes that a card leads to. No script is among them, nor anything that the viewer's device would open by itself.
var schemes = []string{"https", "http", "mailto", "tel"}

// safeURL returns an absolute address of a known scheme as it can be trusted in a href, and "" for any other text.
func safeURL(text string) template.URL {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || !slices.Contains(schemes, u.Scheme) || len(text) > maxAddress {
		return ""
	}
	if web := strings.HasPrefix(u.Scheme, "http"); web && u.Host == "" || !web && u.Opaque == "" {
		return ""
	}
	return template.URL(u.String())
}

const maxAddress = 2000 // bytes

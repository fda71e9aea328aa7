package preview_test

import (
	"encoding/json"
	htmltemplate "html/template"
	"iter"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/preview"
	"walletpasses.example/server/shared/wallet"
)

// draw draws a pass that can be drawn.
func draw(t testing.TB, source pkpass.Source, v preview.Viewer) preview.Card {
	t.Helper()
	card, err := preview.Draw(source, v)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// drawPass draws a pass that is nothing but pass.json and these files.
func drawPass(t testing.TB, pass map[string]any, v preview.Viewer, files ...pkpass.File) preview.Card {
	t.Helper()
	return draw(t, append(pkpass.Source{pkpass.NewFile("pass.json", encode(t, pass))}, files...), v)
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// with is a source with another content of one file.
func with(source pkpass.Source, name string, data []byte) pkpass.Source {
	changed := pkpass.Source{pkpass.NewFile(name, data)}
	for _, file := range source {
		if file.Name() != name {
			changed = append(changed, file)
		}
	}
	return changed
}

func passOf(t testing.TB, source pkpass.Source) map[string]any {
	t.Helper()
	file, ok := source.File("pass.json")
	if !ok {
		t.Fatal("there is no pass.json")
	}
	pass, _, err := wallet.DecodeObject(file.Data())
	if err != nil {
		t.Fatal(err)
	}
	return pass
}

type m = map[string]any

// group is fields with these values, and labels that count.
func group(values ...any) []any {
	var fields []any
	for i, value := range values {
		f, ok := value.(m)
		if !ok {
			f = m{"value": value, "label": "label " + string(rune('a'+i))}
		}
		fields = append(fields, f)
	}
	return fields
}

// withoutImages is HTML without the bytes of the images in it.
func withoutImages(h htmltemplate.HTML) string {
	var b strings.Builder
	for i, part := range strings.Split(string(h), `"data:`) {
		if i > 0 {
			part = part[strings.IndexByte(part, '"'):]
		}
		b.WriteString(part)
	}
	return b.String()
}

// parse reads HTML as a browser would.
func parse(t testing.TB, text string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// elements returns the elements of a piece of HTML, in their order.
func elements(t testing.TB, h htmltemplate.HTML) iter.Seq[*html.Node] {
	t.Helper()
	root := parse(t, string(h))
	return func(yield func(*html.Node) bool) {
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && !yield(n) {
				return
			}
		}
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for child := range n.ChildNodes() {
		b.WriteString(text(child))
	}
	return b.String()
}

// outline writes what stands on a card, from top to bottom: the card's name, "(image)", "label: value", "[barcode]", other texts.
func outline(t testing.TB, h htmltemplate.HTML) string {
	t.Helper()
	var b strings.Builder
	label := ""
	for n := range elements(t, h) {
		class := attribute(n, "class")
		switch n.Data {
		case "article":
			b.WriteString("# " + attribute(n, "aria-label") + "\n")
		case "img":
			b.WriteString("(" + strings.TrimSpace(class+" image)") + "\n")
		case "svg":
			b.WriteString("[" + strings.TrimSpace(class+" "+attribute(n, "aria-label")) + "]\n")
		case "dl":
			b.WriteString("--\n")
		case "dt":
			label = text(n)
		case "dd":
			b.WriteString(label + ": " + strings.ReplaceAll(text(n), "\n", " / ") + "\n")
		case "p":
			b.WriteString(strings.Join(strings.Fields(text(n)), " ") + "\n")
		}
	}
	return b.String()
}

// values lists the values on the front: what each dd says.
func values(t testing.TB, card preview.Card) []string {
	t.Helper()
	var all []string
	for n := range elements(t, card.Front) {
		if n.Data == "dd" {
			all = append(all, text(n))
		}
	}
	return all
}

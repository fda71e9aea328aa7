package preview_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/preview"
)

// allowed are the elements of a drawing and their attributes.
var allowed = map[string][]string{
	"article": {"class", "lang", "dir", "aria-label"}, "div": {"class"}, "p": {"class"}, "span": {}, "b": {}, "s": {}, "dl": {"class"}, "dt": {}, "dd": {},
	"img": {"class", "src", "alt"}, "a": {"href", "target", "rel"},
	"svg":  {"xmlns", "class", "viewbox", "aria-hidden", "aria-label", "role", "shape-rendering", "preserveaspectratio"},
	"path": {"d", "fill", "fill-rule", "stroke", "stroke-width"},
	"html": {}, "head": {}, "body": {}, // made by the parser
}

var (
	safeHref  = regexp.MustCompile(`^(https?://|mailto:|tel:)`)
	safeClass = regexp.MustCompile(`^[A-Za-z0-9 -]*$`)
	// A stylesheet has neither an address nor an escape, and no text but the names of fonts and "".
	unsafeCSS = regexp.MustCompile(`(?i)url\(|@import|expression|javascript|[<\\]`)
)

// harmless fails the test where a card has anything in it that is not on the list.
func harmless(t testing.TB, card preview.Card) {
	t.Helper()
	for _, side := range []string{string(card.Front), string(card.Back)} {
		for n := range parse(t, side).Descendants() {
			if n.Type != html.ElementNode {
				if n.Type == html.CommentNode || n.Type == html.DoctypeNode {
					t.Errorf("there is a comment: %q", n.Data)
				}
				continue
			}
			attributes, ok := allowed[n.Data]
			if !ok {
				t.Errorf("there is an element <%s>", n.Data)
			}
			for _, a := range n.Attr {
				switch {
				case !slices.Contains(attributes, strings.ToLower(a.Key)):
					t.Errorf("<%s> has an attribute %s", n.Data, a.Key)
				case a.Key == "href" && !safeHref.MatchString(a.Val):
					t.Errorf("a link leads to %q", a.Val)
				case a.Key == "src" && !strings.HasPrefix(a.Val, "data:image/png;base64,"):
					t.Errorf("an image is loaded from %.60q", a.Val)
				case a.Key == "class" && !safeClass.MatchString(a.Val):
					t.Errorf("<%s> is in class %q", n.Data, a.Val)
				}
			}
		}
	}
	own := card.Stylesheet[strings.LastIndex(card.Stylesheet, "\n.own-")+1:] // TestStylesheet looks at the rest
	if found := unsafeCSS.FindString(own); found != "" || len(own) > 1000 {
		t.Errorf("there is %q in the stylesheet", own)
	}
	if size := len(card.Stylesheet) + len(withoutImages(card.Front)) + len(withoutImages(card.Back)); size > 60<<10 {
		t.Errorf("the card takes %d bytes", size)
	}
	if size := len(withoutImages(card.Back)); size > 20<<10 {
		t.Errorf("the back takes %d bytes", size)
	}
}

var payloads = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `javascript:alert(1)`, `</style><script>alert(1)</script>`,
	`--></article></div><iframe src=//e.example>`,
	`red;} body{background:url(https://e.example)} .x{color:rgb(1,2,3)`,
	`<a href="javascript:alert(1)" onclick=alert(1)>x</a>`,
	`<a href='https://e.example/"onmouseover="alert(1)'>x</a>`, "https://e.example/\"><script>", "\u202e\u2066gpj.exe\u200b\ufeff", "{{.}} ${x} `",
	strings.Repeat("A", 9<<10),
	strings.Repeat("\"'&<>+", 1500), strings.Repeat("a@b.example ", 750),
	strings.Repeat("漢", 3000), "\xff\xfe\x00",
}

// planted is a JSON value with a payload before every text in it.
func planted(v any, payload string) any {
	switch v := v.(type) {
	case string:
		return payload + v
	case []any:
		for i := range v {
			v[i] = planted(v[i], payload)
		}
	case map[string]any:
		for key := range v {
			if !strings.HasPrefix(key, "PK") && key != "preferredStyleSchemes" && key != "transitType" && key != "format" {
				v[key] = planted(v[key], payload)
			}
		}
	}
	return v
}

// Whatever stands in the texts of a pass, of its translations and of its sign-up form, nothing but text is drawn.
func TestScriptInEveryText(t *testing.T) {
	for name, layout := range oneOfEachLayout() {
		source := starter(t, name, nil)
		for i, payload := range payloads {
			t.Run(fmt.Sprintf("%s/%d", name, i), func(t *testing.T) {
				planted := with(source, "pass.json", encode(t, planted(passOf(t, source), payload)))
				planted = with(planted, "en.lproj/pass.strings", []byte(`"Member" = "`+strings.NewReplacer(`"`, `\"`, "\x00", "").Replace(payload)+`";`))
				planted = with(planted, "personalization.json", encode(t, m{"description": payload}))
				card := draw(t, planted, preview.Viewer{Now: today, AcceptLanguage: payload})
				if card.Layout != layout {
					t.Fatalf("drawn as %s", card.Layout)
				}
				harmless(t, card)
				var document bytes.Buffer
				if err := card.WriteDocument(&document, preview.Back); err != nil {
					t.Fatal(err)
				}
				if n := strings.Count(strings.ToLower(document.String()), "<script"); n != 0 {
					t.Error("a document with a script")
				}
			})
		}
	}
}

// oneOfEachLayout is layouts with one starter for each, the first.
func oneOfEachLayout() map[string]string {
	seen := make(map[string]bool)
	chosen := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(layouts)) {
		if layout := layouts[name]; !seen[layout] {
			seen[layout], chosen[name] = true, layout
		}
	}
	return chosen
}

// The members of a pass in every layout, replaced by values of other types, are drawn all the same.
func TestWrongTypesEverywhere(t *testing.T) {
	wrong := []any{nil, -1e300, "x", []any{[]any{m{}}, nil, "x", 1}, m{"a": []any{}}}
	for name := range oneOfEachLayout() {
		source := starter(t, name, nil)
		for i, file := range source {
			if strings.HasSuffix(file.Name(), ".png") {
				source[i] = picture(t, file.Name(), 4, 4)
			}
		}
		for _, value := range wrong {
			for _, pass := range replaced(passOf(t, source), value) {
				harmless(t, draw(t, with(source, "pass.json", encode(t, pass)), preview.Viewer{Now: today}))
			}
		}
	}
}

// replaced returns copies of an object, in each of which one member is another value, or all members of one object in it.
func replaced(object map[string]any, value any) []map[string]any {
	var all []map[string]any
	everything := maps.Clone(object)
	for key, member := range object {
		everything[key] = value
		with := func(member any) { changed := maps.Clone(object); changed[key] = member; all = append(all, changed) }
		switch member := member.(type) {
		case map[string]any:
			with(value)
			for _, changed := range replaced(member, value) {
				with(changed)
			}
		case []any:
			with(value)
			if first, ok := append(member, nil)[0].(map[string]any); ok {
				for _, changed := range replaced(first, value) {
					with([]any{changed})
				}
			}
		}
	}
	return append(all, everything)
}

// Images that are broken, too large or no PNG are left out; of an image that is broken at one scale another is used.
func TestBrokenImages(t *testing.T) {
	good := picture(t, "x", 90, 60).Data()
	flipped := slices.Clone(good)
	flipped[len(flipped)/2] ^= 1
	wide := picture(t, "x", 5000, 1).Data()
	var long bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&long, image.NewGray(image.Rect(0, 0, 1500, 1500))); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty": nil, "cut off": good[:len(good)-4], "damaged": flipped, "too wide": wide, "too long": long.Bytes(),
		"a script": []byte("<svg onload=alert(1)>"),
		"a JPEG":   []byte("\xff\xd8\xff\xe0"), "only a signature": good[:8],
		"without pixels": append(slices.Clone(good[:33]), good[len(good)-12:]...),
	} {
		t.Run(name, func(t *testing.T) {
			pass := m{"storeCard": m{}}
			if card := drawPass(t, pass, preview.Viewer{}, pkpass.NewFile("logo@3x.png", data)); strings.Contains(string(card.Front), "<img") {
				t.Error("is drawn")
			}
			card := drawPass(t, pass, preview.Viewer{}, pkpass.NewFile("logo@3x.png", data), pkpass.NewFile("logo@2x.png", good))
			if strings.Count(string(card.Front), "<img") != 1 || !strings.Contains(card.Stylesheet, ".logo{--width:45.00;--height:30.00}") {
				t.Errorf("the image at another scale is drawn as %s", card.Stylesheet[strings.LastIndex(card.Stylesheet, "}\n."):])
			}
		})
	}
}

// Colours are numbers of our own; what is no colour does not count.
func TestColors(t *testing.T) {
	for color, want := range map[string]string{
		"rgb(1, 2,3)": "--background:rgb(1, 2, 3);--foreground:rgb(255, 255, 255);--label:rgb(255, 255, 255)",
		"#FfF":        "--background:rgb(255, 255, 255);--foreground:rgb(0, 0, 0)",
		"red":         "--background:rgb(255, 255, 255)", "rgb(1,2,3);}*{color:red": "--background:rgb(255, 255, 255)",
		"rgb(256,0,0)": "--background:rgb(255, 255, 255)", "": "--background:rgb(255, 255, 255)",
	} {
		card := drawPass(t, m{"storeCard": m{}, "backgroundColor": color}, preview.Viewer{})
		if !strings.Contains(card.Stylesheet, want) {
			t.Errorf("%q: %s", color, card.Stylesheet[strings.LastIndex(card.Stylesheet, ".own-"):])
		}
		harmless(t, card)
	}
}

// An error means that there is no pass.json that can be read.
func TestNoPass(t *testing.T) {
	for _, source := range []pkpass.Source{
		nil, {pkpass.NewFile("pass.json", []byte(`{"storeCard":`))}, {pkpass.NewFile("pass.json", []byte(`[]`))}, {pkpass.NewFile("pass.json", nil)},
	} {
		if _, err := preview.Draw(source, preview.Viewer{}); err == nil {
			t.Error("drawn without a pass.json")
		}
	}
}

// FuzzDraw: whatever pass.json says, the drawing is harmless.
func FuzzDraw(f *testing.F) {
	for name := range layouts {
		file, _ := starter(f, name, nil).File("pass.json")
		f.Add(file.Data(), "en")
	}
	for _, payload := range payloads[:8] {
		text, _ := json.Marshal(m{"organizationName": payload, "backgroundColor": payload, "generic": m{"backFields": []any{m{"attributedValue": payload}}}})
		f.Add(text, payload)
	}
	artwork := picture(f, "artwork.png", 4, 4)
	f.Fuzz(func(t *testing.T, pass []byte, acceptLanguage string) {
		card, err := preview.Draw(pkpass.Source{pkpass.NewFile("pass.json", pass), artwork}, preview.Viewer{AcceptLanguage: acceptLanguage, Now: today})
		if err == nil {
			harmless(t, card)
		}
	})
}

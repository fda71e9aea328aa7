package document_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
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

// A pass has so many places for pictures and no more; whoever names others has none of them fetched.
func TestTooManyPictures(t *testing.T) {
	n := &internet{err: errDown}
	images := make(map[string]any)
	for i := range 21 {
		images[fmt.Sprint("picture", i)] = address
	}
	_, findings, err := dressed(t, n).Render(t.Context(), with(points(1), "images", images), of)
	if err != nil || rules(findings) != "error IMG-COUNT /images" || n.fetched != nil {
		t.Errorf("%q, %v, fetched %d times", rules(findings), err, len(n.fetched))
	}
}

// A picture of the document stands in for that of every language, of which the one at the root would hide the others (LOC-7).
func TestAPictureReplacesThoseOfLanguages(t *testing.T) {
	n := &internet{files: map[string][]byte{address: drawn(t, 900, 300, color.NRGBA{R: 200, A: 255})}}
	r := dressed(t, n)
	r.Templates = localized(t)
	fields := map[string]any{"template": "plain"}
	plain, findings, err := r.Render(t.Context(), fields, of)
	if err != nil || findings.Err() != nil || !slices.Equal(files(plain, "logo"), []string{"de.lproj/logo@2x.png", "en.lproj/logo@2x.png"}) {
		t.Fatalf("%v, %v, %q", findings, err, files(plain, "logo"))
	}
	rendered, findings, err := r.Render(t.Context(), with(fields, "images", map[string]any{"logo": address}), of)
	if err != nil || findings.Err() != nil || !slices.Equal(files(rendered, "logo"), []string{"logo.png", "logo@2x.png", "logo@3x.png"}) {
		t.Errorf("%v, %v, %q", findings, err, files(rendered, "logo"))
	}
	if strings.Contains(rules(findings), "LOC-") {
		t.Errorf("%v", findings)
	}
}

var logoColour = color.NRGBA{R: 10, G: 120, B: 60, A: 255}

// localized has a template with a logo for each of two languages, and an icon of another colour.
func localized(t *testing.T) template.Templates {
	logo, icon := drawn(t, 100, 100, logoColour), drawn(t, 76, 76, color.NRGBA{R: 200, A: 255})
	templates, err := template.LoadAll(fstest.MapFS{
		"plain.pass/pass.json":             {Data: []byte(`{"description":"Plain","organizationName":"Corner Roastery","generic":{}}`)},
		"plain.pass/icon@2x.png":           {Data: icon},
		"plain.pass/de.lproj/logo@2x.png":  {Data: logo},
		"plain.pass/en.lproj/logo@2x.png":  {Data: logo},
		"plain.pass/de.lproj/pass.strings": {Data: []byte(`"Plain" = "Schlicht";`)},
		"plain.pass/en.lproj/pass.strings": {Data: []byte(`"Plain" = "Plain";`)},
	})
	check(t, err)
	return templates
}

// Promise 5: what is accepted can be packaged. A template may be as large as a package, and pictures come on top.
func TestFilesBeyondTheSizeOfAPackage(t *testing.T) {
	large := drawn(t, 10, 10, color.White)
	large = append(large, make([]byte, pkpass.MaxPackageSize-64<<10)...) // what follows the end of a PNG is passed over
	templates, err := template.LoadAll(fstest.MapFS{
		"large.pass/pass.json":   {Data: []byte(`{"description":"Large","organizationName":"Corner Roastery","generic":{}}`)},
		"large.pass/icon@2x.png": {Data: large},
	})
	check(t, err)
	n := &internet{files: map[string][]byte{address: noise(t, 345*3, 505*3)}}
	r := dressed(t, n)
	r.Templates = templates
	if _, findings, err := r.Render(t.Context(), map[string]any{"template": "large"}, of); err != nil || findings.Err() != nil {
		t.Fatalf("without a picture: %v, %v", findings, err)
	}
	fields := map[string]any{"template": "large", "images": map[string]any{"background": address}}
	rendered, findings, err := r.Render(t.Context(), fields, of)
	if err != nil || rendered.Source != nil || !strings.Contains(rules(findings), "error PKG-SIZE") {
		t.Errorf("with one: %q, %v", rules(findings), err)
	}
}

// noise is a picture file that is about as long as its pixels.
func noise(t *testing.T, width, height int) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	random := rand.NewChaCha8([32]byte{})
	_, err := random.Read(img.Pix)
	check(t, err)
	var file bytes.Buffer
	check(t, png.Encode(&file, img))
	return file.Bytes()
}

// held is an album whose pictures come when they are let go.
type held struct{ asked, letGo chan struct{} }

func (h held) Picture(context.Context, string) ([]byte, error) {
	h.asked <- struct{}{}
	<-h.letGo
	return nil, fmt.Errorf("%w: no picture", wallet.ErrInvalid)
}

// Each document with pictures keeps some of them in memory, so only so many are worked on at once; who would wait long is told
// to ask again, and documents without pictures do not wait.
func TestDocumentsWithPicturesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		album := held{make(chan struct{}), make(chan struct{})}
		r := renderer(t)
		r.Pictures, r.Turns = album, make(chan struct{}, 1)
		pictured := with(points(1), "images", map[string]any{"strip": "https://example.com/strip.png"})
		first := make(chan error)
		go func() { _, _, err := r.Render(t.Context(), pictured, of); first <- err }()
		<-album.asked
		began := time.Now()
		if _, _, err := r.Render(t.Context(), pictured, of); !errors.Is(err, wallet.ErrUnavailable) || time.Since(began) != 2*time.Second {
			t.Errorf("the second: %v after %v", err, time.Since(began))
		}
		if _, findings, err := r.Render(t.Context(), points(1), of); err != nil || findings.Err() != nil {
			t.Errorf("one without pictures: %v, %v", findings, err)
		}
		album.letGo <- struct{}{}
		check(t, <-first)
		go func() { <-album.asked; album.letGo <- struct{}{} }()
		_, _, err := r.Render(t.Context(), pictured, of)
		check(t, err)
	})
}

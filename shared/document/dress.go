package document

import (
	"context"
	"errors"
	"fmt"
	"image"
	"maps"
	"path"
	"slices"
	"strings"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// stampImage is the name of the image that stands for a collected stamp. It is drawn into the strip, and is no file of its own.
const stampImage = "stamp"

// A fitting is a rendering on its way to its images and colours.
type fitting struct {
	Renderer
	ctx       context.Context
	doc       wallet.Document
	rendering *template.Rendering
	files     pkpass.Source
	sizes     map[string]image.Point
	stamp     []byte
	changed   bool // pass.json has to be written again
	findings  wallet.Findings
}

// dress gives a rendering what a document asks for beyond text: pictures of its own, the drawn strip of a stamp card, and
// colours taken from the logo. The error is for what no document is to blame for.
func (r Renderer) dress(ctx context.Context, doc wallet.Document, t *template.Template, rendering template.Rendering) (template.Rendering, wallet.Findings, error) {
	if r.Drawings == nil {
		r.Drawings = new(picture.Cache)
	}
	f := &fitting{Renderer: r, ctx: ctx, doc: doc, rendering: &rendering, files: rendering.Source, sizes: rendering.ImageSizes}
	if err := f.pictures(); err != nil {
		return rendering, nil, err
	}
	f.colours()
	f.stamps(t)
	rendering.ImageSizes = f.sizes
	if rendering.Source == nil {
		return rendering, f.findings, nil
	}
	rendering.Source = f.files
	if f.changed {
		if err := rendering.Rewrite(); err != nil {
			return rendering, nil, err
		}
	}
	return rendering, f.findings, nil
}

// pictures puts the document's pictures into their slots.
func (f *fitting) pictures() error {
	style, _ := passjson.Style(f.rendering.Pass)
	for _, name := range slices.Sorted(maps.Keys(f.doc.Images)) {
		at := wallet.PointerTo("/images", name)
		if f.Pictures == nil {
			f.findings.Errorf(at, "IMG-SOURCE", "this server takes no pictures from addresses; put the image into the template")
			continue
		}
		data, err := f.Pictures.Picture(f.ctx, f.doc.Images[name])
		if errors.Is(err, wallet.ErrInvalid) {
			f.findings.Errorf(at, "IMG-SOURCE", "cannot be had: %v", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("image %s: %w", name, err)
		}
		if name == stampImage {
			f.stamp = data
			continue
		}
		images, err := f.Drawings.Slot(data, name, style)
		if err != nil {
			f.findings.Errorf(at, "IMG-SLOT", "%v", err)
			continue
		}
		if images.Enlarged {
			f.findings.Warnf(at, "IMG-SMALL", "the picture has too few pixels for the sharpest screens, and is blurred there; give a larger one")
		}
		f.put(name, images)
	}
	return nil
}

// put replaces the files of a slot, those of languages included.
func (f *fitting) put(name string, images picture.Images) {
	others := func(file string) bool { return slot(file) != name }
	var files pkpass.Source
	for _, file := range f.files {
		if others(file.Name()) {
			files = append(files, file)
		}
	}
	sizes := make(map[string]image.Point, len(f.sizes)+len(images.Sizes))
	for file, size := range f.sizes {
		if others(file) {
			sizes[file] = size
		}
	}
	maps.Copy(sizes, images.Sizes)
	f.files, f.sizes = append(files, images.Files...), sizes
}

// slot is the image that a file belongs to: "strip" of "de.lproj/strip@2x.png"; empty where it is no image.
func slot(file string) string {
	stem, ok := strings.CutSuffix(path.Base(file), ".png")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(stem, "@")
	return name
}

// auto, as a colour of a pass, means one taken from the logo.
const auto = "auto"

// colours replaces "auto", and warns of text that cannot be read.
func (f *fitting) colours() {
	pass := f.rendering.Pass
	if pass["backgroundColor"] == auto {
		f.fromLogo(pass)
	}
	background, err := colour(pass, "backgroundColor")
	if err != nil {
		return // there is none, or it was found wanting
	}
	f.legible("foregroundColor", background, picture.ForegroundContrast)
	f.legible("labelColor", background, picture.LabelContrast)
}

func (f *fitting) legible(key string, background picture.Color, least float64) {
	text, err := colour(f.rendering.Pass, key)
	if err != nil {
		return
	}
	if contrast := picture.Contrast(text, background); contrast < least {
		f.findings.Warnf("pass.json#/"+key, "COLOR-CONTRAST",
			"has a contrast of %.1f to backgroundColor, and can hardly be read; take a colour with %.1f or more", contrast, least)
	}
}

func colour(pass map[string]any, key string) (picture.Color, error) {
	text, _ := pass[key].(string)
	return picture.ParseColor(text)
}

// fromLogo takes the colours that the pass leaves open from its logo, or its icon.
func (f *fitting) fromLogo(pass map[string]any) {
	if f.rendering.Source == nil { // the pass is refused already, and its files are not at hand
		for _, key := range []string{"backgroundColor", "foregroundColor", "labelColor"} {
			if pass[key] == auto {
				delete(pass, key)
			}
		}
		return
	}
	logo, ok := f.sharpest("logo")
	if !ok {
		logo, ok = f.sharpest("icon")
	}
	colours, err := f.Drawings.Palette(logo)
	if !ok || err != nil {
		f.findings.Errorf("pass.json#/backgroundColor", "COLOR-AUTO", "auto takes the colours from the logo, and there is none; add one, or give a colour")
		return
	}
	set := func(key string, c picture.Color) {
		if given, ok := pass[key]; !ok || given == auto {
			pass[key], f.changed = c.String(), true
		}
	}
	set("backgroundColor", colours.Background)
	set("foregroundColor", colours.Foreground)
	set("labelColor", colours.Label)
}

// sharpest returns the file of an image at its largest scale.
func (f *fitting) sharpest(name string) (data []byte, ok bool) {
	for _, scale := range []string{"@3x", "@2x", ""} {
		if file, ok := f.files.File(name + scale + ".png"); ok {
			return file.Data(), true
		}
	}
	return nil, false
}

// stamps draws the strip of a stamp card: of a template that asks for stamps and stampGoal and has no strip of its own.
func (f *fitting) stamps(t *template.Template) {
	names := t.Placeholders()
	if slices.ContainsFunc(slices.Collect(maps.Keys(f.sizes)), func(file string) bool { return slot(file) == "strip" }) || !slices.Contains(names, "stamps") || !slices.Contains(names, "stampGoal") {
		return
	}
	count, counted := f.doc.Data["stamps"].(int64)
	goal, bounded := f.doc.Data["stampGoal"].(int64)
	if !counted || !bounded {
		if f.rendering.Source != nil { // else it was found that they are missing, or what they are
			f.findings.Errorf("/data/stamps", "STAMPS", "stamps and stampGoal must be whole numbers, for the card to be drawn")
		}
		return
	}
	ink, err := colour(f.rendering.Pass, "foregroundColor")
	if err != nil {
		ink = picture.Color{} // black, as Wallet writes on a pass without colours
	}
	card := picture.StampCard{Stamps: int(count), Goal: int(goal), Ink: ink, Stamp: f.stamp}
	images, err := f.Drawings.Strip(card)
	if err != nil {
		f.findings.Errorf("/data/stampGoal", "STAMPS", "%v", err)
		return
	}
	f.put("strip", images)
}

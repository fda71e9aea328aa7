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
	"time"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

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
	away      []error // of kind [wallet.ErrNotReady]: pictures that are out of reach now
}

// dress gives a rendering what a document asks for beyond text: pictures of its own, the drawn strip of a stamp card, and
// colours taken from the logo. The error is for what no document is to blame for; where that is only [wallet.ErrNotReady], a
// picture that is out of reach now, the rendering and the findings are there all the same.
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
		return rendering, f.findings, errors.Join(f.away...)
	}
	rendering.Source = f.files
	if f.changed {
		if err := rendering.Rewrite(); err != nil {
			return rendering, nil, err
		}
	}
	return rendering, f.findings, errors.Join(f.away...)
}

// maxPictures bounds the pictures of a document. A pass has fewer places for them, and each may take a while to be had.
const maxPictures = 20

// patience is how long a document waits for its turn. A request is better told to ask again than kept waiting, and a message
// comes again by itself.
const patience = 2 * time.Second

// turn waits until the document may have its pictures, and returns what ends that; [wallet.ErrUnavailable] when too many others
// are at it.
func (r Renderer) turn(ctx context.Context) (end func(), err error) {
	if r.Turns == nil {
		return func() {}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case r.Turns <- struct{}{}:
		return func() { <-r.Turns }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: too many pictures are being made", wallet.ErrUnavailable)
	}
}

// pictures puts the document's pictures into their slots.
func (f *fitting) pictures() error {
	if len(f.doc.Images) > maxPictures {
		f.findings.Errorf("/images", "IMG-COUNT", "there are %d pictures; at most %d", len(f.doc.Images), maxPictures)
		return nil
	}
	if len(f.doc.Images) == 0 {
		return nil
	}
	end, err := f.turn(f.ctx)
	if err != nil {
		return err
	}
	defer end()
	style, _ := passjson.Style(f.rendering.Pass)
	for _, name := range slices.Sorted(maps.Keys(f.doc.Images)) {
		data, err := f.picture(name)
		switch {
		case err != nil:
			return err
		case data == nil: // that was found
		case name == stampImage:
			f.stamp = data
		default:
			f.fill(name, style, data)
		}
	}
	return nil
}

// picture gets a picture of the document; nil where it cannot be had.
func (f *fitting) picture(name string) ([]byte, error) {
	at := wallet.PointerTo("/images", name)
	if f.Pictures == nil {
		f.findings.Errorf(at, "IMG-SOURCE", "this server takes no pictures from addresses; put the image into the template")
		return nil, nil
	}
	data, err := f.Pictures.Picture(f.ctx, f.doc.Images[name])
	switch {
	case errors.Is(err, wallet.ErrInvalid):
		f.findings.Errorf(at, "IMG-SOURCE", "cannot be had: %v", err)
		return nil, nil
	case errors.Is(err, wallet.ErrNotReady):
		f.findings.Errorf(at, "IMG-SOURCE", "cannot be had now: %v", err)
		f.away = append(f.away, err) // the finding names the picture
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("image %s: %w", name, err)
	}
	return data, nil
}

// fill makes the files of a slot from a picture.
func (f *fitting) fill(name, style string, data []byte) {
	at := wallet.PointerTo("/images", name)
	images, err := f.Drawings.Slot(data, name, style)
	if err != nil {
		f.findings.Errorf(at, "IMG-SLOT", "%v", err)
		return
	}
	if images.Enlarged {
		f.findings.Warnf(at, "IMG-SMALL", "the picture has too few pixels for the sharpest screens, and is blurred there; give a larger one")
	}
	f.put(name, images)
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

// has reports an image that the pass has, at whatever scale, in whatever language.
func (f *fitting) has(name string) bool {
	for file := range f.sizes {
		if slot(file) == name {
			return true
		}
	}
	return false
}

package picture

import (
	"fmt"
	"image"
	"maps"
	"math"
	"slices"
	"strings"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// A fit is how a picture of any shape becomes an image of a slot.
type fit int

const (
	within  fit = iota // as large as fits, in its own shape
	cover              // exactly the size; what stands over is cut off on both sides alike
	contain            // exactly the size; what is left over is transparent
)

// A slot is a place for an image on a pass.
type slot struct {
	points image.Point // the size, or the largest one; a point is a pixel at @1x
	fit    fit
	// longest bounds the shape where it is not 0: a side is at most so many times the other.
	longest float64
}

// slots are the slots whose size Apple states. A slot of another size in one style follows under "slot:style".
// https://developer.apple.com/design/human-interface-guidelines/wallet
// https://developer.apple.com/library/archive/documentation/UserExperience/Conceptual/PassKit_PG/Creating.html
var slots = map[string]slot{
	"icon":                {points: image.Pt(38, 38), fit: contain},
	"logo":                {points: image.Pt(160, 50)},
	"primaryLogo":         {points: image.Pt(126, 30)},
	"secondaryLogo":       {points: image.Pt(135, 12)},
	"strip":               {points: image.Pt(375, 144), fit: cover},
	"strip:eventTicket":   {points: image.Pt(375, 98), fit: cover},
	"thumbnail":           {points: image.Pt(90, 90), longest: 1.5},
	"background":          {points: image.Pt(345, 505), fit: cover},
	"artwork":             {points: image.Pt(358, 448), fit: cover},
	"footer":              {points: image.Pt(286, 15)},
	"personalizationLogo": {points: image.Pt(150, 40)},
}

func slotOf(name, style string) (slot, error) {
	if s, ok := slots[name+":"+style]; ok {
		return s, nil
	}
	if s, ok := slots[name]; ok && !strings.Contains(name, ":") {
		return s, nil
	}
	known := slices.DeleteFunc(slices.Sorted(maps.Keys(slots)), func(name string) bool { return strings.Contains(name, ":") })
	return slot{}, fmt.Errorf("%w: Apple states no size for the image %.40q; put it into the template, or use one of %s",
		wallet.ErrInvalid, name, strings.Join(known, ", "))
}

// Images are the files of an image slot.
type Images struct {
	Files pkpass.Source          // PNG: "strip.png", "strip@2x.png" and "strip@3x.png"
	Sizes map[string]image.Point // in pixels, by file name
	// Enlarged reports that the picture had too few pixels for @3x, and is blurred there.
	Enlarged bool
}

// Slot makes the files of a slot, for example "strip", in the size that a pass of the style has for it, for example
// "eventTicket"; in the same size for every scale, so that a pass looks the same on every screen. A picture that is too
// small is enlarged, except that one smaller than a slot's largest size stays as small as it is at @1x. Metadata is left
// behind. The error is of kind [wallet.ErrInvalid]: Apple has no such slot, or states no size for it.
func (p *Picture) Slot(name, style string) (Images, error) {
	s, err := slotOf(name, style)
	if err != nil {
		return Images{}, err
	}
	part := s.part(p.Size())
	points := s.drawn(part)
	largest := pixels(points, 3)
	reduced := p.middle(part, reduction(part, largest))
	images := Images{Sizes: make(map[string]image.Point), Enlarged: part.X < largest.X || part.Y < largest.Y}
	for scale := 1; scale <= 3; scale++ {
		drawn := pixels(points, scale)
		canvas := drawn
		if s.fit == contain {
			canvas = s.points.Mul(scale)
		}
		images.add(name, scale, resize(reduced, canvas, drawn))
	}
	return images, nil
}

// add encodes one file.
func (i *Images) add(slot string, scale int, img *image.RGBA) {
	name := slot + ".png"
	if scale > 1 {
		name = fmt.Sprintf("%s@%dx.png", slot, scale)
	}
	i.Files = append(i.Files, pkpass.NewFile(name, encode(img)))
	i.Sizes[name] = img.Bounds().Size()
}

// part is the size of the middle part of a picture that is drawn.
func (s slot) part(size image.Point) image.Point {
	w, h := float64(size.X), float64(size.Y)
	switch {
	case s.fit == cover:
		shape := float64(s.points.X) / float64(s.points.Y)
		w, h = min(w, h*shape), min(h, w/shape)
	case s.longest > 0:
		w, h = min(w, h*s.longest), min(h, w*s.longest)
	}
	return image.Pt(max(1, int(w)), max(1, int(h)))
}

// An extent is a width and height in points, or parts of them.
type extent struct{ x, y float64 }

// drawn is the size at which a part of a picture is drawn.
func (s slot) drawn(part image.Point) extent {
	x, y := float64(s.points.X), float64(s.points.Y)
	if s.fit == cover {
		return extent{x, y}
	}
	factor := min(x/float64(part.X), y/float64(part.Y))
	if s.fit == within {
		factor = min(factor, 1)
	}
	return extent{factor * float64(part.X), factor * float64(part.Y)}
}

// pixels is an extent at a scale, at least one pixel each way.
func pixels(e extent, scale int) image.Point {
	round := func(points float64) int { return max(1, int(math.Round(points*float64(scale)))) }
	return image.Pt(round(e.x), round(e.y))
}

package picture

import (
	"fmt"
	"image"

	"golang.org/x/image/draw"

	"walletpasses.example/server/shared/wallet"
)

// MaxStampGoal is the most places that a stamp card shows. A place then still has the width of a coin.
const MaxStampGoal = 50

// A StampCard is what the strip of a stamp card shows.
type StampCard struct {
	Stamps int // collected, 0 or more; more than Goal fill the card
	Goal   int // places, 1 to MaxStampGoal
	// Ink is the colour of empty places and of the built-in stamp: one that can be read on the pass's background, such as
	// its foregroundColor.
	Ink Color
	// Stamp is a picture file for a collected stamp, cut to a circle if it is opaque; nil for the built-in star.
	Stamp []byte
}

// Strip draws the strip of a store card: the places in as few rows as make them large, a collected one with the stamp, an
// empty one as a faint ring, the last one with a star in it. Between them the strip is transparent, so that the
// background of the pass is seen. The error is of kind [wallet.ErrInvalid]: a number out of range, or a bad picture.
func (c StampCard) Strip() (Images, error) {
	if c.Goal < 1 || c.Goal > MaxStampGoal || c.Stamps < 0 {
		return Images{}, fmt.Errorf("%w: a card of %d stamps out of %d cannot be drawn; have 1 to %d places and no less than 0 stamps",
			wallet.ErrInvalid, c.Stamps, c.Goal, MaxStampGoal)
	}
	var stamp *Picture
	if c.Stamp != nil {
		var err error
		if stamp, err = Decode(c.Stamp); err != nil {
			return Images{}, fmt.Errorf("stamp: %w", err)
		}
	}
	images := Images{Sizes: make(map[string]image.Point)}
	places := layOut(c.Goal)
	for scale := 1; scale <= 3; scale++ {
		img := image.NewRGBA(image.Rectangle{Max: slots["strip"].points.Mul(scale)})
		c.draw(img, places, stamp, float32(scale))
		images.add("strip", scale, img)
	}
	return images, nil
}

// faint is the strength of empty places, out of 255.
const faint = 110

func (c StampCard) draw(img *image.RGBA, places []circle, stamp *Picture, scale float32) {
	collected := min(c.Stamps, c.Goal)
	stamps, rings := newPen(img.Bounds()), newPen(img.Bounds())
	for i, place := range places {
		place = place.scaled(scale)
		switch {
		case i >= collected:
			rings.ring(place, max(1.5*scale, place.radius/14))
		case stamp == nil:
			stamps.disc(place, false)
			stamps.star(place, true)
		}
		if i >= collected && i == len(places)-1 {
			rings.star(place, false)
		}
	}
	mask := image.NewAlpha(img.Bounds())
	rings.fill(mask)
	for i, alpha := range mask.Pix {
		mask.Pix[i] = uint8(int(alpha) * faint / 255)
	}
	stamps.fill(mask)
	draw.DrawMask(img, img.Bounds(), image.NewUniform(c.Ink), image.Point{}, mask, image.Point{}, draw.Over)
	if stamp != nil && collected > 0 {
		stamp.print(img, places[:collected], scale)
	}
}

// print draws the picture into each place: whole where it has transparency, and otherwise so that it fills the circle.
func (p *Picture) print(img *image.RGBA, places []circle, scale float32) {
	square := image.Rectangle{Max: places[0].scaled(scale).square().Size()}
	s, mask := slot{points: square.Max, fit: contain}, image.Image(image.Opaque)
	if p.opaque() {
		s.fit, mask = cover, discIn(square)
	}
	part := s.part(p.Size())
	drawn := pixels(s.drawn(part), 1)
	stamp := resize(p.middle(part, reduction(part, drawn)), square.Max, drawn)
	for _, place := range places {
		draw.DrawMask(img, place.scaled(scale).square(), stamp, image.Point{}, mask, image.Point{}, draw.Over)
	}
}

// opaque reports that nothing can be seen through any pixel.
func (p *Picture) opaque() bool {
	img, ok := p.img.(interface{ Opaque() bool })
	return ok && img.Opaque()
}

// discIn is a mask of the circle in a square.
func discIn(square image.Rectangle) *image.Alpha {
	disc := image.NewAlpha(square)
	pen, radius := newPen(square), float32(square.Dx())/2
	pen.disc(circle{radius, radius, radius}, false)
	pen.fill(disc)
	return disc
}

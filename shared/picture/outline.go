package picture

import (
	"image"
	"math"

	"golang.org/x/image/vector"
)

// A pen collects outlines, in pixels, and fills them at once.
type pen struct{ outline *vector.Rasterizer }

func newPen(bounds image.Rectangle) pen {
	return pen{vector.NewRasterizer(bounds.Dx(), bounds.Dy())}
}

// fill adds what is inside the outlines to a mask.
func (p pen) fill(mask *image.Alpha) {
	p.outline.Draw(mask, mask.Bounds(), image.Opaque, image.Point{})
}

// disc adds a circle; reversed cuts it out of what is around it.
func (p pen) disc(c circle, reversed bool) {
	const k = 0.5522847 // makes a cubic curve a quarter of a circle
	r, bend, turn := c.radius, k*c.radius, float32(1)
	if reversed {
		turn = -1
	}
	p.outline.MoveTo(c.x+r, c.y)
	p.outline.CubeTo(c.x+r, c.y+turn*bend, c.x+bend, c.y+turn*r, c.x, c.y+turn*r)
	p.outline.CubeTo(c.x-bend, c.y+turn*r, c.x-r, c.y+turn*bend, c.x-r, c.y)
	p.outline.CubeTo(c.x-r, c.y-turn*bend, c.x-bend, c.y-turn*r, c.x, c.y-turn*r)
	p.outline.CubeTo(c.x+bend, c.y-turn*r, c.x+r, c.y-turn*bend, c.x+r, c.y)
	p.outline.ClosePath()
}

// ring adds a circle with a line of that width.
func (p pen) ring(c circle, width float32) {
	p.disc(c, false)
	c.radius -= width
	p.disc(c, true)
}

// star adds a star of five points inside a circle; reversed cuts it out of what is around it.
func (p pen) star(c circle, reversed bool) {
	outer, inner := 0.62*float64(c.radius), 0.30*float64(c.radius)
	for i := range 10 {
		radius, angle := outer, math.Pi*float64(i)/5
		if i%2 == 1 {
			radius = inner
		}
		if reversed {
			angle = -angle
		}
		x, y := c.x+float32(radius*math.Sin(angle)), c.y-float32(radius*math.Cos(angle))
		if i == 0 {
			p.outline.MoveTo(x, y)
		} else {
			p.outline.LineTo(x, y)
		}
	}
	p.outline.ClosePath()
}

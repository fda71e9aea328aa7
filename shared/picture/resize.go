package picture

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

// centred is a rectangle of that size in the middle of another.
func centred(in image.Rectangle, size image.Point) image.Rectangle {
	corner := in.Min.Add(in.Size().Sub(size).Div(2))
	return image.Rectangle{Min: corner, Max: corner.Add(size)}
}

// reduction is by how many pixels to divide each side of a part before it is resized: as many as leave four fifths of what
// is drawn. The mean of whole blocks loses nothing that could be seen, and spares the memory and time that the better filter
// takes for a large picture.
func reduction(part, drawn image.Point) int {
	return max(1, min(5*part.X/(4*drawn.X), 5*part.Y/(4*drawn.Y)))
}

// middle returns the middle part of a picture, of that size, upright, with each side divided by factor.
func (p *Picture) middle(part image.Point, factor int) *image.RGBA {
	stored := centred(p.img.Bounds(), p.orientation.size(part)) // what exchanges the sides once exchanges them back
	if factor == 1 {
		img := image.NewRGBA(image.Rectangle{Max: stored.Size()})
		draw.Draw(img, img.Bounds(), p.img, stored.Min, draw.Src)
		return p.orientation.apply(img)
	}
	src := p.img.(image.RGBA64Image) // as every image of the standard library is
	w, h := max(1, stored.Dx()/factor), max(1, stored.Dy()/factor)
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			block := image.Rect(x*stored.Dx()/w, y*stored.Dy()/h, (x+1)*stored.Dx()/w, (y+1)*stored.Dy()/h)
			img.SetRGBA64(x, y, mean(src, block.Add(stored.Min)))
		}
	}
	return p.orientation.apply(img)
}

// mean is the mean colour of a block, transparent pixels counting for what is seen of them.
func mean(src image.RGBA64Image, block image.Rectangle) color.RGBA64 {
	var r, g, b, a uint64
	for y := block.Min.Y; y < block.Max.Y; y++ {
		for x := block.Min.X; x < block.Max.X; x++ {
			c := src.RGBA64At(x, y)
			r, g, b, a = r+uint64(c.R), g+uint64(c.G), b+uint64(c.B), a+uint64(c.A)
		}
	}
	n := uint64(block.Dx() * block.Dy())
	return color.RGBA64{R: uint16(r / n), G: uint16(g / n), B: uint16(b / n), A: uint16(a / n)}
}

// resize draws src in the size drawn in the middle of an otherwise transparent canvas.
func resize(src *image.RGBA, canvas, drawn image.Point) *image.RGBA {
	img := image.NewRGBA(image.Rectangle{Max: canvas})
	draw.CatmullRom.Scale(img, centred(img.Bounds(), drawn), src, src.Bounds(), draw.Src, nil)
	return img
}

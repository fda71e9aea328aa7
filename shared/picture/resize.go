package picture

import (
	"image"

	"golang.org/x/image/draw"
)

// Levels are averaged as they are stored, not as light, so that thin dark letters keep their weight. Transparent pixels count for what is seen of them, for the channels are premultiplied.

// centred is a rectangle of that size in the middle of another.
func centred(in image.Rectangle, size image.Point) image.Rectangle {
	corner := in.Min.Add(in.Size().Sub(size).Div(2))
	return image.Rectangle{Min: corner, Max: corner.Add(size)}
}

// reduction is by how many pixels to divide each side of a part before it is resized: as many as leave no less than what is
// drawn. The mean of whole blocks loses nothing, and spares the memory and time that the better filter takes for a large
// picture.
func reduction(part, drawn image.Point) int { return max(1, min(part.X/drawn.X, part.Y/drawn.Y)) }

// middle returns the middle part of a picture, of that size, upright, with each side divided by factor.
func (p *Picture) middle(part image.Point, factor int) *image.RGBA {
	stored := centred(p.img.Bounds(), p.orientation.size(part)) // what exchanges the sides once exchanges them back
	if factor > 1 {
		return p.orientation.apply(reduce(p.img, stored, factor))
	}
	img := image.NewRGBA(image.Rectangle{Max: stored.Size()})
	draw.Draw(img, img.Bounds(), p.img, stored.Min, draw.Src)
	return p.orientation.apply(img)
}

// reduce returns a part of an image with each side divided by factor. It converts the colours of one row of blocks at a time.
func reduce(src image.Image, part image.Rectangle, factor int) *image.RGBA {
	w, h := max(1, part.Dx()/factor), max(1, part.Dy()/factor)
	reduced := image.NewRGBA(image.Rect(0, 0, w, h))
	strip := image.NewRGBA(image.Rect(0, 0, part.Dx(), (part.Dy()+h-1)/h))
	for y := range h {
		top, bottom := y*part.Dy()/h, (y+1)*part.Dy()/h
		rows := image.Rect(0, 0, part.Dx(), bottom-top)
		draw.Draw(strip, rows, src, part.Min.Add(image.Pt(0, top)), draw.Src)
		for x := range w {
			mean := mean(strip, image.Rect(x*part.Dx()/w, 0, (x+1)*part.Dx()/w, rows.Max.Y))
			copy(reduced.Pix[reduced.PixOffset(x, y):], mean[:])
		}
	}
	return reduced
}

// mean is the mean colour of a block.
func mean(img *image.RGBA, block image.Rectangle) (rgba [4]uint8) {
	var r, g, b, a int
	for y := block.Min.Y; y < block.Max.Y; y++ {
		row := img.Pix[img.PixOffset(block.Min.X, y):img.PixOffset(block.Max.X, y)]
		for ; len(row) >= 4; row = row[4:] {
			r, g, b, a = r+int(row[0]), g+int(row[1]), b+int(row[2]), a+int(row[3])
		}
	}
	n := block.Dx() * block.Dy()
	of := func(sum int) uint8 { return uint8((sum + n/2) / n) }
	return [4]uint8{of(r), of(g), of(b), of(a)}
}

// band is how many rows or columns are resized at once, in pixels: the library takes 32 bytes for each pixel under way.
const band = 64

// resize draws src in the size drawn in the middle of an otherwise transparent canvas.
func resize(src *image.RGBA, canvas, drawn image.Point) *image.RGBA {
	if factor := reduction(src.Bounds().Size(), drawn); factor > 1 {
		src = reduce(src, src.Bounds(), factor)
	}
	img := image.NewRGBA(image.Rectangle{Max: canvas})
	resizeDown(img, centred(img.Bounds(), drawn), resizeAcross(src, drawn.X))
	return img
}

// resizeAcross gives an image another width. Rows that keep their height do not touch each other.
func resizeAcross(src *image.RGBA, width int) *image.RGBA {
	size := src.Bounds().Size()
	img := image.NewRGBA(image.Rect(0, 0, width, size.Y))
	scaler := draw.CatmullRom.NewScaler(width, band, size.X, band)
	for y := 0; y < size.Y; y += band {
		end := min(y+band, size.Y)
		scaler.Scale(img, image.Rect(0, y, width, end), src, image.Rect(0, y, size.X, end), draw.Src, nil)
	}
	return img
}

// resizeDown draws an image as high as a place, which has its width already.
func resizeDown(img *image.RGBA, place image.Rectangle, src *image.RGBA) {
	height := src.Bounds().Dy()
	scaler := draw.CatmullRom.NewScaler(band, place.Dy(), band, height)
	for x := 0; x < place.Dx(); x += band {
		end := min(x+band, place.Dx())
		to := image.Rect(place.Min.X+x, place.Min.Y, place.Min.X+end, place.Max.Y)
		scaler.Scale(img, to, src, image.Rect(x, 0, end, height), draw.Src, nil)
	}
}

package picture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
)

// budget is the most that a file of so many pixels has, in bytes: one and a half for each, which most photographs stay
// below, and what the format adds to that.
func budget(size image.Point) int { return size.X*size.Y*3/2 + 1200 }

// encode writes a PNG within its budget: as it is where that fits, which every drawing does, and with 256 colours chosen from
// the picture otherwise. So the largest slot stays below 3.5 MB at all scales together.
func encode(img *image.RGBA) []byte {
	room := budget(img.Bounds().Size())
	if few := indexed(img); few != nil {
		return mustEncode(few, png.DefaultCompression, room)
	}
	if file, ok := encodePNG(img, png.BestSpeed, room); ok { // a better one takes five times the time for a tenth of a photograph
		return file
	}
	return mustEncode(quantize(img), png.BestSpeed, room)
}

// mustEncode writes an image with a palette, which always fits.
func mustEncode(img *image.Paletted, level png.CompressionLevel, room int) []byte {
	file, ok := encodePNG(img, level, room)
	if !ok {
		panic("a byte for each pixel is over the budget")
	}
	return file
}

// indexed returns the same image with a palette, in the order in which its colours occur, or nil when there are more than
// 256. Such a file is several times smaller and sooner written.
func indexed(img *image.RGBA) *image.Paletted {
	paletted := image.NewPaletted(img.Bounds(), nil)
	index := make(map[color.RGBA]uint8)
	var last color.RGBA
	var at uint8
	for i := range paletted.Pix {
		pixel := img.Pix[4*i : 4*i+4]
		c := color.RGBA{R: pixel[0], G: pixel[1], B: pixel[2], A: pixel[3]}
		if c != last || i == 0 { // most pixels are as the one before
			known := false
			if at, known = index[c]; !known {
				if len(index) == 256 {
					return nil
				}
				at = uint8(len(index))
				index[c] = at
				paletted.Palette = append(paletted.Palette, c)
			}
			last = c
		}
		paletted.Pix[i] = at
	}
	return paletted
}

// encodePNG writes an image, and reports whether it fits into so many bytes. It stops where it does not.
func encodePNG(img image.Image, level png.CompressionLevel, room int) (data []byte, ok bool) {
	file := &boundedFile{room: room}
	err := (&png.Encoder{CompressionLevel: level}).Encode(file, img)
	if err != nil && !errors.Is(err, errFull) {
		panic("encode PNG: " + err.Error()) // no size is zero or over 4 billion
	}
	return file.Bytes(), err == nil
}

// A boundedFile takes so many bytes and no more.
type boundedFile struct {
	bytes.Buffer
	room int // bytes
}

var errFull = errors.New("the file is full")

func (f *boundedFile) Write(data []byte) (int, error) {
	if f.Len()+len(data) > f.room {
		return 0, errFull
	}
	return f.Buffer.Write(data)
}

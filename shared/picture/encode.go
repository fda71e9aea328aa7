package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// budget is the most that a file of so many pixels has, in bytes: one for each, and what the format adds to that.
func budget(size image.Point) int { return size.X*size.Y*65/64 + 1200 }

// encode writes a PNG within its budget: as it is where that fits, which every drawing does, and with 256 colours chosen from
// the picture otherwise. So the largest slot stays below 2.5 MB at all scales together.
func encode(img *image.RGBA) []byte {
	if few := indexed(img); few != nil {
		return encodePNG(few)
	}
	if data := encodePNG(img); len(data) <= budget(img.Bounds().Size()) {
		return data
	}
	return encodePNG(quantize(img))
}

// indexed returns the same image with a palette, in the order in which its colours occur, or nil when there are more than
// 256. Such a file is several times smaller and sooner written.
func indexed(img *image.RGBA) *image.Paletted {
	paletted := image.NewPaletted(img.Bounds(), nil)
	index := make(map[color.RGBA]uint8)
	for i := range paletted.Pix {
		pixel := img.Pix[4*i : 4*i+4]
		c := color.RGBA{R: pixel[0], G: pixel[1], B: pixel[2], A: pixel[3]}
		at, known := index[c]
		if !known {
			if len(index) == 256 {
				return nil
			}
			at = uint8(len(index))
			index[c] = at
			paletted.Palette = append(paletted.Palette, c)
		}
		paletted.Pix[i] = at
	}
	return paletted
}

func encodePNG(img image.Image) []byte {
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil { // the best compression takes twice the time for a few per cent
		panic("encode PNG: " + err.Error()) // a buffer takes everything, and no size is zero or over 4 billion
	}
	return file.Bytes()
}

package picture

import (
	"cmp"
	"image"
	"image/color"
	"slices"
)

// quantize returns the image in at most 256 colours, chosen by median cut (Heckbert 1982): of all boxes of the colour space,
// the one with the most pixels times its longest side is cut at the median, until there are 256.
func quantize(img *image.RGBA) *image.Paletted {
	boxes := []box{newBox(shadesOf(img))}
	for len(boxes) < 256 {
		i := heaviest(boxes)
		if boxes[i].weight == 0 {
			break
		}
		low, high := boxes[i].cut()
		boxes[i] = low
		boxes = append(boxes, high)
	}
	paletted := image.NewPaletted(img.Bounds(), make(color.Palette, 0, len(boxes)))
	index := make([]uint8, shadeCount)
	for i, b := range boxes {
		paletted.Palette = append(paletted.Palette, b.mean())
		for _, s := range b.shades {
			index[s.key] = uint8(i)
		}
	}
	for i := range paletted.Pix {
		paletted.Pix[i] = index[shadeKey(img.Pix[4*i:])]
	}
	return paletted
}

// shadeCount is the number of shades: five bits each of red, green and blue, three of alpha.
const shadeCount = 1 << 18

func shadeKey(rgba []uint8) uint32 {
	return uint32(rgba[0]>>3)<<13 | uint32(rgba[1]>>3)<<8 | uint32(rgba[2]>>3)<<3 | uint32(rgba[3]>>5)
}

// A shade is the pixels of nearly one colour.
type shade struct {
	key   uint32
	count uint32
	sum   [4]uint32 // of red, green, blue and alpha; a picture of a slot has too few pixels to overflow
}

func (s shade) level(channel int) uint32 { return s.sum[channel] / s.count }

// shadesOf returns the shades that occur, in the order of their keys.
func shadesOf(img *image.RGBA) []shade {
	all := make([]shade, shadeCount)
	for i := 0; i < len(img.Pix); i += 4 {
		key := shadeKey(img.Pix[i:])
		s := &all[key]
		s.key = key
		s.count++
		for channel := range s.sum {
			s.sum[channel] += uint32(img.Pix[i+channel])
		}
	}
	return slices.DeleteFunc(all, func(s shade) bool { return s.count == 0 })
}

// A box is a part of the colour space with all its shades.
type box struct {
	shades  []shade
	pixels  uint64
	channel int    // the one along which the box is longest
	weight  uint64 // pixels times length; 0 when there is nothing to cut
}

func newBox(shades []shade) box {
	b := box{shades: shades}
	for _, s := range shades {
		b.pixels += uint64(s.count)
	}
	for c := range 4 {
		low, high := shades[0].level(c), shades[0].level(c)
		for _, s := range shades {
			low, high = min(low, s.level(c)), max(high, s.level(c))
		}
		if weight := b.pixels * uint64(high-low); weight > b.weight {
			b.channel, b.weight = c, weight
		}
	}
	return b
}

// heaviest is the index of the box to cut next.
func heaviest(boxes []box) int {
	best := 0
	for i, b := range boxes {
		if b.weight > boxes[best].weight {
			best = i
		}
	}
	return best
}

// cut halves the pixels of a box of several shades across its longest side.
func (b box) cut() (low, high box) {
	slices.SortStableFunc(b.shades, func(x, y shade) int { return cmp.Compare(x.level(b.channel), y.level(b.channel)) })
	at, below := 0, uint64(0)
	for at == 0 || at < len(b.shades)-1 && below < b.pixels/2 {
		below += uint64(b.shades[at].count)
		at++
	}
	return newBox(b.shades[:at]), newBox(b.shades[at:])
}

func (b box) mean() color.RGBA {
	var sum [4]uint64
	for _, s := range b.shades {
		for c := range sum {
			sum[c] += uint64(s.sum[c])
		}
	}
	of := func(c int) uint8 { return uint8(sum[c] / b.pixels) }
	return color.RGBA{R: of(0), G: of(1), B: of(2), A: of(3)}
}

package picture

import (
	"cmp"
	"image"
	"slices"
)

// Colors are the three colours of a pass.
type Colors struct{ Background, Foreground, Label Color }

// logoContrast is what a logo that stands free has with its background: enough to look at ease, and still a shade of its
// own where black or white need not be.
const logoContrast = 12

// Palette takes the colours of a pass from its logo. Where the logo fills its picture the background is its most frequent
// colour, so that it has no visible edge. Where it stands free the background is a shade of that colour, dark or light
// enough that the logo itself can be seen. The foreground is black or white, the label a colour of the logo where there is
// one that can be read. Both have a contrast of [ForegroundContrast] at least.
func (p *Picture) Palette() Colors {
	inks, filled := p.inks()
	if len(inks) == 0 {
		return Colors{white, black, black}
	}
	background := inks[0].color
	if !filled {
		background = background.until(logoContrast, opposite(background), background)
	}
	foreground := opposite(background)
	return Colors{background, foreground, label(inks, background, foreground)}
}

// opposite is black or white, whichever has more contrast: never less than 4.58, the square root of 21.
func opposite(c Color) Color {
	if Contrast(c, white) >= Contrast(c, black) {
		return white
	}
	return black
}

// until mixes c towards an end, step by step, until it has the contrast with against; the end itself must have it.
func (c Color) until(contrast float64, end, against Color) Color {
	for step := range 16 {
		if mixed := c.mix(end, step); Contrast(mixed, against) >= contrast {
			return mixed
		}
	}
	return end
}

// label prefers colours to greys, and what there is more of. Without any that can be read it is the foreground with as
// much of the background in it as leaves the contrast.
func label(inks []ink, background, foreground Color) Color {
	best, most := Color{}, 0
	for _, i := range inks {
		if weight := i.pixels * (16 + i.color.chroma()); weight > most && Contrast(i.color, background) >= ForegroundContrast {
			best, most = i.color, weight
		}
	}
	if most > 0 {
		return best
	}
	return foreground.mix(background, 5).until(ForegroundContrast, foreground, background)
}

// chroma is how far a colour is from grey, 0 to 255.
func (c Color) chroma() int { return int(max(c.R, c.G, c.B)) - int(min(c.R, c.G, c.B)) }

// An ink is a colour of a picture with everything near it.
type ink struct {
	color  Color
	pixels int
}

// inks returns the colours of a picture, most frequent first, without those of less than a fiftieth of what is seen.
// filled reports that at least three quarters of the picture are seen.
func (p *Picture) inks() (inks []ink, filled bool) {
	const side = 128 // pixels, enough to count colours
	size := p.Size()
	img := p.middle(size, max(1, max(size.X, size.Y)/side))
	counts, seen := countColors(img)
	for _, c := range counts {
		if c.pixels > 0 && c.pixels >= seen/50 {
			inks = append(inks, ink{c.mean(), c.pixels})
		}
	}
	slices.SortStableFunc(inks, func(a, b ink) int { return cmp.Compare(b.pixels, a.pixels) })
	return inks, 4*seen >= 3*len(img.Pix)/4
}

// A colorCount sums the opaque pixels of one sixteenth of each of red, green and blue.
type colorCount struct {
	pixels  int
	r, g, b int
}

func (c colorCount) mean() Color {
	return Color{uint8(c.r / c.pixels), uint8(c.g / c.pixels), uint8(c.b / c.pixels)}
}

// countColors counts the pixels that are more seen than seen through.
func countColors(img *image.RGBA) (counts []colorCount, seen int) {
	counts = make([]colorCount, 16*16*16)
	for i := 0; i < len(img.Pix); i += 4 {
		a := int(img.Pix[i+3])
		if a < 128 {
			continue
		}
		r, g, b := int(img.Pix[i])*255/a, int(img.Pix[i+1])*255/a, int(img.Pix[i+2])*255/a
		c := &counts[r>>4<<8|g>>4<<4|b>>4]
		*c = colorCount{c.pixels + 1, c.r + r, c.g + g, c.b + b}
		seen++
	}
	return counts, seen
}

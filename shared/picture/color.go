package picture

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// A Color is an opaque colour of sRGB, as backgroundColor, foregroundColor and labelColor name it.
// https://developer.apple.com/documentation/walletpasses/pass
type Color struct{ R, G, B uint8 }

// Black and white, the ends of every scale.
var (
	black = Color{}
	white = Color{255, 255, 255}
)

// ParseColor reads "rgb(23, 187, 82)", and "#17BB52" or "#1B5", which Apple's own tool reads. Any other text is of kind
// [wallet.ErrInvalid].
func ParseColor(text string) (Color, error) {
	if c, ok := parseHex(text); ok {
		return c, nil
	}
	if c, ok := parseRGB(text); ok {
		return c, nil
	}
	return Color{}, fmt.Errorf("%w: %.40q is not a colour; write it as rgb(23, 187, 82)", wallet.ErrInvalid, text)
}

func parseHex(text string) (Color, bool) {
	digits, ok := strings.CutPrefix(text, "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 24)
	return Color{uint8(n >> 16), uint8(n >> 8), uint8(n)}, ok && err == nil && len(digits) == 6
}

func parseRGB(text string) (Color, bool) {
	list, begins := strings.CutPrefix(text, "rgb(")
	list, ends := strings.CutSuffix(list, ")")
	levels := strings.Split(list, ",")
	if !begins || !ends || len(levels) != 3 {
		return Color{}, false
	}
	var c [3]uint8
	for i, level := range levels {
		n, err := strconv.ParseUint(strings.Trim(level, " "), 10, 8)
		if err != nil {
			return Color{}, false
		}
		c[i] = uint8(n)
	}
	return Color{c[0], c[1], c[2]}, true
}

// String is the form of pass.json, for example "rgb(23, 187, 82)".
func (c Color) String() string { return fmt.Sprintf("rgb(%d, %d, %d)", c.R, c.G, c.B) }

// RGBA makes it a [color.Color].
func (c Color) RGBA() (r, g, b, a uint32) {
	return uint32(c.R) * 0x101, uint32(c.G) * 0x101, uint32(c.B) * 0x101, 0xffff
}

// The least contrast with the background at which text can be read: of the fields, and of their labels.
// https://www.w3.org/TR/WCAG22/#contrast-minimum
const (
	ForegroundContrast = 4.5
	LabelContrast      = 3
)

// Contrast is the contrast ratio of two colours, from 1 (the same) to 21 (black and white), in either order.
// https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
func Contrast(a, b Color) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance is the relative luminance, 0 to 1. https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
func (c Color) luminance() float64 {
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func linear(level uint8) float64 {
	v := float64(level) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// mix is c with so many sixteenths of other in it.
func (c Color) mix(other Color, sixteenths int) Color {
	level := func(a, b uint8) uint8 { return uint8((int(a)*(16-sixteenths) + int(b)*sixteenths) / 16) }
	return Color{level(c.R, other.R), level(c.G, other.G), level(c.B, other.B)}
}

package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"walletpasses.example/server/shared/wallet"
)

// Limits of a picture file. Together they keep the work on it near a second and the memory near 100 MiB.
const (
	MaxBytes  = 10 << 20   // length of the file
	MaxPixels = 16_000_000 // width times height; a phone's photograph has twelve million

	maxSide   = 20_000   // pixels, so that no picture is a line
	maxMemory = 80 << 20 // bytes that decoding may take, estimated from the header
)

// A Picture is a decoded picture file. It never changes.
type Picture struct {
	img         image.Image
	orientation orientation
}

// Decode reads a PNG, JPEG, GIF (its first frame) or WebP (without animation), whatever the file calls itself, and turns a
// JPEG upright as its EXIF data says. Everything it refuses is of kind [wallet.ErrInvalid]: another format, a file over
// [MaxBytes], more than [MaxPixels], what would take too much memory or time to decode, a file that is damaged or cut off.
func Decode(data []byte) (*Picture, error) {
	f, err := formatOf(data)
	if err != nil {
		return nil, err
	}
	config, err := f.config(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: the %s picture is damaged (%v); export it again", wallet.ErrInvalid, f.name, err)
	}
	p := &Picture{orientation: upright}
	perPixel := f.perPixel(config)
	if f.name == "JPEG" {
		header, err := readJPEG(data)
		if err != nil {
			return nil, err
		}
		p.orientation, perPixel = header.orientation, header.perPixel()
	}
	if err := checkSize(config, perPixel); err != nil {
		return nil, err
	}
	if p.img, err = f.decode(bytes.NewReader(data)); err != nil {
		return nil, fmt.Errorf("%w: the %s picture is damaged (%v); export it again", wallet.ErrInvalid, f.name, err)
	}
	return p, nil
}

// checkSize holds the limits of pixels and memory.
func checkSize(config image.Config, perPixel float64) error {
	w, h := config.Width, config.Height
	if w < 1 || h < 1 || w > maxSide || h > maxSide || w*h > MaxPixels || float64(w*h)*perPixel > maxMemory {
		most := min(MaxPixels, int(maxMemory/perPixel))
		return fmt.Errorf("%w: the picture has %dx%d pixels; make it smaller, at most %.1f million pixels of this kind",
			wallet.ErrInvalid, w, h, float64(most)/1e6)
	}
	return nil
}

// Size is the width and height in pixels, upright.
func (p *Picture) Size() image.Point { return p.orientation.size(p.img.Bounds().Size()) }

// A format is one kind of picture file.
type format struct {
	name     string
	magic    string // what the file begins with; "?" is any byte
	config   func(io.Reader) (image.Config, error)
	decode   func(io.Reader) (image.Image, error)
	perPixel func(image.Config) float64 // bytes that decoding takes, at worst
}

var formats = []format{
	{"PNG", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode, pngPerPixel},
	{"JPEG", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode, func(image.Config) float64 { return 0 }}, // readJPEG knows
	{"GIF", "GIF8?a", gif.DecodeConfig, gif.Decode, func(image.Config) float64 { return 1 }},
	{"WebP", "RIFF????WEBPVP8", webp.DecodeConfig, webp.Decode, webpPerPixel},
}

// pngPerPixel allows for the half of an interlaced picture that is held twice.
func pngPerPixel(config image.Config) float64 {
	switch config.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		return 12
	}
	return 6
}

// webpPerPixel is more than the pixels take: the tables of a lossless picture have up to 86 MB, whatever its size.
func webpPerPixel(image.Config) float64 { return 16 }

func formatOf(data []byte) (format, error) {
	if len(data) > MaxBytes {
		return format{}, fmt.Errorf("%w: the picture has %d bytes; make it smaller, at most %d", wallet.ErrInvalid, len(data), MaxBytes)
	}
	for _, f := range formats {
		if f.matches(data) {
			return f, nil
		}
	}
	return format{}, fmt.Errorf("%w: the file is no picture of a known format; use PNG, JPEG, GIF or WebP", wallet.ErrInvalid)
}

func (f format) matches(data []byte) bool {
	if len(data) < len(f.magic) {
		return false
	}
	for i := range len(f.magic) {
		if f.magic[i] != '?' && f.magic[i] != data[i] {
			return false
		}
	}
	return true
}

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
	"sync"

	"golang.org/x/image/webp"

	"walletpasses.example/server/shared/wallet"
)

// Limits of a picture file. Together they keep the work on it near a second and the memory within 128 MiB.
const (
	MaxBytes  = 10 << 20   // length of the file
	MaxPixels = 12_600_000 // width times height; a phone's photograph has 4032 times 3024, or a little more

	maxSide   = 20_000   // pixels, so that no picture is a line
	maxMemory = 64 << 20 // bytes that decoding may take, estimated from the header
)

// decoding is held while a picture is decoded, one at a time in a process, for it is the process that has the memory.
var decoding sync.Mutex

// A Picture is a decoded picture file. It never changes.
type Picture struct {
	img         image.Image
	orientation orientation
}

// Decode reads a PNG, JPEG, GIF (its first frame) or WebP (without animation), whatever the file calls itself, and turns a
// JPEG upright as its EXIF data says. Everything it refuses is of kind [wallet.ErrInvalid]: another format, a file over
// [MaxBytes], more than [MaxPixels], what would take too much memory or time to decode, a file that is damaged or cut off.
//
// Levels are taken as sRGB, whatever colour profile the file has: a photograph in Display P3 loses a little of its strongest
// colours. EXIF data that cannot be read is passed over, as everywhere.
func Decode(data []byte) (*Picture, error) {
	f, err := formatOf(data)
	if err != nil {
		return nil, err
	}
	config, err := f.config(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: the %s picture is damaged (%v); export it again", wallet.ErrInvalid, f.name, err)
	}
	if err := checkSize(config, MaxPixels); err != nil {
		return nil, err
	}
	h, err := f.header(data, config)
	if err != nil {
		return nil, err
	}
	if err := checkSize(config, int(maxMemory/h.perPixel)); err != nil {
		return nil, err
	}
	decoding.Lock()
	defer decoding.Unlock()
	img, err := f.decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: the %s picture is damaged (%v); export it again", wallet.ErrInvalid, f.name, err)
	}
	return &Picture{img, h.orientation}, nil
}

// checkSize wants no more than so many pixels.
func checkSize(config image.Config, most int) error {
	w, h := config.Width, config.Height
	if w < 1 || h < 1 || w > maxSide || h > maxSide || w*h > most {
		return fmt.Errorf("%w: the picture has %dx%d pixels; make it smaller, at most %.1f million pixels of this kind",
			wallet.ErrInvalid, w, h, float64(most)/1e6)
	}
	return nil
}

// Size is the width and height in pixels, upright.
func (p *Picture) Size() image.Point { return p.orientation.size(p.img.Bounds().Size()) }

// A format is one kind of picture file.
type format struct {
	name   string
	magic  string // what the file begins with; "?" is any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	header func(data []byte, config image.Config) (header, error)
}

// A header is what a file says beside its size and pixels.
type header struct {
	perPixel    float64 // bytes that decoding takes, at worst
	orientation orientation
}

var formats = []format{
	{"PNG", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode, pngHeader},
	{"JPEG", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode, jpegHeader},
	{"GIF", "GIF8?a", gif.DecodeConfig, gif.Decode, gifHeader},
	{"WebP", "RIFF????WEBPVP8", webp.DecodeConfig, webp.Decode, webpHeader},
}

// pngHeader allows for the half of an interlaced picture that is held twice. Chunks of compressed text or colour profiles
// cost nothing: the decoder jumps over them.
func pngHeader(data []byte, config image.Config) (header, error) {
	h := header{4, upright}
	switch config.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		h.perPixel = 8
	}
	if interlaced := data[28] != 0; interlaced { // the last byte of the chunk IHDR, which config was read from
		h.perPixel *= 1.5
	}
	return h, nil
}

func gifHeader([]byte, image.Config) (header, error) { return header{1, upright}, nil }

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

package preview

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"html/template"
	"image/png"

	"walletpasses.example/server/shared/pkpass"
)

// An image is a picture of the pass. The zero value is one that the pass does not have.
type image struct {
	URL           template.URL // data:
	Width, Height float64      // points
	Class         string       // of the stylesheet, which has its size
}

// Bounds of an image file. A larger one would be slow to show; of an image that is too large at one scale the next is used.
const (
	maxImageBytes = 2 << 20
	maxImageSide  = 4096 // pixels
)

// scales of image files, best first.
var scales = []struct {
	suffix string
	factor float64
}{{"@3x", 3}, {"@2x", 2}, {"", 1}}

// imageOf returns an image at its best scale: at the root, or else in the folder of a language (LOC-7).
func imageOf(source pkpass.Source, folder, name string) image {
	prefixes := []string{""}
	if folder != "" {
		prefixes = append(prefixes, folder+"/")
	}
	for _, prefix := range prefixes {
		for _, scale := range scales {
			file, ok := source.File(prefix + name + scale.suffix + ".png")
			if !ok {
				continue
			}
			if drawn, ok := drawnImage(file.Data(), scale.factor); ok {
				return drawn
			}
		}
	}
	return image{}
}

// drawnImage is false for what is no whole PNG within the bounds.
func drawnImage(data []byte, factor float64) (image, bool) {
	if len(data) > maxImageBytes || !wholePNG(data) {
		return image{}, false
	}
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil || config.Width > maxImageSide || config.Height > maxImageSide {
		return image{}, false
	}
	url := "data:image/png;base64," + base64.StdEncoding.EncodeToString(data)
	return image{URL: template.URL(url), Width: float64(config.Width) / factor, Height: float64(config.Height) / factor}, true
}

// wholePNG reports that a file is chunk after chunk undamaged up to its end. Decoding it would say no more than that, and
// would take a hundred times as long. https://www.w3.org/TR/png-3/#5Chunk-layout
func wholePNG(data []byte) bool {
	const signature, frame = "\x89PNG\r\n\x1a\n", 12 // of a chunk: length, type, checksum
	rest, ok := bytes.CutPrefix(data, []byte(signature))
	pixels := false
	for ok && len(rest) >= frame {
		length := uint64(binary.BigEndian.Uint32(rest))
		if length > uint64(len(rest)-frame) {
			return false
		}
		typed, checksum := rest[4:8+length], binary.BigEndian.Uint32(rest[8+length:])
		if crc32.ChecksumIEEE(typed) != checksum {
			return false
		}
		switch string(typed[:4]) {
		case "IDAT":
			pixels = true
		case "IEND":
			return pixels
		}
		rest = rest[frame+length:]
	}
	return false
}

// within is the image scaled down, but never up, to fit.
func (i image) within(width, height float64) image {
	if i.URL != "" {
		factor := min(1, width/i.Width, height/i.Height)
		i.Width, i.Height = i.Width*factor, i.Height*factor
	}
	return i
}

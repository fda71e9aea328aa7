package template

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
)

// maxSide bounds an image, in pixels. Apple's largest, artwork at @3x, has 1074 by 1344.
const maxSide = 4096

const pngSignature = "\x89PNG\r\n\x1a\n"

// checkPNG returns the size of a PNG image in pixels. The error says why a phone would not draw it: it is something else,
// cut off, damaged or too large. Its pixels are not unpacked, so that a small file cannot cost much.
// https://www.w3.org/TR/png-3/
func checkPNG(data []byte) (image.Point, error) {
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return image.Point{}, fmt.Errorf("is not a PNG image (%w)", err)
	}
	if config.Width > maxSide || config.Height > maxSide {
		return image.Point{}, fmt.Errorf("has %d by %d pixels; draw it within %d by %d", config.Width, config.Height, maxSide, maxSide)
	}
	return image.Pt(config.Width, config.Height), checkChunks(data[len(pngSignature):])
}

// checkChunks walks the chunks of a PNG image to its end. A chunk is its length, type, content and CRC.
func checkChunks(data []byte) error {
	const around = 12 // bytes of a chunk beside its content
	pixels := false
	for {
		if len(data) < around || uint64(binary.BigEndian.Uint32(data)) > uint64(len(data)-around) {
			return errors.New("is cut off; export the image again")
		}
		end := 8 + int(binary.BigEndian.Uint32(data))
		if crc32.ChecksumIEEE(data[4:end]) != binary.BigEndian.Uint32(data[end:]) {
			return errors.New("is damaged; export the image again")
		}
		switch string(data[4:8]) {
		case "IDAT":
			pixels = true
		case "IEND":
			if !pixels {
				return errors.New("has no pixels; export the image again")
			}
			return nil
		}
		data = data[end+4:]
	}
}

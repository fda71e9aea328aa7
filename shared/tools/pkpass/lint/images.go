package lint

import (
	"bytes"
	"image"
	"image/png"
	"strings"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// Bounds of what is decoded, so that no package costs more than it is worth. The largest image of a pass has 1.6 million
// pixels.
const (
	maxImagePixels  = 4 << 20
	maxPixelsOfPass = 8 << 20
)

// images returns the size in pixels of each image by name, and reports those that are none. Images beyond the bound of a
// pass are believed from their header.
func images(source pkpass.Source, findings *wallet.Findings) map[string]image.Point {
	sizes := make(map[string]image.Point)
	left := int64(maxPixelsOfPass)
	for _, file := range source {
		if !strings.HasSuffix(file.Name(), ".png") {
			continue
		}
		config, err := png.DecodeConfig(bytes.NewReader(file.Data()))
		if err != nil {
			findings.Errorf(file.Name(), "IMAGE-PNG", "not a PNG image (%v); export it again as PNG", err)
			continue
		}
		sizes[file.Name()] = image.Pt(config.Width, config.Height)
		pixels := int64(config.Width) * int64(config.Height)
		if pixels > maxImagePixels {
			findings.Errorf(file.Name(), "IMAGE-PIXELS", "the image has %d × %d pixels, together more than %d; make it smaller",
				config.Width, config.Height, maxImagePixels)
			continue
		}
		if left -= pixels; left < 0 {
			continue
		}
		if _, err := png.Decode(bytes.NewReader(file.Data())); err != nil {
			findings.Errorf(file.Name(), "IMAGE-PNG", "the image is damaged (%v); export it again as PNG", err)
		}
	}
	return sizes
}

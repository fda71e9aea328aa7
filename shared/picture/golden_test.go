//go:build amd64

package picture_test

import (
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"testing"

	"walletpasses.example/server/shared/picture"
)

// What is drawn changes with nothing but a decision: each change makes every pass with a picture a new version. The hashes are
// of pixels, for the compression of a Go release is its own affair, and of one architecture, for the floats of another are.
func TestGoldenPixels(t *testing.T) {
	photograph := jpegOf(t, thirds(300, 200))
	logo := filled(60, 20, color.Transparent)
	for x := range 60 {
		logo.Set(x, x/3, color.NRGBA{uint8(4 * x), 90, 200, uint8(255 - 2*x)})
	}
	slotted := func(data []byte, name string) picture.Images {
		images, _ := slot(t, decode(t, data), name, "storeCard")
		return images
	}
	card, _ := strip(t, picture.StampCard{Stamps: 3, Goal: 10, Ink: cream})
	own, _ := strip(t, picture.StampCard{Stamps: 7, Goal: 8, Ink: cream, Stamp: pngOf(t, logo)})
	for name, c := range map[string]struct {
		images picture.Images
		want   string
	}{
		"thumbnail": {slotted(photograph, "thumbnail"), "158f0bd02a2ad9a9"},
		"icon":      {slotted(photograph, "icon"), "fb211da9c39ea947"},
		"logo":      {slotted(pngOf(t, logo), "logo"), "3ed951db128a65e5"},
		"card":      {card, "9ea0270394ba4615"},
		"own stamp": {own, "8340b8afcdc27b4d"},
	} {
		if got := hashOf(unpack(t, c.images)); got != c.want {
			t.Errorf("%s has the pixels %s, want %s", name, got, c.want)
		}
	}
}

func hashOf(scales [3]image.Image) string {
	hash := sha256.New()
	for _, img := range scales {
		size := img.Bounds().Size()
		for i := range size.X * size.Y {
			c := color.RGBAModel.Convert(img.At(i%size.X, i/size.X)).(color.RGBA)
			hash.Write([]byte{c.R, c.G, c.B, c.A})
		}
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

//go:build !race

package picture_test

import (
	"image"
	"image/color"
	"testing"

	"walletpasses.example/server/shared/picture"
)

const slowness = 1

// A photograph is drawn within the memory of a small function, and in about a second: neither can be told beside the race
// detector.
func TestLargePicture(t *testing.T) {
	file := jpegOf(t, image.NewYCbCr(image.Rect(0, 0, 4032, 3024), image.YCbCrSubsampleRatio420)) // all of it green
	var images picture.Images
	measured(t, "photograph", func() {
		var err error
		images, err = decode(t, file).Slot("artwork", "posterGeneric")
		check(t, err)
	})
	if scales := unpack(t, images); images.Enlarged || !near(scales[2].At(500, 200), color.NRGBA{G: 135, A: 255}) {
		t.Errorf("a photograph shows %v", scales[2].At(500, 200))
	}
	if _, err := picture.Decode(webpPhotograph(4032, 3024, 1<<18, 1<<20)); err != nil {
		t.Errorf("a photograph in WebP: %v", err)
	}
}

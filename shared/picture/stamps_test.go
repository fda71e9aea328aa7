package picture_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"testing"

	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/wallet"
)

var cream = picture.Color{255, 247, 235}

func strip(t testing.TB, card picture.StampCard) (picture.Images, [3]image.Image) {
	t.Helper()
	images, err := card.Strip()
	check(t, err)
	return images, unpack(t, images)
}

// count returns how many pixels are of a colour, and of any colour but faintly.
func count(img image.Image, c color.Color) (same, faint int) {
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			_, _, _, alpha := img.At(x, y).RGBA()
			switch {
			case alpha == 0xffff && near(img.At(x, y), c):
				same++
			case alpha != 0 && alpha < 0x8000:
				faint++
			}
		}
	}
	return same, faint
}

func TestStrip(t *testing.T) {
	images, scales := strip(t, picture.StampCard{Stamps: 3, Goal: 10, Ink: cream})
	for i, img := range scales {
		if want := image.Pt(375, 144).Mul(i + 1); img.Bounds().Size() != want {
			t.Errorf("%s has %v pixels, want %v", images.Files[i].Name(), img.Bounds().Size(), want)
		}
		if len(images.Files[i].Data()) > 40_000 {
			t.Errorf("%s has %d bytes", images.Files[i].Name(), len(images.Files[i].Data()))
		}
		for _, corner := range []image.Point{{}, {374 * (i + 1), 143 * (i + 1)}} {
			if !near(img.At(corner.X, corner.Y), color.Transparent) {
				t.Errorf("@%dx hides the background of the pass", i+1)
			}
		}
	}
	again, _ := strip(t, picture.StampCard{Stamps: 3, Goal: 10, Ink: cream})
	for i := range images.Files {
		if !bytes.Equal(images.Files[i].Data(), again.Files[i].Data()) {
			t.Errorf("%s is different the second time", images.Files[i].Name())
		}
	}
}

// Each stamp adds as much ink as the one before, and takes a ring away.
func TestStampsAdd(t *testing.T) {
	one := 0
	for stamps := range 11 {
		_, scales := strip(t, picture.StampCard{Stamps: stamps, Goal: 10, Ink: cream})
		same, faint := count(scales[0], cream)
		if stamps == 1 {
			one = same
		}
		if same < stamps*one*99/100 || same > stamps*one*101/100 || stamps == 1 && one < 1000 {
			t.Errorf("%d stamps cover %d pixels, one covers %d", stamps, same, one)
		}
		if stamps < 10 && faint < (10-stamps)*200 {
			t.Errorf("%d empty places are %d faint pixels", 10-stamps, faint)
		}
	}
	full, _ := strip(t, picture.StampCard{Stamps: 10, Goal: 10, Ink: cream})
	more, _ := strip(t, picture.StampCard{Stamps: 12, Goal: 10, Ink: cream})
	if !bytes.Equal(full.Files[2].Data(), more.Files[2].Data()) {
		t.Error("more stamps than places do not show a full card")
	}
}

func TestOwnStamp(t *testing.T) {
	square := pngOf(t, filled(50, 50, red))
	_, scales := strip(t, picture.StampCard{Stamps: 2, Goal: 5, Ink: cream, Stamp: square})
	disc, _ := count(scales[2], red)
	if ink, _ := count(scales[2], cream); ink != 0 || disc == 0 {
		t.Errorf("the own stamp is not used: %d pixels of it, %d of the built-in one", disc, ink)
	}
	cross := filled(50, 50, color.Transparent)
	for y := range 50 {
		for x := range 50 {
			if (x < 12) == (y < 12) {
				cross.Set(x, y, red)
			}
		}
	}
	_, scales = strip(t, picture.StampCard{Stamps: 1, Goal: 1, Ink: cream, Stamp: pngOf(t, cross)})
	side := 88 * 3
	if !near(scales[2].At((375*3-side)/2+6, (144*3-side)/2+6), red) {
		t.Error("a stamp with transparency of its own is cut to a circle")
	}
	_, scales = strip(t, picture.StampCard{Stamps: 1, Goal: 1, Ink: cream, Stamp: square})
	if !near(scales[2].At((375*3-side)/2+6, (144*3-side)/2+6), color.Transparent) {
		t.Error("an opaque stamp is not cut to a circle")
	}
	_, scales = strip(t, picture.StampCard{Stamps: 1, Goal: 1, Ink: cream, Stamp: jpegOf(t, thirds(300, 100))})
	for _, at := range []image.Point{{-side/2 + 6, 0}, {side/2 - 6, 0}, {0, -side/2 + 6}, {0, side/2 - 6}} {
		if seen := scales[2].At(375*3/2+at.X, 144*3/2+at.Y); !near(seen, green) {
			t.Errorf("the middle of a wide stamp does not fill the circle: %v at %v", seen, at)
		}
	}
}

func TestStampCardsRefused(t *testing.T) {
	for _, card := range []picture.StampCard{
		{Stamps: 0, Goal: 0}, {Stamps: 0, Goal: -1}, {Stamps: -1, Goal: 10}, {Stamps: 0, Goal: picture.MaxStampGoal + 1}, {Stamps: 1, Goal: 2, Stamp: []byte("no picture")},
	} {
		if _, err := card.Strip(); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%+v: %v", card, err)
		}
	}
}

package picture_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"os"
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/wallet"
)

// Every image that Apple states a size for is a slot, and whatever the picture, its files fit the pass.
func TestSlotsFitThePass(t *testing.T) {
	text, err := os.ReadFile("../passjson/pass-keys.json")
	check(t, err)
	var table struct {
		Images map[string]struct{ Points []int }
	}
	check(t, json.Unmarshal(text, &table))
	for name, img := range table.Images {
		shapes := []image.Point{{3, 90}, {90, 3}, {40, 30}, {7, 5}}
		if len(img.Points) == 2 && img.Points[1] > 90 {
			shapes = shapes[:1] // for they take long, and are cut to the same size whatever the shape
		}
		for _, style := range []string{"storeCard", "eventTicket"} {
			if name != "strip" && style == "eventTicket" {
				continue
			}
			for _, shape := range shapes {
				p := decode(t, pngOf(t, filled(shape.X, shape.Y, red)))
				images, err := p.Slot(name, style)
				if img.Points == nil {
					if !errors.Is(err, wallet.ErrInvalid) {
						t.Errorf("%s has no size, and gives %v", name, err)
					}
					continue
				}
				check(t, err)
				unpack(t, images)
				for _, f := range passjson.ValidateImages(map[string]any{style: map[string]any{}}, images.Sizes, nil) {
					if f.Rule == "IMAGE-SIZE" || f.Rule == "IMAGE-SCALE" && strings.HasPrefix(f.Path, name) {
						t.Errorf("%s of %v in %s: %v", name, p.Size(), style, f)
					}
				}
			}
		}
	}
}

func TestSlotSizes(t *testing.T) {
	for _, c := range []struct {
		slot, style string
		source      image.Point
		want        image.Point // at @1x
		enlarged    bool
	}{
		{"strip", "storeCard", image.Pt(1200, 500), image.Pt(375, 144), false},
		{"strip", "coupon", image.Pt(100, 100), image.Pt(375, 144), true},
		{"strip", "eventTicket", image.Pt(1200, 500), image.Pt(375, 98), false},
		{"icon", "storeCard", image.Pt(300, 200), image.Pt(38, 38), false},
		{"logo", "storeCard", image.Pt(960, 300), image.Pt(160, 50), false},
		{"logo", "storeCard", image.Pt(600, 600), image.Pt(50, 50), false},
		{"logo", "storeCard", image.Pt(40, 20), image.Pt(40, 20), true},
		{"logo", "storeCard", image.Pt(900, 1), image.Pt(160, 1), false},
		{"thumbnail", "generic", image.Pt(270, 270), image.Pt(90, 90), false},
		{"thumbnail", "generic", image.Pt(600, 400), image.Pt(90, 60), false},
		{"thumbnail", "generic", image.Pt(900, 300), image.Pt(90, 60), false},
		{"thumbnail", "generic", image.Pt(300, 900), image.Pt(60, 90), false},
	} {
		images, scales := slot(t, decode(t, pngOf(t, filled(c.source.X, c.source.Y, red))), c.slot, c.style)
		if got := scales[0].Bounds().Size(); got != c.want || images.Enlarged != c.enlarged {
			t.Errorf("%s of a %s from %v: %v, enlarged %v", c.slot, c.style, c.source, got, images.Enlarged)
		}
	}
	if _, err := decode(t, pngOf(t, filled(1, 1, red))).Slot("strip:eventTicket", ""); !errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("the table's own name is a slot: %v", err)
	}
}

// thirds is green, with a red and a blue third at its ends.
func thirds(w, h int) image.Image {
	img := filled(w, h, green)
	for y := range h {
		for x := range w / 3 {
			img.Set(x, y, red)
			img.Set(w-1-x, y, blue)
		}
	}
	return img
}

func TestWhatIsSeen(t *testing.T) {
	wide := decode(t, pngOf(t, thirds(3000, 384)))
	_, scales := slot(t, wide, "strip", "storeCard")
	for i, img := range scales {
		size := img.Bounds().Size()
		for _, x := range []int{2, size.X / 2, size.X - 3} {
			if !near(img.At(x, size.Y/2), green) {
				t.Errorf("the strip at @%dx is not the middle of the picture: %v", i+1, img.At(x, size.Y/2))
			}
		}
	}
	_, scales = slot(t, wide, "icon", "storeCard")
	for i, img := range scales {
		size := img.Bounds().Size()
		if !near(img.At(2, size.Y/2), red) || !near(img.At(size.X-3, size.Y/2), blue) || !near(img.At(size.X/2, 1), color.Transparent) {
			t.Errorf("the icon at @%dx is not the whole picture on nothing", i+1)
		}
	}
	_, scales = slot(t, wide, "thumbnail", "generic")
	if img := scales[2]; !near(img.At(5, 90), green) || !near(img.At(260, 90), green) {
		t.Error("a thumbnail that is too wide is not cut to its middle")
	}
}

// A chequered picture is grey from afar; a filter that skips pixels shows some of them instead.
func TestReducedWithCare(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 2000, 2000))
	for y := range 2000 {
		for x := range 2000 {
			img.SetGray(x, y, color.Gray{Y: uint8((x + y) % 2 * 255)})
		}
	}
	_, scales := slot(t, decode(t, pngOf(t, img)), "icon", "storeCard")
	for i, icon := range scales {
		for at := 3; at < 35; at++ {
			if !near(icon.At(at, 19), color.Gray{Y: 128}) {
				t.Fatalf("@%dx shows %v", i+1, icon.At(at, 19))
			}
		}
	}
}

func TestFiles(t *testing.T) {
	data := withSegments(jpegOf(t, thirds(600, 300)), segment(0xe1, []byte("Exif\x00\x00secret")...), segment(0xfe, []byte("secret")...))
	images, _ := slot(t, decode(t, data), "strip", "storeCard")
	again, _ := slot(t, decode(t, data), "strip", "storeCard")
	for i, name := range []string{"strip.png", "strip@2x.png", "strip@3x.png"} {
		file := images.Files[i]
		if file.Name() != name {
			t.Errorf("the name is %s, want %s", file.Name(), name)
		}
		if bytes.Contains(file.Data(), []byte("secret")) || bytes.Contains(file.Data(), []byte("eXIf")) || bytes.Contains(file.Data(), []byte("tEXt")) {
			t.Errorf("%s has metadata", name)
		}
		if !bytes.Equal(file.Data(), again.Files[i].Data()) {
			t.Errorf("%s is different the second time", name)
		}
	}
}

// What is over the budget has 256 colours, which show the picture still.
func TestBudget(t *testing.T) {
	gradient := noise(270, 270)
	for i := range gradient.Pix {
		if i%4 != 3 {
			gradient.Pix[i] = gradient.Pix[i]>>3 + uint8(i/4%270*(i%4+1)/4)
		}
	}
	for name, img := range map[string]*image.NRGBA{"noise": noise(270, 270), "gradient": gradient} {
		images, scales := slot(t, decode(t, pngOf(t, img)), "thumbnail", "generic")
		for i, file := range images.Files {
			size := scales[i].Bounds().Size()
			if len(file.Data()) > size.X*size.Y*3/2+1200 {
				t.Errorf("%s: %s has %d bytes for %v pixels", name, file.Name(), len(file.Data()), size)
			}
		}
		if _, few := scales[2].(*image.Paletted); !few {
			t.Errorf("%s: %s fits as it is", name, images.Files[2].Name())
		}
	}
	_, scales := slot(t, decode(t, pngOf(t, gradient)), "thumbnail", "generic")
	for x := range 270 {
		if !near(scales[2].At(x, 130), gradient.At(x, 130)) {
			t.Fatalf("at %d: %v, want %v", x, scales[2].At(x, 130), gradient.At(x, 130))
		}
	}
}

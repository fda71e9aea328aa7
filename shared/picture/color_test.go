package picture_test

import (
	"errors"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"testing"

	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/wallet"
)

func TestParseColor(t *testing.T) {
	for text, want := range map[string]picture.Color{
		"rgb(23, 187, 82)": {23, 187, 82}, "rgb(0,0,0)": {}, "rgb( 255 ,255, 255 )": {255, 255, 255},
		"#17BB52": {23, 187, 82}, "#17bb52": {23, 187, 82}, "#1B5": {0x11, 0xbb, 0x55},
	} {
		if got, err := picture.ParseColor(text); err != nil || got != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "red", "auto", "rgb(1, 2)", "rgb(1, 2, 3, 4)", "rgba(1, 2, 3, 1)", "rgb(256, 0, 0)", "rgb(-1, 0, 0)", "rgb(+1, 0, 0)", "rgb(1.5, 0, 0)",
		"rgb(1, 2, 3", "1, 2, 3)", "rgb(1\t, 2, 3)", "#12", "#12345", "#1234567", "#gggggg", "17BB52", "#+12345", "#1_2345",
	} {
		if c, err := picture.ParseColor(text); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%q is %v, %v", text, c, err)
		}
	}
}

func FuzzParseColor(f *testing.F) {
	for _, seed := range []string{"rgb(23, 187, 82)", "#17BB52", "#1B5", "rgb(", "#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := picture.ParseColor(text)
		if err != nil {
			return
		}
		if again, err := picture.ParseColor(c.String()); err != nil || again != c {
			t.Errorf("%q is %v, which is read as %v, %v", text, c, again, err)
		}
	})
}

// The values are those of the W3C's definition, to two places.
func TestContrast(t *testing.T) {
	black, white := picture.Color{}, picture.Color{255, 255, 255}
	for _, c := range []struct {
		a, b picture.Color
		want float64
	}{
		{black, white, 21}, {white, white, 1}, {picture.Color{0x77, 0x77, 0x77}, white, 4.48}, {picture.Color{0x76, 0x76, 0x76}, white, 4.54},
		{picture.Color{255, 0, 0}, white, 4.00}, {picture.Color{0, 0, 255}, black, 2.44}, {picture.Color{0, 255, 0}, black, 15.30},
	} {
		got, back := picture.Contrast(c.a, c.b), picture.Contrast(c.b, c.a)
		if math.Abs(got-c.want) > 0.006 || got != back {
			t.Errorf("%v on %v: %.3f and %.3f, want %v", c.a, c.b, got, back, c.want)
		}
	}
}

// A pass of any logo can be read: every colour in steps, filling its picture and standing free.
func TestEveryPaletteCanBeRead(t *testing.T) {
	for r := 0; r < 256; r += 51 {
		for g := 0; g < 256; g += 51 {
			for b := 0; b < 256; b += 51 {
				c := color.NRGBA{uint8(r), uint8(g), uint8(b), 255}
				ink := picture.Color{R: c.R, G: c.G, B: c.B}
				free := filled(40, 40, color.Transparent)
				for y := range 10 {
					for x := range 40 {
						free.Set(x, y+15, c)
					}
				}
				for name, img := range map[string]image.Image{"filled": filled(8, 8, c), "free": free} {
					p := decode(t, pngOf(t, img)).Palette()
					if picture.Contrast(p.Foreground, p.Background) < picture.ForegroundContrast ||
						picture.Contrast(p.Label, p.Background) < picture.ForegroundContrast {
						t.Errorf("%s %v: %v cannot be read", name, c, p)
					}
					if name == "filled" && p.Background != ink {
						t.Errorf("%v has an edge on %v", c, p.Background)
					}
					if name == "free" && picture.Contrast(ink, p.Background) < 4.5 {
						t.Errorf("%v cannot be seen on %v", c, p.Background)
					}
				}
			}
		}
	}
}

func TestPalette(t *testing.T) {
	logo := filled(100, 100, color.NRGBA{20, 40, 90, 255})
	for y := 30; y < 70; y++ {
		for x := 30; x < 70; x++ {
			logo.Set(x, y, color.NRGBA{255, 200, 40, 255})
		}
	}
	for name, c := range map[string]struct {
		img  image.Image
		want picture.Colors
	}{
		"two colours": {logo, picture.Colors{Background: picture.Color{20, 40, 90}, Foreground: picture.Color{255, 255, 255}, Label: picture.Color{255, 200, 40}}},
		"nothing":     {filled(10, 10, color.Transparent), picture.Colors{Background: picture.Color{255, 255, 255}}},
	} {
		p := decode(t, pngOf(t, c.img))
		if got := p.Palette(); got != c.want || got != p.Palette() {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A pass of any logo can be read, also of one with many colours that are partly seen through.
func TestPalettesOfRandomLogos(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for i := range 300 {
		logo := filled(24, 12, color.Transparent)
		for range random.IntN(9) {
			c := color.NRGBA{uint8(random.Uint32()), uint8(random.Uint32()), uint8(random.Uint32()), uint8(random.Uint32() | 1<<6)}
			x, y := random.IntN(24), random.IntN(12)
			draw.Draw(logo, image.Rect(x, y, x+random.IntN(24), y+random.IntN(12)), image.NewUniform(c), image.Point{}, draw.Src)
		}
		p := decode(t, pngOf(t, logo)).Palette()
		if picture.Contrast(p.Foreground, p.Background) < 4.5 || picture.Contrast(p.Label, p.Background) < 4.5 {
			t.Errorf("the logo %d: %v cannot be read", i, p)
		}
	}
}

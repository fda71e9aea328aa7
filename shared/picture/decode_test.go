package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"runtime"
	"slices"
	"testing"

	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/wallet"
)

var red, green, blue, yellow = color.NRGBA{220, 0, 0, 255}, color.NRGBA{0, 200, 0, 255}, color.NRGBA{0, 0, 220, 255}, color.NRGBA{230, 220, 0, 255}

func TestDecodeFormats(t *testing.T) {
	img := filled(20, 10, red)
	for name, c := range map[string]struct {
		file []byte
		size image.Point
	}{
		"PNG": {pngOf(t, img), image.Pt(20, 10)}, "JPEG": {jpegOf(t, img), image.Pt(20, 10)}, "GIF": {gifOf(t, img), image.Pt(20, 10)},
		"WebP without loss": {webpLossless(t), image.Pt(1, 1)}, "WebP": {webpLossy(t), image.Pt(1, 1)},
	} {
		p := decode(t, c.file)
		if p.Size() != c.size {
			t.Errorf("%s: %v", name, p.Size())
		}
		if _, scales := slot(t, p, "logo", "storeCard"); c.size.X == 20 && !near(scales[0].At(10, 5), red) {
			t.Errorf("%s: shows %v", name, scales[0].At(10, 5))
		}
	}
}

// The 0th row and column of a stored picture are seen as EXIF 2.32, 4.6.4, table 4 says.
func TestOrientation(t *testing.T) {
	stored := filled(32, 16, red)
	corners := map[rune]color.Color{'A': red, 'B': green, 'C': blue, 'D': yellow} // as stored, row by row
	for y := range 16 {
		for x := range 32 {
			stored.Set(x, y, corners[[]rune("ABCD")[y/8*2+x/16]])
		}
	}
	file := jpegOf(t, stored)
	for value, seen := range []string{"ABCD", "ABCD", "BADC", "DCBA", "CDAB", "ACBD", "CADB", "DBCA", "BDAC", "ABCD"} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			p := decode(t, withSegments(file, exif(order, uint16(value))))
			_, scales := slot(t, p, "logo", "storeCard")
			size := scales[0].Bounds().Size()
			if want := image.Pt(32, 16); size != want && (value < 5 || value > 8) || p.Size() != size {
				t.Errorf("orientation %d: size %v, drawn %v", value, p.Size(), size)
			}
			for i, corner := range seen {
				at := image.Pt(size.X/4+i%2*size.X/2, size.Y/4+i/2*size.Y/2)
				if !near(scales[0].At(at.X, at.Y), corners[corner]) {
					t.Errorf("orientation %d, %v: corner %d shows %v, want %c", value, order, i, scales[0].At(at.X, at.Y), corner)
				}
			}
		}
	}
}

// hostile returns files that are refused, by what is wrong with them.
func hostile(t testing.TB) map[string][]byte {
	img := filled(64, 64, red)
	files := map[string][]byte{
		"nothing":                    nil,
		"text":                       []byte("hello"),
		"SVG":                        []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"HTML":                       []byte("<!DOCTYPE html><title>404</title>"),
		"BMP":                        append([]byte("BM"), make([]byte, 100)...),
		"TIFF":                       append([]byte("II*\x00"), make([]byte, 100)...),
		"PDF":                        []byte("%PDF-1.7"),
		"long file":                  append(pngOf(t, img), make([]byte, picture.MaxBytes)...),
		"PNG bomb":                   pngClaiming(t, 60_000, 60_000, 8, 6),
		"PNG of the largest size":    pngClaiming(t, 1<<31-1, 1<<31-1, 8, 6),
		"PNG that is a line":         pngOf(t, filled(1, 30_000, red)),
		"PNG of 16 bits":             pngClaiming(t, 3000, 3000, 16, 6),
		"PNG without pixels":         pngClaiming(t, 3000, 3000, 8, 6),
		"PNG of no size":             pngClaiming(t, 0, 10, 8, 6),
		"PNG with a wrong checksum":  wrongChecksum(pngOf(t, img)),
		"GIF bomb":                   []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00\x3b"),
		"GIF without pictures":       []byte("GIF89a\x0a\x00\x0a\x00\x00\x00\x00\x3b"),
		"WebP bomb":                  webpClaiming(16384, 16384),
		"WebP without pixels":        webpClaiming(100, 100),
		"JPEG of many scans":         append(jpegOf(t, img), bytes.Repeat([]byte{0xff, 0xda, 0, 8}, 100)...),
		"JPEG bomb":                  withFrame(jpegOf(t, img), 0xc0, 65_000, 65_000),
		"large progressive JPEG":     withFrame(jpegOf(t, img), 0xc2, 3400, 3400),
		"JPEG hiding its frame":      hiddenFrame(t),
		"JPEG of an unknown process": withFrame(jpegOf(t, img), 0xc3, 64, 64),
	}
	for name, file := range map[string][]byte{
		"PNG": pngOf(t, img), "JPEG": jpegOf(t, img), "GIF": gifOf(t, img), "lossless WebP": webpLossless(t), "WebP": webpLossy(t),
	} {
		for _, n := range []int{4, 13, 16, 24, len(file) / 2} {
			files[name+" cut off after "+string(rune('0'+n/100%10))+string(rune('0'+n/10%10))+string(rune('0'+n%10))] = file[:min(n, len(file)-2)]
		}
	}
	return files
}

func wrongChecksum(file []byte) []byte {
	file = bytes.Clone(file)
	file[len(file)-20] ^= 1
	return file
}

func webpClaiming(w, h int) []byte {
	file := []byte("RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00")
	return append(file, byte(w-1), byte((w-1)>>8), 0, byte(h-1), byte((h-1)>>8), 0, 'V', 'P', '8', ' ', 0, 0, 0, 0)
}

// withFrame changes the process and size of a JPEG's frame.
func withFrame(file []byte, process byte, w, h int) []byte {
	file = bytes.Clone(file)
	at := bytes.Index(file, []byte{0xff, 0xc0})
	file[at+1] = process
	binary.BigEndian.PutUint16(file[at+5:], uint16(h))
	binary.BigEndian.PutUint16(file[at+7:], uint16(w))
	return file
}

// hiddenFrame has a marker in front that no length follows. Whoever reads one there jumps over the true frame, to a small one.
func hiddenFrame(t testing.TB) []byte {
	small := jpegOf(t, filled(64, 64, red))
	file := withSegments(withFrame(small, 0xc2, 3400, 3400), []byte{0xff, 0xd0})
	file[bytes.Index(file, []byte{0xff, 0xda})+12] = 0 // the first scan of a progressive picture ends with its first coefficient
	jump := 2 + 2 + int(binary.BigEndian.Uint16(file[4:]))
	return append(append(file, make([]byte, jump-len(file))...), small[2:]...)
}

func TestHostilePictures(t *testing.T) {
	files := hostile(t)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := picture.Decode(files[name])
		runtime.ReadMemStats(&after)
		if !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
			t.Errorf("%s: takes %d MiB to refuse", name, used>>20)
		}
	}
}

// What is just within the limits is taken, and drawn within the memory of a small function.
func TestLargePicture(t *testing.T) {
	file := jpegOf(t, filled(4032, 3024, red))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	images, scales := slot(t, decode(t, file), "strip", "storeCard")
	runtime.ReadMemStats(&after)
	if images.Enlarged || !near(scales[2].At(500, 200), red) {
		t.Errorf("a photograph shows %v", scales[2].At(500, 200))
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 128<<20 {
		t.Errorf("a photograph takes %d MiB", used>>20)
	}
}

func FuzzDecode(f *testing.F) {
	for _, file := range hostile(f) {
		if len(file) < 1<<16 {
			f.Add(file)
		}
	}
	img := filled(9, 5, blue)
	jpeg := jpegOf(f, img)
	for _, file := range [][]byte{pngOf(f, img), jpeg, gifOf(f, img), webpLossless(f), webpLossy(f), withSegments(jpeg, exif(binary.BigEndian, 6))} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := picture.Decode(data)
		if err != nil {
			if !errors.Is(err, wallet.ErrInvalid) {
				t.Fatalf("not an error of the picture: %v", err)
			}
			return
		}
		if size := p.Size(); size.X < 1 || size.Y < 1 || size.X*size.Y > picture.MaxPixels {
			t.Fatalf("size %v", size)
		}
		slot(t, p, "thumbnail", "generic")
		p.Palette()
	})
}

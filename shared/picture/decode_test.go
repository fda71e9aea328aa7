package picture_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"testing"
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

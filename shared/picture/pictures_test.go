package picture_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"

	"walletpasses.example/server/shared/picture"
)

// filled returns an image of one colour.
func filled(w, h int, c color.Color) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	img.Set(0, 0, c)
	for n := 4; n < len(img.Pix); n *= 2 {
		copy(img.Pix[n:], img.Pix[:n])
	}
	return img
}

// noise returns an image that no encoder makes smaller.
func noise(w, h int) *image.NRGBA {
	img := filled(w, h, color.White)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		if i%4 != 3 {
			img.Pix[i] = uint8(random.Uint32())
		}
	}
	return img
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	check(t, (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&file, img))
	return file.Bytes()
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	check(t, jpeg.Encode(&file, img, &jpeg.Options{Quality: 95}))
	return file.Bytes()
}

func gifOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	check(t, gif.Encode(&file, img, nil))
	return file.Bytes()
}

// webpLossless and webpLossy have one pixel.
func webpLossless(t testing.TB) []byte {
	return unbase64(t, "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
}

func webpLossy(t testing.TB) []byte {
	return unbase64(t, "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
}

func unbase64(t testing.TB, text string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	check(t, err)
	return data
}

// pngClaiming is a PNG whose header claims another size; kind is its colour type and depth.
func pngClaiming(t testing.TB, w, h uint32, depth, kind byte) []byte {
	data := bytes.Clone(pngOf(t, filled(4, 4, color.White)))
	header := data[12:33]
	binary.BigEndian.PutUint32(header[4:], w)
	binary.BigEndian.PutUint32(header[8:], h)
	header[12], header[13] = depth, kind
	binary.BigEndian.PutUint32(header[17:], crc32.ChecksumIEEE(header[:17]))
	return data
}

// segment is one of a JPEG's, before its pixels.
func segment(marker byte, content ...byte) []byte {
	return append([]byte{0xff, marker, byte((len(content) + 2) >> 8), byte(len(content) + 2)}, content...)
}

// withSegments puts segments in front of a JPEG's own.
func withSegments(file []byte, segments ...[]byte) []byte {
	return append(append([]byte{0xff, 0xd8}, bytes.Join(segments, nil)...), file[2:]...)
}

// exif is the APP1 segment with an orientation and nothing else, in either byte order.
func exif(order binary.AppendByteOrder, value uint16) []byte {
	content := []byte("Exif\x00\x00II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		content = []byte("Exif\x00\x00MM\x00*")
	}
	content = order.AppendUint32(content, 8)
	content = order.AppendUint16(content, 1)
	content = order.AppendUint16(content, 0x0112)
	content = order.AppendUint16(content, 3)
	content = order.AppendUint32(content, 1)
	content = order.AppendUint16(content, value)
	return segment(0xe1, append(content, 0, 0, 0, 0, 0, 0)...)
}

func decode(t testing.TB, data []byte) *picture.Picture {
	t.Helper()
	p, err := picture.Decode(data)
	check(t, err)
	return p
}

// slot makes a slot and returns its images, at @1x, @2x and @3x.
func slot(t testing.TB, p *picture.Picture, name, style string) (picture.Images, [3]image.Image) {
	t.Helper()
	images, err := p.Slot(name, style)
	check(t, err)
	return images, unpack(t, images)
}

func unpack(t testing.TB, images picture.Images) (scales [3]image.Image) {
	t.Helper()
	if len(images.Files) != 3 {
		t.Fatalf("%d files", len(images.Files))
	}
	for i, file := range images.Files {
		img, err := png.Decode(bytes.NewReader(file.Data()))
		check(t, err)
		if img.Bounds().Size() != images.Sizes[file.Name()] {
			t.Errorf("%s has %v pixels, said are %v", file.Name(), img.Bounds().Size(), images.Sizes[file.Name()])
		}
		scales[i] = img
	}
	return scales
}

// near reports colours that differ by no more than a lossy format changes.
func near(a, b color.Color) bool {
	x, y := color.NRGBAModel.Convert(a).(color.NRGBA), color.NRGBAModel.Convert(b).(color.NRGBA)
	if x.A == 0 && y.A == 0 {
		return true
	}
	far := func(p, q uint8) bool { return max(p, q)-min(p, q) > 24 }
	return !far(x.R, y.R) && !far(x.G, y.G) && !far(x.B, y.B) && !far(x.A, y.A)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

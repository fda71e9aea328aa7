package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/wallet"
)

var update = flag.Bool("update", false, "write testdata")

// refusals are the folders of testdata/refused, and what the error says of the files in each.
var refusals = map[string]string{
	"format":  "no picture of a known format",
	"damaged": "damaged",
	"size":    "make it smaller, at most",
	"scans":   "too many scans",
	"tables":  "bytes without loss",
}

// crafted returns the files of the corpus by folder and name; those of "accepted" are pictures in spite of what is in them.
func crafted(t testing.TB) map[string][]byte {
	img := filled(64, 64, red)
	photograph, pixels := jpegOf(t, img), pngOf(t, img)
	bomb := deflateBomb(t, 64)
	profile := append([]byte("profile\x00\x00"), bomb...) // a name, and the method of compression
	files := map[string][]byte{
		"refused/format/nothing": nil,
		"refused/format/text":    []byte("hello"),
		"refused/format/svg":     []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"refused/format/html":    []byte("<!DOCTYPE html><title>404</title>"),
		"refused/format/bmp":     append([]byte("BM"), make([]byte, 100)...),
		"refused/format/tiff":    append([]byte("II*\x00"), make([]byte, 100)...),
		"refused/format/pdf":     []byte("%PDF-1.7"),
		"refused/format/heic":    []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"),

		"refused/size/png-bomb":             pngClaiming(t, 60_000, 60_000, 8, 6),
		"refused/size/png-line":             pngOf(t, filled(1, 30_000, red)),
		"refused/size/png-16-bits":          pngClaiming(t, 3000, 3000, 16, 6),
		"refused/size/gif-bomb":             []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00\x3b"),
		"refused/size/webp-bomb":            webpClaiming(16384, 16384),
		"refused/size/webp-lossless-bomb":   webpTables(3000, 0),
		"refused/size/jpeg-bomb":            withFrame(photograph, 0xc0, 65_000, 65_000),
		"refused/size/jpeg-progressive":     withFrame(photograph, 0xc2, 3400, 3400),
		"refused/size/jpeg-hides-its-frame": hiddenFrame(t),

		"refused/scans/jpeg":                  progressive(4032, 3024, 12),
		"refused/scans/jpeg-after-a-comment":  withSegments(progressive(4032, 3024, 12), segment(0xfe, 0xff, 0xd9)),
		"refused/tables/webp":                 webpTables(208, 1200),
		"refused/tables/webp-transparent":     transparentWebP(webpTables(208, 1200))[:100],
		"refused/damaged/png-without-pixels":  pngClaiming(t, 3000, 3000, 8, 6),
		"refused/damaged/png-largest":         pngClaiming(t, 1<<31-1, 1<<31-1, 8, 6),
		"refused/damaged/png-of-no-size":      pngClaiming(t, 0, 10, 8, 6),
		"refused/damaged/png-wrong-checksum":  wrongChecksum(pixels),
		"refused/damaged/png-too-many-pixels": withPixels(pixels, bomb),
		"refused/damaged/gif-without-picture": []byte("GIF89a\x0a\x00\x0a\x00\x00\x00\x00\x3b"),
		"refused/damaged/webp-without-pixels": webpClaiming(100, 100),
		"refused/damaged/webp-lying-length":   lyingLength(webpLossy(t)),
		"refused/damaged/webp-half-tables":    webpTables(200, 1000),
		"refused/damaged/jpeg-lossless":       withFrame(photograph, 0xc3, 64, 64),
		"refused/damaged/jpeg-cut-at-its-end": cut(progressive(4032, 3024, 6), 3),

		"accepted/png-profile-bomb": chunked(pixels, "iCCP", profile),
		"accepted/png-text-bomb":    chunked(pixels, "zTXt", profile),
		"accepted/png-itxt-bomb":    chunked(pixels, "iTXt", append([]byte("name\x00\x01\x00\x00\x00"), bomb...)),
		"accepted/jpeg-largest":     progressive(4032, 3024, 6),
		"accepted/webp-one-colour":  webpTables(2000, 0),
		"accepted/jpeg-with-a-film": append(bytes.Clone(photograph), bytes.Repeat([]byte{0xff, 0xda, 0, 8}, 1000)...),
		"accepted/jpeg-filled-out":  withSegments(photograph, []byte{0xff, 0xff, 0xff}),
		"accepted/jpeg-turned":      withSegments(photograph, exif(binary.BigEndian, 6)),
	}
	for name, content := range malformedEXIF {
		files["accepted/jpeg-exif-"+name] = withSegments(photograph, segment(0xe1, []byte("Exif\x00\x00"+content)...))
	}
	for name, file := range map[string][]byte{
		"png": pixels, "jpeg": photograph, "gif": gifOf(t, img), "webp-lossless": webpLossless(t), "webp": webpLossy(t),
	} {
		for _, n := range []int{16, 24, len(file) / 2, len(file) - 9} {
			files[fmt.Sprintf("refused/damaged/%s-cut-after-%d", name, n)] = file[:n]
		}
	}
	return files
}

// cut takes the last n bytes away.
func cut(file []byte, n int) []byte { return file[:len(file)-n] }

// malformedEXIF are the contents of APP1 segments whose orientation cannot be read.
var malformedEXIF = map[string]string{
	"empty":                "",
	"other-byte-order":     "XX\x00\x2a\x00\x00\x00\x08",
	"directory-far-away":   "II*\x00\xff\xff\xff\xff",
	"directory-at-the-end": "MM\x00*\x00\x00\x00\x08\xff",
	"endless-directory":    "II*\x00\x08\x00\x00\x00\xff\xff\x12",
	"directory-in-itself":  "II*\x00\x00\x00\x00\x00",
	"orientation-9":        "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00",
}

// corpus returns the files of testdata by folder and name.
func corpus(t testing.TB) map[string][]byte {
	if *update {
		for name, file := range crafted(t) {
			path := filepath.Join("testdata", filepath.FromSlash(name))
			check(t, os.MkdirAll(filepath.Dir(path), 0o755))
			check(t, os.WriteFile(path, file, 0o644))
		}
	}
	files := make(map[string][]byte)
	for _, pattern := range []string{"testdata/refused/*/*", "testdata/accepted/*"} {
		paths, err := filepath.Glob(pattern)
		check(t, err)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			check(t, err)
			files[strings.TrimPrefix(filepath.ToSlash(path), "testdata/")] = data
		}
	}
	if len(files) < 50 {
		t.Fatalf("only %d files in testdata", len(files))
	}
	return files
}

// The bounds of what one file may cost.
const (
	maxTime   = time.Second * slowness // of the processor, for the machine may have more to do
	maxMemory = 128 << 20              // bytes, of everything that is allocated on the way, kept or not
)

// measured runs f within the bounds.
func measured(t *testing.T, name string, f func()) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	took := patience.ProcessorTime(t, f)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > maxMemory || took > maxTime {
		t.Errorf("%s: takes %v and %d MiB", name, took, used>>20)
	}
}

func TestHostilePictures(t *testing.T) {
	for name, data := range corpus(t) {
		var err error
		measured(t, name, func() { _, err = picture.Decode(data) })
		folder, of, _ := strings.Cut(name, "/")
		if folder == "accepted" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		reason, _, _ := strings.Cut(of, "/")
		if want := refusals[reason]; want == "" || !errors.Is(err, wallet.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMalformedEXIFIsPassedOver(t *testing.T) {
	for name := range malformedEXIF {
		data, err := os.ReadFile("testdata/accepted/jpeg-exif-" + name)
		check(t, err)
		if size := decode(t, data).Size(); size != image.Pt(64, 64) {
			t.Errorf("%s: %v", name, size)
		}
	}
}

func TestLongFile(t *testing.T) {
	data := append(pngOf(t, filled(64, 64, red)), make([]byte, picture.MaxBytes)...)
	if _, err := picture.Decode(data); !errors.Is(err, wallet.ErrInvalid) || !strings.Contains(err.Error(), "bytes; make it smaller") {
		t.Errorf("%v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, file := range corpus(f) {
		if len(file) < 1<<13 { // the others take too long for many tries
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
		size := p.Size()
		if size.X < 1 || size.Y < 1 || size.X*size.Y > picture.MaxPixels {
			t.Fatalf("size %v", size)
		}
		if size.X*size.Y < 1<<16 {
			slot(t, p, "thumbnail", "generic")
			p.Palette()
		}
	})
}

package pkpass_test

import (
	"bytes"
	"image"
	"image/png"
	mathrand "math/rand/v2"
	"testing"

	"walletpasses.example/server/shared/pkpass"
)

// BenchmarkVerify reads a package of nine images (about 390 kB) and has everything in it checked.
func BenchmarkVerify(b *testing.B) {
	source := append(pkpass.Source{pkpass.NewFile("pass.json", passJSON("1", 40))}, noiseImages()...)
	data, err := pkpass.Package(source, pkpass.NewSigner(testIdentity(b), clock))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, findings := pkpass.Verify(data, trusted()); findings.Err() != nil {
			b.Fatal(findings)
		}
	}
}

// noiseImages are icon, logo and strip at three scales.
func noiseImages() pkpass.Source {
	sizes := map[string]image.Point{"icon": {38, 38}, "logo": {70, 25}, "strip": {98, 38}}
	var files pkpass.Source
	for _, name := range []string{"icon", "logo", "strip"} {
		for scale, suffix := range []string{"", "@2x", "@3x"} {
			size := sizes[name].Mul(scale + 1)
			files = append(files, pkpass.NewFile(name+suffix+".png", noisePNG(size.X, size.Y)))
		}
	}
	return files
}

// noisePNG is an image that does not compress, as photographs do not.
func noisePNG(width, height int) []byte {
	random := mathrand.New(mathrand.NewPCG(1, 2))
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = byte(random.Uint32())
	}
	var data bytes.Buffer
	if err := png.Encode(&data, img); err != nil {
		panic(err)
	}
	return data.Bytes()
}

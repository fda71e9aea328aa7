package pkpass_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"image"
	"image/png"
	mathrand "math/rand/v2"
	"testing"

	"walletpasses.example/server/shared/pkpass"
)

// BenchmarkRSA2048Sign is the measure for BenchmarkPackage: what no package can cost less than.
func BenchmarkRSA2048Sign(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("manifest"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPackage makes packages of nine images (about 390 kB) that differ in pass.json alone, as one template does, in a
// buffer that is kept, as the packager does.
func BenchmarkPackage(b *testing.B) {
	benchmarkPackage(b, func(last []byte) []byte { return last[:0] })
}

// BenchmarkPackageFreshMemory makes the same packages, each in memory of its own.
func BenchmarkPackageFreshMemory(b *testing.B) {
	benchmarkPackage(b, func(_ []byte) []byte { return nil })
}

func benchmarkPackage(b *testing.B, buffer func(last []byte) []byte) {
	signer := pkpass.NewSigner(testIdentity(b), clock)
	source := append(pkpass.Source{{}}, noiseImages()...)
	passes := make([][]byte, 64)
	for i := range passes {
		passes[i] = passJSON(fmt.Sprintf("serial-%d", i), 40)
	}
	var archive []byte
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		source[0] = pkpass.NewFile("pass.json", passes[i%len(passes)])
		var err error
		if archive, err = pkpass.AppendPackage(buffer(archive), source, signer); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify reads such a package back.
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

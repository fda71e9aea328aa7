package main

import (
	"bytes"
	"flag"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"walletpasses.example/server/shared/browsertest"
)

var picturesFlag = flag.String("pictures", "", "write the README's pictures into this folder")

// TestBrowserPictures takes the README's pictures, and writes them with
//
//	go test ./functions/local -run TestBrowserPictures -pictures pictures
func TestBrowserPictures(t *testing.T) {
	d := openDesk(t, browsertest.View{Width: 1360, Height: 900})
	d.issueFrom("points")
	d.Click(".pass-head .primary")
	d.Await("the phone holds the pass", "document.querySelectorAll('.wallet .held iframe:not(.arriving)').length == 1")
	d.rewrite("1250", "1300")
	d.Await("the change is checked", "document.querySelector('.findings-box .summary.good')")
	d.Click(".panel-head .primary")
	d.Await("the notice comes down", "document.querySelector('.banner:not([hidden])')")
	d.Await("the phone is drawn anew", "document.querySelectorAll('.wallet iframe').length == 1")
	d.Await("everything is drawn", "!document.querySelector('iframe.arriving')")
	keep(t, "console.png", d.Window())

	link := d.issue("event-1", sample(t, "event"))
	d.Goto(link)
	d.View(browsertest.View{Width: 1280, Height: 720})
	keep(t, "install.png", d.Window())
	d.View(browsertest.View{Width: 375, Height: 870, Dark: true, Scale: 1.25})
	keep(t, "install-dark.png", d.Window())

	d.Goto(d.url + "/")
	d.View(browsertest.View{Width: 2000, Height: 1900})
	d.Await("the starters are drawn", "document.querySelectorAll('h2 ~ .tiles iframe:not(.arriving)').length >= 11")
	keep(t, "starters.png", d.Screenshot("h2 ~ .tiles"))
}

// keep writes a picture where the flag says. Of each colour it keeps six bits, which halves the file and which nobody sees.
func keep(t *testing.T, name string, picture []byte) {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if *picturesFlag == "" {
		return
	}
	plain := image.NewRGBA(decoded.Bounds())
	draw.Draw(plain, plain.Bounds(), decoded, decoded.Bounds().Min, draw.Src)
	for i, value := range plain.Pix {
		plain.Pix[i] = value&^3 | value>>6
	}
	var file bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&file, plain); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(*picturesFlag, name), file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

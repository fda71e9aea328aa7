package main

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"walletpasses.example/server/shared/pkpass"
)

// showLanguages prints each language, and how many texts it has.
func (p passFile) showLanguages(w io.Writer) {
	texts := make(map[string]string)
	for _, file := range p.contents.Source {
		if language, ok := strings.CutSuffix(path.Dir(file.Name()), ".lproj"); ok {
			texts[language] = "no texts"
		}
	}
	for language, table := range p.tables {
		texts[language] = plural(len(table.Keys()), "text")
	}
	for _, language := range slices.Sorted(maps.Keys(texts)) {
		line(w, printable(language), texts[language])
	}
}

// showImages prints each image with its sizes.
func (p passFile) showImages(w io.Writer) {
	for _, file := range p.contents.Source {
		if path.Ext(file.Name()) == ".png" {
			fmt.Fprintf(w, "  %s\t%s\t%d bytes\n", printable(file.Name()), dimensions(file), len(file.Data()))
		}
	}
}

// showOtherFiles prints what is neither an image, nor pass.json, nor the texts of a language.
func (p passFile) showOtherFiles(w io.Writer) {
	for _, file := range p.contents.Source {
		base := path.Base(file.Name())
		if path.Ext(base) != ".png" && base != "pass.json" && base != "pass.strings" {
			line(w, printable(file.Name()), fmt.Sprintf("%d bytes", len(file.Data())))
		}
	}
}

// dimensions is the size of an image as its header has it.
func dimensions(file pkpass.File) string {
	config, err := png.DecodeConfig(bytes.NewReader(file.Data()))
	if err != nil {
		return "no PNG"
	}
	return fmt.Sprintf("%d × %d pixels", config.Width, config.Height)
}

// showSignature says who signed and until when that certificate goes; whether it is to be trusted is for verify to say.
func (p passFile) showSignature(w io.Writer) {
	c := p.contents.Certificate
	if c == nil {
		line(w, "by", "nobody that can be read")
		return
	}
	subject := pkpass.SubjectOf(c)
	line(w, "by", printable(c.Subject.CommonName))
	line(w, "for", printable(subject.PassTypeIdentifier))
	line(w, "team", printable(strings.TrimSpace(subject.TeamIdentifier+" "+subject.Organization)))
	line(w, "issued by", printable(c.Issuer.CommonName))
	if !p.contents.SigningTime.IsZero() {
		line(w, "signed at", p.contents.SigningTime.UTC().Format(time.RFC3339))
	}
	line(w, "certificate until", c.NotAfter.UTC().Format(time.RFC3339))
}

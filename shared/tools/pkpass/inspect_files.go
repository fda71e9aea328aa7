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

// showFiles prints languages, images with their sizes, and what else there is.
func (p passFile) showFiles(w io.Writer) {
	texts := make(map[string]string) // by language
	var images, others []pkpass.File
	for _, file := range p.contents.Source {
		if language, ok := strings.CutSuffix(path.Dir(file.Name()), ".lproj"); ok && texts[language] == "" {
			texts[language] = "no texts"
		}
		switch base := path.Base(file.Name()); {
		case path.Ext(base) == ".png":
			images = append(images, file)
		case base != "pass.json" && base != "pass.strings":
			others = append(others, file)
		}
	}
	for language, table := range p.tables {
		texts[language] = plural(len(table.Keys()), "text")
	}
	fmt.Fprintln(w, "languages")
	for _, language := range slices.Sorted(maps.Keys(texts)) {
		line(w, printable(language), texts[language])
	}
	fmt.Fprintln(w, "images")
	for _, file := range images {
		fmt.Fprintf(w, "  %s\t%s\t%d bytes\n", printable(file.Name()), dimensions(file), len(file.Data()))
	}
	if len(others) > 0 {
		fmt.Fprintln(w, "other files")
	}
	for _, file := range others {
		line(w, printable(file.Name()), fmt.Sprintf("%d bytes", len(file.Data())))
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
	fmt.Fprintln(w, "signature")
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

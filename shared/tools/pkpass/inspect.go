package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"

	"walletpasses.example/server/shared/pkpass"
)

// inspect shows what is inside a package, or inside each of a bundle.
func (t tool) inspect(args []string) error {
	files, err := parse(flag.NewFlagSet("inspect", flag.ContinueOnError), args)
	if err == nil {
		err = count(files, 1)
	}
	if err != nil {
		return err
	}
	file, size, err := open(files[0])
	if err != nil {
		return err
	}
	defer file.Close()
	bundle, ok := pkpass.OpenBundle(file, size)
	if !ok {
		p, err := readPassFile(files[0], t.now())
		if err != nil {
			return err
		}
		return p.show(t.stdout)
	}
	return t.inspectBundle(files[0], bundle)
}

// inspectBundle shows the passes that can be read, and says why others are missing.
func (t tool) inspectBundle(name string, bundle *pkpass.BundleReader) error {
	for pass := range bundle.Passes() {
		p, err := newPassFile(pass.Name, pass.Data, t.now())
		if err == nil {
			err = p.show(t.stdout)
		}
		if err != nil {
			return err
		}
	}
	findings := bundle.Findings()
	if err := printFindings(t.stdout, name, findings, "nothing is wrong with the bundle itself", "a phone would refuse the bundle"); err != nil {
		return err
	}
	if findings.Err() != nil {
		return errWrong
	}
	return nil
}

// show prints the whole pass.
func (p passFile) show(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s: %d bytes, %s\n", printable(p.name), p.size, plural(len(p.contents.Source), "file"))
	section(w, "pass", p.showIdentity)
	section(w, "dates and places", p.showDates)
	section(w, "fields", p.showFields)
	section(w, "barcodes", p.showBarcodes)
	section(w, "languages", p.showLanguages)
	section(w, "images", p.showImages)
	section(w, "other files", p.showOtherFiles)
	section(w, "signature", p.showSignature)
	return w.Flush()
}

// section prints what show does below its name, unless that is nothing.
func section(w io.Writer, name string, show func(io.Writer)) {
	var content bytes.Buffer
	if show(&content); content.Len() > 0 {
		fmt.Fprintf(w, "%s\n%s", name, &content)
	}
}

// line prints a name and what it is, unless there is nothing to say.
func line(w io.Writer, name, text string) {
	if text != "" {
		fmt.Fprintf(w, "  %s\t%s\n", name, text)
	}
}

func (p passFile) showIdentity(w io.Writer) {
	line(w, "pass type", p.text("passTypeIdentifier"))
	line(w, "serial number", p.text("serialNumber"))
	line(w, "team", p.text("teamIdentifier"))
	line(w, "organization", p.text("organizationName"))
	line(w, "description", p.text("description"))
	line(w, "style", p.style())
	line(w, "web service", p.text("webServiceURL"))
	if token, _ := p.pass["authenticationToken"].(string); token != "" {
		line(w, "token", fmt.Sprintf("%d characters, not shown", len(token)))
	}
	for _, key := range []string{"voided", "sharingProhibited", "nfc", "semantics"} {
		if v, ok := p.pass[key]; ok && v != false {
			line(w, key, "yes")
		}
	}
	if _, ok := p.contents.Source.File("personalization.json"); ok {
		line(w, "personalization", "yes")
	}
}

func (p passFile) showDates(w io.Writer) {
	line(w, "expires", p.text("expirationDate"))
	line(w, "relevant", p.text("relevantDate"))
	for _, v := range list(p.pass["relevantDates"]) {
		moment := object(v)
		if date, ok := moment["date"]; ok {
			line(w, "relevant", printable(plain(date)))
			continue
		}
		line(w, "relevant", printable(plain(moment["startDate"])+" to "+plain(moment["endDate"])))
	}
	for _, v := range list(p.pass["locations"]) {
		place := object(v)
		line(w, "location", printable(plain(place["latitude"])+", "+plain(place["longitude"])))
	}
	for _, v := range list(p.pass["beacons"]) {
		line(w, "beacon", printable(plain(object(v)["proximityUUID"])))
	}
}

func (p passFile) showFields(w io.Writer) {
	for _, f := range p.fields() {
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s", f.group, printable(f.text("key")), quoted(f.text("label")), quoted(f.value()))
		if message := f.text("changeMessage"); message != "" {
			fmt.Fprintf(w, "\tannounces %s", quoted(message))
		}
		fmt.Fprintln(w)
	}
}

func (p passFile) showBarcodes(w io.Writer) {
	codes := list(p.pass["barcodes"])
	if old, ok := p.pass["barcode"]; ok {
		codes = append(codes[:len(codes):len(codes)], old)
	}
	for _, v := range codes {
		code := object(v)
		fmt.Fprintf(w, "  %s\t%s\t%s\n", printable(plain(code["format"])), quoted(code["message"]), printable(plain(code["messageEncoding"])))
	}
}

// Package lint says everything that is known to be wrong with a signed pass or with what one is to be signed from: the
// archive, the manifest, the signature and its certificates ([pkpass.Verify]), what pass.json says ([passjson.Validate]),
// the sign-up form, the images, and the text tables. Where it finds one of the causes for which a phone refuses a pass, REJ-1 to REJ-20 of the
// specification, it also names that cause.
package lint

import (
	"fmt"
	"io"
	"strings"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// File returns everything wrong with a .pkpass, or with each pass of a .pkpasses, whose findings then have the pass's name
// before their path: "ticket.pkpass/icon.png". The error is for a file that could not be read.
func File(file io.ReaderAt, size int64, options pkpass.VerifyOptions) (wallet.Findings, error) {
	bundle, ok := pkpass.OpenBundle(file, size)
	if !ok {
		data, err := readPackage(file, size)
		return Package(data, size, options), err
	}
	var findings wallet.Findings
	for pass := range bundle.Passes() {
		for _, f := range Package(pass.Data, int64(len(pass.Data)), options) {
			f.Path = strings.TrimSuffix(pass.Name+"/"+f.Path, "/")
			findings = append(findings, f)
		}
	}
	return append(bundle.Findings(), findings...), nil
}

// readPackage reads a file unless it is too large to be a package.
func readPackage(file io.ReaderAt, size int64) ([]byte, error) {
	if size > pkpass.MaxPackageSize {
		return nil, nil
	}
	data := make([]byte, size)
	if n, err := file.ReadAt(data, 0); n < len(data) {
		return nil, fmt.Errorf("read the package: %w", err)
	}
	return data, nil
}

// Package returns everything wrong with a signed pass of size bytes. Data is not needed when the size is beyond
// [pkpass.MaxPackageSize].
func Package(data []byte, size int64, options pkpass.VerifyOptions) wallet.Findings {
	if size > pkpass.MaxPackageSize {
		var findings wallet.Findings
		findings.Errorf("", "PKG-SIZE", "the package has %d bytes; at most %d", size, pkpass.MaxPackageSize)
		return findings
	}
	contents, findings := pkpass.Verify(data, options)
	if contents == nil {
		return withCauses(findings, nil)
	}
	pass, more := content(contents.Source, options.Roots != nil)
	findings = append(findings, more...)
	if contents.Certificate != nil {
		entitlement(&findings, pass, pkpass.SubjectOf(contents.Certificate))
	}
	onlyPoster(&findings, pass)
	return withCauses(distinct(findings), pass)
}

// Source returns everything wrong with what a pass is to be signed from.
func Source(source pkpass.Source) wallet.Findings {
	findings := source.Check()
	pass, more := content(source, false)
	return withCauses(distinct(append(findings, more...)), pass)
}

// content looks into the files and returns pass.json decoded; nil when it cannot be. Only a pass that is tried out, with
// another root than Apple's, may have a web service without TLS.
func content(source pkpass.Source, tryout bool) (map[string]any, wallet.Findings) {
	var findings wallet.Findings
	sizes := images(source, &findings)
	tables(source, &findings)
	file, ok := source.File("pass.json")
	if !ok {
		return nil, findings
	}
	pass, problems, err := wallet.DecodeObject(file.Data())
	if err != nil {
		findings.Errorf(file.Name(), "REJ-3", "%v", err)
		return nil, findings
	}
	for _, f := range problems {
		f.Path = passjson.Root + f.Path
		findings = append(findings, f)
	}
	findings = append(findings, passjson.Validate(pass, passjson.Options{AllowHTTP: tryout})...)
	form(source, pass, &findings)
	findings = append(findings, passjson.ValidateImages(pass, sizes, languageFolders(source))...)
	if address, _ := pass["webServiceURL"].(string); tryout && strings.HasPrefix(address, "http:") {
		findings.Warnf(passjson.Root+"/webServiceURL", "WS-3", "only a phone with the developer setting Allow HTTP Services calls http; use https")
	}
	return pass, findings
}

// entitlement is REJ-18. It is a warning: some say that a phone refuses the pass, some that it leaves nfc out.
func entitlement(findings *wallet.Findings, pass map[string]any, subject pkpass.CertificateSubject) {
	if _, ok := pass["nfc"]; ok && !subject.NFC {
		findings.Warnf(passjson.Root+"/nfc", "REJ-18", "the certificate is not of the kind Pass Type ID with NFC, so nfc does not work "+
			"and a phone may refuse the pass; ask Apple for the entitlement, or remove nfc")
	}
}

// distinct drops what two checks found alike.
func distinct(findings wallet.Findings) wallet.Findings {
	type place struct{ path, rule string }
	seen := make(map[place]bool, len(findings))
	kept := findings[:0]
	for _, f := range findings {
		at := place{f.Path, f.Rule}
		if sameAgain := seen[at] && overlapping[f.Rule]; !sameAgain {
			kept = append(kept, f)
		}
		seen[at] = true
	}
	return kept
}

// overlapping are the rules that both the reader of packages and the checks of the content know.
var overlapping = map[string]bool{
	"PKG-2": true, "REJ-3": true, "JSON-DUPLICATE": true, "JSON-DEPTH": true, "JSON-NUMBER": true,
}

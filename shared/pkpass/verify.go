package pkpass

import (
	"crypto/x509"
	"time"
	"unicode/utf8"

	"walletpasses.example/server/shared/wallet"
)

// VerifyOptions says whom to trust and what time it is.
type VerifyOptions struct {
	// Roots are the trust anchors. Nil means Apple: the issuer of the pass certificate must be the WWDR intermediate G4,
	// known by its SHA-256 fingerprint.
	Roots *x509.CertPool
	// Now is the present. A signing time in its future is refused, and a certificate that has expired since is a warning.
	Now time.Time
}

// Verify reads a package and returns everything in it that a phone would refuse: the rules of the archive, the manifest,
// the signature, its certificates, and that pass.json names the pass type and team that they were issued for. What
// pass.json says beyond that is not looked at. Contents is nil when data is no zip archive at all.
//
// https://developer.apple.com/documentation/walletpasses/building-a-pass
func Verify(data []byte, options VerifyOptions) (*Contents, wallet.Findings) {
	contents, findings := Read(data)
	if contents == nil {
		return nil, findings
	}
	v := verifier{Contents: contents, findings: findings, options: options}
	if contents.Manifest != nil {
		v.manifest()
	}
	if contents.Manifest != nil && contents.Signature != nil {
		v.signature()
	}
	if contents.PassJSON != nil {
		v.pass()
	}
	return contents, v.findings
}

// A verifier collects findings about one package. Its methods each check one part, in the order of the parts, and leave
// what they learn in Contents.
type verifier struct {
	*Contents
	findings wallet.Findings
	options  VerifyOptions
}

// pass compares what pass.json says of its owner with the certificate.
func (v *verifier) pass() {
	if !utf8.Valid(v.PassJSON) {
		v.findings.Errorf(passName, "REJ-3", "not valid JSON: the text is not UTF-8")
		return
	}
	pass, findings, err := wallet.DecodeObject(v.PassJSON)
	if err != nil {
		v.findings.Errorf(passName, "REJ-3", "%v", err)
		return
	}
	for _, f := range findings {
		f.Path = passName + "#" + f.Path
		v.findings = append(v.findings, f)
	}
	if v.Certificate == nil {
		return
	}
	v.owner(pass, "passTypeIdentifier", passTypeMarker(v.Certificate))
	v.owner(pass, "teamIdentifier", teamOf(v.Certificate))
}

func (v *verifier) owner(pass map[string]any, key, want string) {
	if has, _ := pass[key].(string); has != want {
		v.findings.Errorf(passName+"#/"+key, "REJ-6", "%s is %q, the certificate was issued for %q", key, has, want)
	}
}

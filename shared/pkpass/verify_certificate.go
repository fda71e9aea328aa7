package pkpass

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"slices"
)

// certificates finds the signer's certificate among those inside, and checks it and its issuer.
func (v *verifier) certificates(signed signedData, info signerInfo) {
	inside, err := x509.ParseCertificates(signed.Certificates.Bytes)
	if err != nil {
		v.refuse("SIG-3", "the certificates cannot be read: %v", err)
		return
	}
	var signer issuerAndSerial
	id := info.SignerIdentifier
	if info.Version != 1 || id.Class != asn1.ClassUniversal || unmarshalAll(id.FullBytes, &signer) != nil {
		v.refuse("SIG-2", "the signer must be named by issuer and serial number, in SignerInfo of version 1")
		return
	}
	for _, c := range inside {
		if bytes.Equal(c.RawIssuer, signer.Issuer.FullBytes) && c.SerialNumber.Cmp(signer.Serial) == 0 {
			v.Certificate = c
		}
		if bytes.Equal(c.RawIssuer, c.RawSubject) {
			v.findings.Warnf(signatureName, "SIG-3", "the root certificate %q is inside; leave it out", c.Subject.CommonName)
		}
	}
	if v.Certificate == nil {
		v.refuse("SIG-3", "the certificate of the signer (serial number %X) is not inside", signer.Serial)
		return
	}
	v.leaf()
	v.issuer(inside)
}

// leaf checks the pass certificate by itself.
func (v *verifier) leaf() {
	checkPurpose(v.Certificate, v.refuse)
	if !v.SigningTime.IsZero() && v.SigningTime.Before(v.Certificate.NotBefore) {
		v.refuse("SIG-7", "signed at %v, before the certificate was valid (%v)", v.SigningTime, v.Certificate.NotBefore.UTC())
	}
	if v.SigningTime.After(v.Certificate.NotAfter) {
		v.refuse("REJ-10", "signed at %v, after the certificate expired (%v)", v.SigningTime, v.Certificate.NotAfter.UTC())
	} else if v.options.Now.After(v.Certificate.NotAfter) {
		v.findings.Warnf(signatureName, "CRT-4", "the certificate has expired since (%v): the pass stays valid, but renew it",
			v.Certificate.NotAfter.UTC())
	}
}

// issuer checks the intermediate, and that it is trusted.
func (v *verifier) issuer(inside []*x509.Certificate) {
	issuer, err := issuerOf(v.Certificate, inside)
	if err != nil {
		v.refuse("REJ-9", "%v", err)
		return
	}
	at := v.SigningTime
	if at.IsZero() {
		at = v.options.Now
	}
	if err := checkValidity(issuer, at); err != nil {
		v.refuse("REJ-9", "at the signing time: %v", err)
	}
	if v.options.Roots == nil {
		v.appleIssuer(issuer)
		return
	}
	intermediates := x509.NewCertPool()
	intermediates.AddCert(issuer)
	_, err = v.Certificate.Verify(x509.VerifyOptions{
		Roots:         v.options.Roots,
		Intermediates: intermediates,
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny}, // a pass certificate has no purpose that a verifier knows
	})
	if err != nil && !isOutOfDate(err, v.Certificate, issuer) {
		v.refuse("SIG-13", "the certificates lead to no trusted root: %v", err)
	}
}

// isOutOfDate reports that a chain was refused for the dates of certificates that are looked at by themselves.
func isOutOfDate(err error, certificates ...*x509.Certificate) bool {
	invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok && invalid.Reason == x509.Expired && slices.ContainsFunc(certificates, invalid.Cert.Equal)
}

// appleIssuer knows Apple's intermediate by its bytes.
func (v *verifier) appleIssuer(issuer *x509.Certificate) {
	if sum := sha256.Sum256(issuer.Raw); hex.EncodeToString(sum[:]) != wwdrG4Fingerprint {
		v.refuse("REJ-9", "the pass certificate was issued by %q %v, not by %s",
			issuer.Subject.CommonName, issuer.Subject.OrganizationalUnit, wwdrG4Hint)
	}
}

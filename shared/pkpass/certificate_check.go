package pkpass

import (
	"crypto/x509"
	"strings"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// renewal is how long before its end a certificate is worth a warning.
const renewal = 45 * 24 * time.Hour

// A CertificateSubject is whom a pass certificate was issued to, and for what. Each member is empty where the certificate
// does not say it.
// https://developer.apple.com/documentation/walletpasses/building-a-pass
type CertificateSubject struct {
	PassTypeIdentifier string // as Apple's extension 1.2.840.113635.100.6.1.16 has it
	TeamIdentifier     string // the organizational unit
	Organization       string // the team's name
	// NFC tells that Apple granted the entitlement for nfc, which the common name then shows.
	NFC bool
}

// SubjectOf reads the subject of a pass certificate.
func SubjectOf(c *x509.Certificate) CertificateSubject {
	return CertificateSubject{
		PassTypeIdentifier: passTypeMarker(c),
		TeamIdentifier:     teamOf(c),
		Organization:       strings.Join(c.Subject.Organization, ", "),
		NFC:                strings.HasPrefix(c.Subject.CommonName, "Pass Type ID with NFC:"),
	}
}

// CheckCertificate returns everything that keeps a certificate from signing passes now: it is no pass certificate (SIG-13),
// its key is of the wrong kind (SIG-8), it is not valid (CRT-4), its issuer is not among the others or not valid (REJ-9). One
// that ends within 45 days is a warning (CRT-6). Whom the issuer is trusted by is not looked at.
func CheckCertificate(c *x509.Certificate, others []*x509.Certificate, now time.Time) wallet.Findings {
	var findings wallet.Findings
	name := c.Subject.CommonName
	checkPurpose(c, func(rule, format string, args ...any) { findings.Errorf(name, rule, format, args...) })
	if err := checkValidity(c, now); err != nil {
		findings.Errorf(name, "CRT-4", "%v", err)
	} else if left := c.NotAfter.Sub(now); left < renewal {
		findings.Warnf(name, "CRT-6", "expires in %d days, at %v: make a new one for the same pass type now", int(left.Hours()/24), c.NotAfter.UTC())
	}
	issuer, err := issuerOf(c, others)
	if err == nil {
		err = checkValidity(issuer, now)
	}
	if err != nil {
		findings.Errorf(name, "REJ-9", "%v", err)
	}
	return findings
}

// checkPurpose refuses a certificate that no time makes one for passes: by its marks (SIG-13), its key usage (RFC 5280, section
// 4.2.1.3), or its key (SIG-8).
func checkPurpose(c *x509.Certificate, refuse func(rule, format string, args ...any)) {
	if marker := passTypeMarker(c); marker == "" {
		refuse("SIG-13", "%q is not a pass certificate: it has no extension %v; in the developer portal, make a certificate "+
			"of the kind Pass Type ID", c.Subject.CommonName, oidPassTypeMarker)
	} else if uid := subjectUserID(c); uid != marker {
		refuse("SIG-13", "%q is not a pass certificate: the subject has the UID %q, the extension %q", c.Subject.CommonName, uid, marker)
	}
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		refuse("SIG-13", "%q is not for digital signatures, by its key usage", c.Subject.CommonName)
	}
	if err := checkKey(c.PublicKey); err != nil {
		refuse("SIG-8", "%v", err)
	}
}

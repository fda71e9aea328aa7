package pkpass

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
)

// Where Apple writes the pass type identifier in a certificate. Its team is the organizational unit of the subject.
var (
	oidUserID         = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}
	oidPassTypeMarker = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 1, 16}
)

// The Apple WWDR intermediate G4, which issues pass certificates until 2030.
// https://www.apple.com/certificateauthority/
const (
	wwdrG4KeyID       = "5bd9fa1de79a1a0ba399762250863e91c85b77a8"
	wwdrG4Fingerprint = "ea4757885538dd8cb59ff4556f676087d83c85e70902c122e42c0808b5bce14c"
	wwdrG4Hint        = "Apple's WWDR G4: AppleWWDRCAG4.cer from https://www.apple.com/certificateauthority/"
)

// subjectUserID returns the UID of the subject, or "".
func subjectUserID(c *x509.Certificate) string {
	for _, name := range c.Subject.Names {
		if name.Type.Equal(oidUserID) {
			text, _ := name.Value.(string)
			return text
		}
	}
	return ""
}

// passTypeMarker returns the text of Apple's pass type extension, or "".
func passTypeMarker(c *x509.Certificate) string {
	for _, extension := range c.Extensions {
		if extension.Id.Equal(oidPassTypeMarker) {
			var text string
			if rest, err := asn1.Unmarshal(extension.Value, &text); err != nil || len(rest) > 0 {
				return ""
			}
			return text
		}
	}
	return ""
}

// teamOf returns the team identifier of a pass certificate, or "".
func teamOf(c *x509.Certificate) string {
	if len(c.Subject.OrganizationalUnit) == 0 {
		return ""
	}
	return c.Subject.OrganizationalUnit[0]
}

// issuerOf picks the certificate that issued leaf, by key identifier and never by name: all WWDR intermediates share one.
func issuerOf(leaf *x509.Certificate, candidates []*x509.Certificate) (*x509.Certificate, error) {
	for _, c := range candidates {
		if len(c.SubjectKeyId) == 0 || !bytes.Equal(c.SubjectKeyId, leaf.AuthorityKeyId) {
			continue
		}
		err := checkKeySize(c.PublicKey)
		if err == nil {
			err = leaf.CheckSignatureFrom(c)
		}
		if err != nil {
			return nil, fmt.Errorf("%q has the key identifier of the issuer of %q but did not issue it: %w",
				c.Subject.CommonName, leaf.Subject.CommonName, err)
		}
		return c, nil
	}
	return nil, fmt.Errorf("the intermediate certificate that issued %q is missing; add %s",
		leaf.Subject.CommonName, wantedIssuer(leaf))
}

// wantedIssuer tells a person which certificate to get.
func wantedIssuer(leaf *x509.Certificate) string {
	id := hex.EncodeToString(leaf.AuthorityKeyId)
	if id == wwdrG4KeyID {
		return wwdrG4Hint
	}
	return fmt.Sprintf("%q with subject key identifier %s (for passes that is %s)", leaf.Issuer.CommonName, id, wwdrG4Hint)
}

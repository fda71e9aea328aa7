package pkpass

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// An Identity is what signs passes of one pass type: Apple's certificate for it, the private key, and the intermediate
// certificate that stands between it and Apple's root. The same identity authenticates to APNs.
//
// The key may live elsewhere, for example in a key management service: all that is asked of it is to sign. An Identity
// prints as the names and dates of its certificate, never as its key.
type Identity struct {
	certificate   *x509.Certificate
	key           crypto.Signer
	intermediates []*x509.Certificate

	// What the certificate says, read once: whom each package is held to.
	passType, userID, team string
}

// NewIdentity joins a private key with the one certificate that was issued for it; the other certificates are taken as
// intermediates. The key is RSA of at least 2048 bits, or ECDSA on P-256.
func NewIdentity(key crypto.Signer, certificates ...*x509.Certificate) (Identity, error) {
	if err := checkKey(key.Public()); err != nil {
		return Identity{}, err
	}
	if key, ok := key.(*rsa.PrivateKey); ok {
		if err := key.Validate(); err != nil {
			return Identity{}, fmt.Errorf("the private key is damaged: %w", err)
		}
	}
	leaf := slices.IndexFunc(certificates, func(c *x509.Certificate) bool { return sameKey(c.PublicKey, key.Public()) })
	if leaf < 0 {
		return Identity{}, fitsNone(certificates)
	}
	others := slices.Concat(certificates[:leaf], certificates[leaf+1:])
	certificate := certificates[leaf]
	return Identity{
		certificate: certificate, key: key, intermediates: others,
		passType: passTypeMarker(certificate), userID: subjectUserID(certificate), team: teamOf(certificate),
	}, nil
}

// WithIntermediates returns the identity with more certificates to find its issuer among.
func (id Identity) WithIntermediates(certificates ...*x509.Certificate) Identity {
	id.intermediates = slices.Concat(id.intermediates, certificates)
	return id
}

// PassTypeIdentifier is the pass type that the certificate was issued for, for example "pass.com.example.loyalty".
func (id Identity) PassTypeIdentifier() string { return id.passType }

// TeamIdentifier is the team that the certificate was issued to, for example "A1B2C3D4E5".
func (id Identity) TeamIdentifier() string { return id.team }

// NotAfter is when the certificate expires.
func (id Identity) NotAfter() time.Time { return id.certificate.NotAfter }

// TLSCertificate is the identity as a TLS client shows it to APNs, with its intermediate where it has one.
// https://developer.apple.com/documentation/usernotifications/establishing-a-certificate-based-connection-to-apns
func (id Identity) TLSCertificate() tls.Certificate {
	chain := [][]byte{id.certificate.Raw}
	if issuer, err := issuerOf(id.certificate, id.intermediates); err == nil {
		chain = append(chain, issuer.Raw)
	}
	return tls.Certificate{Certificate: chain, PrivateKey: id.key, Leaf: id.certificate}
}

// String names the certificate, and nothing of the key.
func (id Identity) String() string {
	if id.certificate == nil {
		return "no identity"
	}
	return fmt.Sprintf("identity of %s, team %s, until %s",
		id.PassTypeIdentifier(), id.TeamIdentifier(), id.NotAfter().UTC().Format(time.RFC3339))
}

// Format is String for every verb, so that no print reaches the key.
func (id Identity) Format(f fmt.State, _ rune) { io.WriteString(f, id.String()) }

// LogValue is String, for slog.
func (id Identity) LogValue() slog.Value { return slog.StringValue(id.String()) }

func checkKey(public crypto.PublicKey) error {
	switch key := public.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < 2048 {
			return fmt.Errorf("the RSA key has %d bits; pass certificates have 2048", key.N.BitLen())
		}
		return checkKeySize(key)
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return errors.New("the ECDSA key is not on P-256, the only curve that Wallet knows; use RSA with 2048 bits")
		}
		return nil
	default:
		return fmt.Errorf("a key of type %T cannot sign passes; use RSA with 2048 bits", public)
	}
}

// maxKeyBits bounds RSA keys as crypto/tls does. The time that a verification takes grows with the square of the key: with a
// key of a million bits, which fits into three kilobytes of zip, it is a minute.
const maxKeyBits = 8192

// checkKeySize refuses to verify with a key that was only made to keep the verifier busy.
func checkKeySize(public crypto.PublicKey) error {
	if key, ok := public.(*rsa.PublicKey); ok && key.N.BitLen() > maxKeyBits {
		return fmt.Errorf("the RSA key has %d bits; at most %d", key.N.BitLen(), maxKeyBits)
	}
	return nil
}

func sameKey(a, b crypto.PublicKey) bool {
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}

func fitsNone(certificates []*x509.Certificate) error {
	return fmt.Errorf("the private key fits no certificate here (%s); export the certificate together with "+
		"the key that its request was made with", commonNames(certificates))
}

func commonNames(certificates []*x509.Certificate) string {
	if len(certificates) == 0 {
		return "there is none"
	}
	names := make([]string, len(certificates))
	for i, c := range certificates {
		names[i] = fmt.Sprintf("%q", c.Subject.CommonName)
	}
	return strings.Join(names, ", ")
}

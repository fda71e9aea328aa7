package devcerts

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"time"

	"walletpasses.example/server/shared/pkpass"
)

// What Apple writes in pass certificates: the pass type in the subject and in an extension, a mark for production APNs,
// and a purpose beside TLS client authentication.
var (
	oidUserID         = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}
	oidPassTypeMarker = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 1, 16}
	oidPushMarker     = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 3, 2}
	oidPassPurpose    = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 4, 14}
)

// A PassRequest asks for a pass certificate. The fields beyond the first two are for certificates that something is wrong
// with; leave them out for one that is as Apple's.
type PassRequest struct {
	PassTypeIdentifier string
	TeamIdentifier     string

	NotBefore time.Time     // an hour ago when zero
	NotAfter  time.Time     // in a year when zero
	Key       crypto.Signer // a new RSA key of 2048 bits when nil

	IntermediateNotAfter time.Time // another intermediate that expires then, when not zero
	WithoutMarker        bool      // no pass type extension
}

// A Pass is a pass certificate with its key and its issuer.
type Pass struct {
	Certificate  *x509.Certificate
	Intermediate *x509.Certificate
	Key          crypto.Signer
}

// IssuePass issues a certificate as Apple does for a pass type.
func (a *Authority) IssuePass(request PassRequest) (Pass, error) {
	pass := Pass{Intermediate: a.intermediate, Key: request.Key}
	issuingKey := a.issuingKey
	var err error
	if !request.IntermediateNotAfter.IsZero() {
		notBefore := request.IntermediateNotAfter.Add(-365 * 24 * time.Hour)
		if pass.Intermediate, issuingKey, err = a.newIntermediate(notBefore, request.IntermediateNotAfter); err != nil {
			return Pass{}, err
		}
	}
	if pass.Key == nil {
		if pass.Key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return Pass{}, err
		}
	}
	t, err := a.passTemplate(request)
	if err != nil {
		return Pass{}, err
	}
	if pass.Certificate, err = sign(t, pass.Intermediate, pass.Key.Public(), issuingKey); err != nil {
		return Pass{}, fmt.Errorf("make certificate of %s: %w", request.PassTypeIdentifier, err)
	}
	return pass, nil
}

func (a *Authority) passTemplate(request PassRequest) (*x509.Certificate, error) {
	t := template(a.now, 365*24*time.Hour, pkix.Name{
		CommonName:         "Pass Type ID: " + request.PassTypeIdentifier,
		OrganizationalUnit: []string{request.TeamIdentifier},
		Organization:       []string{"Throw-Away Team"},
		Country:            []string{"US"},
		ExtraNames:         []pkix.AttributeTypeAndValue{{Type: oidUserID, Value: request.PassTypeIdentifier}},
	})
	if !request.NotBefore.IsZero() {
		t.NotBefore = request.NotBefore
	}
	if !request.NotAfter.IsZero() {
		t.NotAfter = request.NotAfter
	}
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	t.UnknownExtKeyUsage = []asn1.ObjectIdentifier{oidPassPurpose}
	t.ExtraExtensions = []pkix.Extension{{Id: oidPushMarker, Value: asn1.NullBytes}}
	if !request.WithoutMarker {
		marker, err := asn1.MarshalWithParams(request.PassTypeIdentifier, "utf8")
		if err != nil {
			return nil, fmt.Errorf("pass type %q: %w", request.PassTypeIdentifier, err)
		}
		t.ExtraExtensions = append(t.ExtraExtensions, pkix.Extension{Id: oidPassTypeMarker, Value: marker})
	}
	return t, nil
}

// Identity is the pass as what signs.
func (p Pass) Identity() (pkpass.Identity, error) {
	return pkpass.NewIdentity(p.Key, p.Certificate, p.Intermediate)
}

// PEM is certificate, key (PKCS#8) and intermediate as one PEM text.
func (p Pass) PEM() ([]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(p.Key)
	if err != nil {
		return nil, fmt.Errorf("write the key of %q: %w", p.Certificate.Subject.CommonName, err)
	}
	var text []byte
	for _, block := range []*pem.Block{
		{Type: "CERTIFICATE", Bytes: p.Certificate.Raw},
		{Type: "PRIVATE KEY", Bytes: key},
		{Type: "CERTIFICATE", Bytes: p.Intermediate.Raw},
	} {
		text = append(text, pem.EncodeToMemory(block)...)
	}
	return text, nil
}

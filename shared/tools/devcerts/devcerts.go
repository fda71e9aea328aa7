// Package devcerts makes throw-away certificates of Apple's shape: a root, a WWDR-like intermediate, pass certificates below
// it, and server certificates for a fake APNs. Passes signed with them verify like real ones against [Authority.Pool], and
// no phone accepts them.
package devcerts

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"net"
	"time"

	"walletpasses.example/server/shared/pkpass"
)

// oidIntermediateMarker is an extension of Apple's WWDR intermediates.
var oidIntermediateMarker = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 2, 1}

// An Authority stands for Apple's certificate authority. Its own keys are ECDSA, which are made in no time.
type Authority struct {
	now          time.Time
	root         *x509.Certificate
	rootKey      crypto.Signer
	intermediate *x509.Certificate
	issuingKey   crypto.Signer
}

// New makes a root that is valid for ten years from an hour before now, and an intermediate below it.
func New(now time.Time) (*Authority, error) {
	a := &Authority{now: now}
	var err error
	if a.rootKey, err = newKey(); err != nil {
		return nil, err
	}
	root := template(now, 10*365*24*time.Hour, pkix.Name{CommonName: "Throw-Away Root CA", Organization: []string{"Nobody"}})
	root.IsCA = true
	root.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	if a.root, err = sign(root, root, a.rootKey.Public(), a.rootKey); err != nil {
		return nil, fmt.Errorf("make root certificate: %w", err)
	}
	a.intermediate, a.issuingKey, err = a.newIntermediate(now.Add(-time.Hour), root.NotAfter)
	return a, err
}

// newIntermediate makes another certificate of the name that all WWDR intermediates share, told apart by their keys.
func (a *Authority) newIntermediate(notBefore, notAfter time.Time) (*x509.Certificate, crypto.Signer, error) {
	key, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	t := template(a.now, 0, pkix.Name{
		CommonName:         "Throw-Away Worldwide Developer Relations Certification Authority",
		OrganizationalUnit: []string{"G4"},
		Organization:       []string{"Nobody"},
		Country:            []string{"US"},
	})
	t.NotBefore, t.NotAfter = notBefore, notAfter
	t.IsCA = true
	t.MaxPathLenZero = true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	t.ExtraExtensions = []pkix.Extension{{Id: oidIntermediateMarker, Value: asn1.NullBytes}}
	c, err := sign(t, a.root, key.Public(), a.rootKey)
	if err != nil {
		return nil, nil, fmt.Errorf("make intermediate certificate: %w", err)
	}
	return c, key, nil
}

// Pool holds the root.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root)
	return pool
}

// RootPEM is the root certificate as PEM text.
func (a *Authority) RootPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw})
}

// PassIdentity issues a certificate for the pass type and team, with a new RSA key of 2048 bits, valid for a year.
func (a *Authority) PassIdentity(passTypeIdentifier, teamIdentifier string) (pkpass.Identity, error) {
	pass, err := a.IssuePass(PassRequest{PassTypeIdentifier: passTypeIdentifier, TeamIdentifier: teamIdentifier})
	if err != nil {
		return pkpass.Identity{}, err
	}
	return pass.Identity()
}

// ServerCertificate issues a TLS certificate below the root for host names and IP addresses; without any it is for
// localhost, 127.0.0.1 and ::1.
func (a *Authority) ServerCertificate(hosts ...string) (tls.Certificate, error) {
	if len(hosts) == 0 {
		hosts = []string{"localhost", "127.0.0.1", "::1"}
	}
	key, err := newKey()
	if err != nil {
		return tls.Certificate{}, err
	}
	t := template(a.now, 365*24*time.Hour, pkix.Name{CommonName: hosts[0]})
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, host)
		}
	}
	c, err := sign(t, a.root, key.Public(), a.rootKey)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make server certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key, Leaf: c}, nil
}

// template is a certificate that has been valid for an hour and lives on for the lifetime.
func template(now time.Time, lifetime time.Duration, subject pkix.Name) *x509.Certificate {
	return &x509.Certificate{
		Subject:               subject,
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(lifetime),
		BasicConstraintsValid: true,
	}
}

// sign issues a certificate. The serial number is random, and the subject key identifier of an authority comes from its key.
func sign(template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func newKey() (crypto.Signer, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

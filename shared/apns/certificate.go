package apns

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// userID is the attribute of the subject in which Apple writes the pass type identifier (RFC 4519 section 2.39).
var userID = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}

// A passCertificate is what APNs knows a client by, and the one topic that it stands for.
type passCertificate struct {
	leaf  *x509.Certificate
	topic string
}

// newPassCertificate checks that APNs can take the certificate while it is valid.
func newPassCertificate(certificate tls.Certificate) (*passCertificate, error) {
	if len(certificate.Certificate) == 0 {
		return nil, errors.New("there is none; load the pass type certificate with its private key")
	}
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	if err := checkKey(certificate.PrivateKey, leaf); err != nil {
		return nil, err
	}
	if !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
		return nil, errors.New("not made for client authentication; use the pass type certificate from Apple")
	}
	for _, attribute := range leaf.Subject.Names {
		if topic, ok := attribute.Value.(string); ok && attribute.Type.Equal(userID) {
			return &passCertificate{leaf, topic}, wallet.ValidatePassType(topic)
		}
	}
	return nil, errors.New("its subject has no UID with a pass type identifier; use the pass type certificate from Apple")
}

// check says why it is not for pushes to a topic at this time.
func (c *passCertificate) check(topic string, now time.Time) error {
	switch {
	case topic != c.topic:
		return fmt.Errorf("the client's certificate is of %s", c.topic)
	case now.After(c.leaf.NotAfter):
		return fmt.Errorf("the certificate has expired, at %v; renew it in Apple's developer portal", c.leaf.NotAfter)
	case now.Before(c.leaf.NotBefore):
		return fmt.Errorf("the certificate is not valid before %v; it is %v", c.leaf.NotBefore, now.UTC().Truncate(time.Second))
	}
	return nil
}

func checkKey(key crypto.PrivateKey, leaf *x509.Certificate) error {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return errors.New("its private key is missing; load the certificate together with its key")
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(leaf.PublicKey) {
		return errors.New("its private key belongs to another certificate")
	}
	return nil
}

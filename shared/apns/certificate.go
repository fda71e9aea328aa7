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

// certificateTopic checks that APNs can take the certificate at this time, and returns the one topic it stands for.
func certificateTopic(certificate tls.Certificate, now time.Time) (string, error) {
	if len(certificate.Certificate) == 0 {
		return "", errors.New("there is none; load the pass type certificate with its private key")
	}
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return "", fmt.Errorf("cannot be read: %w", err)
	}
	if err := checkKey(certificate.PrivateKey, leaf); err != nil {
		return "", err
	}
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return "", fmt.Errorf("valid from %v to %v, not at %v; renew it in Apple's developer portal",
			leaf.NotBefore, leaf.NotAfter, now.UTC().Truncate(time.Second))
	}
	if !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
		return "", errors.New("not made for client authentication; use the pass type certificate from Apple")
	}
	for _, attribute := range leaf.Subject.Names {
		if topic, ok := attribute.Value.(string); ok && attribute.Type.Equal(userID) {
			return topic, wallet.ValidatePassType(topic)
		}
	}
	return "", errors.New("its subject has no UID with a pass type identifier; use the pass type certificate from Apple")
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

package pkpass

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A Signer signs manifests with one identity. It may be used by many goroutines at once.
type Signer struct {
	identity Identity
	now      func() time.Time
	issuer   func() (*x509.Certificate, error)

	mu    sync.Mutex
	forms map[int]cmsForm // by the length of the signature value
}

// NewSigner returns a signer that takes the signing time from now. It looks at the identity's dates at each signature, so
// that a long-lived signer stops when its certificate does.
func NewSigner(identity Identity, now func() time.Time) *Signer {
	return &Signer{
		identity: identity,
		now:      now,
		issuer: sync.OnceValues(func() (*x509.Certificate, error) {
			return issuerOf(identity.certificate, identity.intermediates)
		}),
		forms: make(map[int]cmsForm),
	}
}

// Sign returns the detached CMS signature of a manifest in DER: SHA-256, signed attributes with the signing time, the pass
// certificate and its issuer inside. It refuses when either certificate is not valid or the first has less than 24 hours
// to live, and it verifies the signature before it returns it.
//
// https://www.rfc-editor.org/rfc/rfc5652#section-5
func (s *Signer) Sign(manifest []byte) ([]byte, error) {
	now := s.now()
	issuer, err := s.issuer()
	if err != nil {
		return nil, fmt.Errorf("sign manifest: %w", err)
	}
	if err := s.identity.checkDates(issuer, now); err != nil {
		return nil, fmt.Errorf("sign manifest: %w", err)
	}
	if now.UTC().Year() >= 2050 {
		return nil, fmt.Errorf("sign manifest: the signing time %v does not fit a UTCTime, which ends in 2049", now.UTC())
	}
	form, err := s.form(issuer, s.identity.valueSize())
	if err != nil {
		return nil, fmt.Errorf("sign manifest: %w", err)
	}
	attributes := form.signedAttributes(manifest, now)
	value, err := s.identity.sign(sha256.Sum256(attributes))
	if err != nil {
		return nil, fmt.Errorf("sign manifest: %w", err)
	}
	if len(value) != form.valueSize {
		if form, err = s.form(issuer, len(value)); err != nil {
			return nil, fmt.Errorf("sign manifest: %w", err)
		}
	}
	return form.fill(attributes, value), nil
}

// form returns the structure for a signature value of this many bytes.
func (s *Signer) form(issuer *x509.Certificate, valueSize int) (cmsForm, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if form, ok := s.forms[valueSize]; ok {
		return form, nil
	}
	form, err := newCMSForm(s.identity.certificate, issuer, valueSize)
	if err == nil {
		s.forms[valueSize] = form
	}
	return form, err
}

// valueSize is the usual length of a signature value of the key.
func (id Identity) valueSize() int {
	if key, ok := id.certificate.PublicKey.(*rsa.PublicKey); ok {
		return key.Size()
	}
	return 71
}

// sign is the one place where the private key signs. The value is verified, because a fault in computing it would give an
// RSA key away, and because a remote key may not be the one that it is believed to be. crypto/rsa verifies its own values, and
// that such a key fits itself was settled by [NewIdentity].
func (id Identity) sign(digest [sha256.Size]byte) ([]byte, error) {
	value, err := id.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("private key of %s: %w", id.PassTypeIdentifier(), err)
	}
	if _, verified := id.key.(*rsa.PrivateKey); verified {
		return value, nil
	}
	if err := verifyValue(id.certificate.PublicKey, crypto.SHA256, digest[:], value); err != nil {
		return nil, fmt.Errorf("private key of %s: its signature does not verify: %w", id.PassTypeIdentifier(), err)
	}
	return value, nil
}

// verifyValue checks a signature value over a digest.
func verifyValue(public crypto.PublicKey, hash crypto.Hash, digest, value []byte) error {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, hash, digest, value)
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(key, digest, value) {
			return nil
		}
		return errors.New("ecdsa: verification error")
	default:
		return fmt.Errorf("a key of type %T cannot verify", public)
	}
}

package pkpass

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"golang.org/x/sync/singleflight"
)

// A remoteKey is the private key of a certificate that stands elsewhere. It is opened for the first signature, and for the
// next one when that fails: so a key that is out of reach keeps no process from starting, and no other key from signing.
type remoteKey struct {
	reference   string
	certificate *x509.Certificate
	open        KeyOpener
	opening     singleflight.Group
	opened      atomic.Pointer[crypto.Signer]
}

// newRemoteKey takes the key that a reference names for that of the pass certificate among these.
func newRemoteKey(reference string, certificates []*x509.Certificate, open KeyOpener) (crypto.Signer, error) {
	key := &remoteKey{reference: reference, open: open}
	for _, c := range certificates {
		switch {
		case passTypeMarker(c) == "":
		case key.certificate == nil:
			key.certificate = c
		case !sameKey(c.PublicKey, key.certificate.PublicKey):
			return nil, errors.New("it stands elsewhere, and there are pass certificates of several keys; keep the one that belongs to it")
		}
	}
	if key.certificate == nil {
		return nil, fitsNone(certificates)
	}
	return key, nil
}

// Public is the certificate's key, which the one that stands elsewhere is held to.
func (k *remoteKey) Public() crypto.PublicKey { return k.certificate.PublicKey }

func (k *remoteKey) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	key, err := k.key()
	if err != nil {
		return nil, err
	}
	return key.Sign(random, digest, options)
}

// key opens the key, once. Who asks meanwhile waits for the same outcome.
func (k *remoteKey) key() (crypto.Signer, error) {
	if key := k.opened.Load(); key != nil {
		return *key, nil
	}
	key, err, _ := k.opening.Do("", func() (any, error) {
		if key := k.opened.Load(); key != nil { // by whom this one just missed
			return *key, nil
		}
		key, err := k.open(k.reference)
		if err != nil {
			return nil, err
		}
		if !sameKey(key.Public(), k.certificate.PublicKey) {
			return nil, fmt.Errorf("%s: %w", k.reference, fitsNone([]*x509.Certificate{k.certificate}))
		}
		k.opened.Store(&key)
		return key, nil
	})
	if err != nil {
		return nil, err
	}
	return key.(crypto.Signer), nil
}

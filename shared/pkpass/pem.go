package pkpass

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// A KeyOpener returns the key that a reference names: a URI such as gcpkms://projects/…/cryptoKeyVersions/1. The key stays
// where it is, and signs there.
type KeyOpener func(reference string) (crypto.Signer, error)

// A keyFinder returns the key that a reference names, for one of the certificates beside it.
type keyFinder func(reference string, certificates []*x509.Certificate) (crypto.Signer, error)

// referencePrefix begins a line that stands in place of a private key.
const referencePrefix = "gcpkms://"

// ParsePEM reads an identity from PEM text (RFC 7468): one private key, as PKCS#8, PKCS#1 or SEC 1, and certificates, in
// any order. Text between the blocks is ignored. An encrypted key is an error that tells how to decrypt it, and so is a
// reference to a key that stands elsewhere, which [ReadIdentities] can open.
func ParsePEM(data []byte) (Identity, error) { return parsePEM(data, refuseReference) }

func refuseReference(reference string, _ []*x509.Certificate) (crypto.Signer, error) {
	return nil, fmt.Errorf("it stands elsewhere, at %s, where only the packager opens keys: put the private key itself here, "+
		"or, to push without it, use an APNs key", reference)
}

func parsePEM(data []byte, referenced keyFinder) (Identity, error) {
	var certificates []*x509.Certificate
	var keys []*pem.Block
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "CERTIFICATE":
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return Identity{}, fmt.Errorf("PEM certificate %d: %w", len(certificates)+1, err)
			}
			certificates = append(certificates, c)
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			keys = append(keys, block)
		}
	}
	references := KeyReferences(data)
	if len(keys)+len(references) > 1 {
		return Identity{}, errors.New("PEM: more than one private key or reference to one; keep the one of the pass certificate")
	}
	var key crypto.Signer
	var err error
	switch {
	case len(keys) == 1:
		key, err = parseKey(keys[0])
	case len(references) == 1:
		key, err = referenced(references[0], certificates)
	default:
		return Identity{}, errors.New("PEM: there is no private key; append it, or a line " + referencePrefix +
			"… that says where it is, to the certificate")
	}
	if err != nil {
		return Identity{}, fmt.Errorf("PEM private key: %w", err)
	}
	return NewIdentity(key, certificates...)
}

// KeyReferences returns the lines of a PEM text that stand in place of private keys: references such as gcpkms://….
func KeyReferences(text []byte) []string {
	var references []string // no line inside a block looks like one
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, referencePrefix) {
			references = append(references, line)
		}
	}
	return references
}

func parseKey(block *pem.Block) (crypto.Signer, error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, errors.New("it is encrypted; decrypt it with: openssl pkcs8 -topk8 -nocrypt -in FILE -out key.pem")
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		return parsePKCS8(block.Bytes)
	default:
		return nil, fmt.Errorf("unknown form %q; make PKCS#8 of it with: openssl pkcs8 -topk8 -nocrypt -in FILE -out key.pem",
			block.Type)
	}
}

func parsePKCS8(der []byte) (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", key)
	}
	return signer, nil
}

// ParseCertificates reads certificates from PEM text or from DER, the form of Apple's .cer files.
func ParseCertificates(pemOrDER []byte) ([]*x509.Certificate, error) {
	der := pemOrDER
	if bytes.Contains(pemOrDER, []byte("-----BEGIN")) {
		der = nil
		for block, rest := pem.Decode(pemOrDER); block != nil; block, rest = pem.Decode(rest) {
			if block.Type == "CERTIFICATE" {
				der = append(der, block.Bytes...)
			}
		}
	}
	certificates, err := x509.ParseCertificates(der)
	if err != nil {
		return nil, fmt.Errorf("certificates: neither PEM nor DER: %w", err)
	}
	if len(certificates) == 0 {
		return nil, errors.New("certificates: there is none")
	}
	return certificates, nil
}

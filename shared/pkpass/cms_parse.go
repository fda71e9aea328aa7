package pkpass

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"go.mozilla.org/pkcs7"
)

// The structures of RFC 5652, sections 3 and 5, as far as Wallet wants them. encoding/asn1 takes DER only: definite
// lengths in their shortest form.
type (
	contentInfo struct {
		ContentType asn1.ObjectIdentifier
		Content     asn1.RawValue `asn1:"explicit,optional,tag:0"`
	}
	signedData struct {
		Version          int
		DigestAlgorithms []pkix.AlgorithmIdentifier `asn1:"set"`
		Encapsulated     contentInfo
		Certificates     asn1.RawValue `asn1:"optional,tag:0"`
		CRLs             asn1.RawValue `asn1:"optional,tag:1"`
		SignerInfos      []signerInfo  `asn1:"set"`
	}
	signerInfo struct {
		Version            int
		SignerIdentifier   asn1.RawValue // issuerAndSerial, or [0] for a key identifier
		DigestAlgorithm    pkix.AlgorithmIdentifier
		SignedAttributes   asn1.RawValue `asn1:"optional,tag:0"`
		SignatureAlgorithm pkix.AlgorithmIdentifier
		Signature          []byte
		UnsignedAttributes asn1.RawValue `asn1:"optional,tag:1"`
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	attribute struct {
		Raw    asn1.RawContent
		Type   asn1.ObjectIdentifier
		Values asn1.RawValue `asn1:"set"`
	}
)

// errNotSignedData says that the outer structure is well formed and something else than SignedData.
var errNotSignedData = errors.New("the content type is not signedData (1.2.840.113549.1.7.2)")

// parseSignedData reads the signature file.
func parseSignedData(der []byte) (signedData, error) {
	var outer contentInfo
	var inner signedData
	if err := unmarshalAll(der, &outer); err != nil {
		return signedData{}, notDER(der, err)
	}
	if !outer.ContentType.Equal(pkcs7.OIDSignedData) {
		return signedData{}, errNotSignedData
	}
	if err := unmarshalAll(outer.Content.Bytes, &inner); err != nil {
		return signedData{}, notDER(der, err)
	}
	return inner, nil
}

// notDER names the other forms in which signatures are found.
func notDER(data []byte, err error) error {
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(data), []byte("-----BEGIN")):
		return errors.New("it is PEM; write the DER inside (openssl cms -outform DER)")
	case bytes.HasPrefix(data, []byte("MIME-Version")), bytes.HasPrefix(data, []byte("Content-Type")):
		return errors.New("it is S/MIME; write DER (openssl cms -outform DER)")
	case bytes.HasPrefix(data, []byte{0x30, 0x80}):
		return errors.New("it is BER with indefinite lengths; write DER")
	default:
		return err
	}
}

// parseAttributes reads the signed attributes in the order in which they stand.
func parseAttributes(set asn1.RawValue) ([]attribute, error) {
	var attributes []attribute
	for rest := set.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return nil, fmt.Errorf("signed attribute %d: %w", len(attributes)+1, err)
		}
		attributes = append(attributes, a)
	}
	return attributes, nil
}

// unmarshalAll is asn1.Unmarshal of all bytes.
func unmarshalAll(der []byte, value any) error {
	rest, err := asn1.Unmarshal(der, value)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes after the end of the structure", len(rest))
	}
	return err
}

package pkpass

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"time"

	"go.mozilla.org/pkcs7"
)

// utcTime is the layout of a signing time before 2050 (RFC 5652, section 11.3).
const utcTime = "060102150405Z"

// A cmsForm is a finished CMS structure with blanks. Between two signatures of one identity only three things differ, and
// all have a fixed length: the digest of the manifest, the signing time, and the signature value at the very end. So
// everything else is encoded once. An ECDSA signature may be a byte shorter or longer than another; then it takes another
// form.
type cmsForm struct {
	structure  []byte // ContentInfo, DER
	attributes []byte // the signed attributes as they are signed: a SET OF (tag 0x31), sorted
	offset     int    // of the attributes in the structure, where their tag is 0xA0
	time       int    // offset of the signing time in the attributes
	digest     int    // offset of the message digest in the attributes
	valueSize  int    // length of the signature value
}

// newCMSForm lets pkcs7 build a structure with a throw-away key, since that package signs only with keys that it knows and
// only at the time of day; then it puts blanks where the throw-away things are.
func newCMSForm(certificate, issuer *x509.Certificate, valueSize int) (cmsForm, error) {
	throwAway, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return cmsForm{}, err
	}
	builder, err := pkcs7.NewSignedData(nil)
	if err != nil {
		return cmsForm{}, err
	}
	builder.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := builder.AddSigner(certificate, throwAway, pkcs7.SignerInfoConfig{}); err != nil {
		return cmsForm{}, err
	}
	builder.AddCertificate(issuer)
	builder.Detach()

	info := &builder.GetSignedData().SignerInfos[0]
	blankTime := []byte{asn1.TagUTCTime, byte(len(utcTime)), len(utcTime) + 1: 0}
	for i := range info.AuthenticatedAttributes {
		if a := &info.AuthenticatedAttributes[i]; a.Type.Equal(pkcs7.OIDAttributeSigningTime) {
			a.Value.Bytes = blankTime
		}
	}
	info.DigestEncryptionAlgorithm = signatureAlgorithm(certificate)
	info.EncryptedDigest = make([]byte, valueSize)
	attributes, err := asn1.MarshalWithParams(info.AuthenticatedAttributes, "set")
	if err != nil {
		return cmsForm{}, err
	}
	structure, err := builder.Finish()
	if err != nil {
		return cmsForm{}, err
	}
	blankDigest := sha256.Sum256(nil)
	form := cmsForm{
		structure:  structure,
		attributes: attributes,
		offset:     bytes.LastIndex(structure, attributes[1:]) - 1,
		time:       bytes.Index(attributes, blankTime) + 2,
		digest:     bytes.Index(attributes, blankDigest[:]),
		valueSize:  valueSize,
	}
	if form.offset < 0 || form.time < 2 || form.digest < 0 {
		return cmsForm{}, errors.New("the CMS structure has no place for the signed attributes")
	}
	return form, nil
}

// signatureAlgorithm names what the key of the certificate does. Both are accepted by Wallet.
func signatureAlgorithm(c *x509.Certificate) pkix.AlgorithmIdentifier {
	if _, ok := c.PublicKey.(*rsa.PublicKey); ok {
		return pkix.AlgorithmIdentifier{Algorithm: pkcs7.OIDEncryptionAlgorithmRSA, Parameters: asn1.NullRawValue}
	}
	return pkix.AlgorithmIdentifier{Algorithm: pkcs7.OIDDigestAlgorithmECDSASHA256}
}

// signedAttributes returns the attributes for a content and a time before 2050, ready to be hashed and signed.
func (f cmsForm) signedAttributes(content []byte, signingTime time.Time) []byte {
	attributes := bytes.Clone(f.attributes)
	digest := sha256.Sum256(content)
	copy(attributes[f.digest:], digest[:])
	signingTime.UTC().AppendFormat(attributes[f.time:f.time], utcTime)
	return attributes
}

// fill returns the whole structure. The value has the length that the form was made for.
func (f cmsForm) fill(attributes, value []byte) []byte {
	structure := bytes.Clone(f.structure)
	copy(structure[f.offset+1:], attributes[1:])
	copy(structure[len(structure)-f.valueSize:], value)
	return structure
}

package pkpass

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"
	"time"

	"go.mozilla.org/pkcs7"
)

// signature checks the CMS structure and everything in it.
func (v *verifier) signature() {
	signed, err := parseSignedData(v.Signature)
	if errors.Is(err, errNotSignedData) {
		v.refuse("SIG-2", "%v", err)
		return
	}
	if err != nil {
		v.refuse("SIG-1", "not a CMS structure in DER: %v", err)
		return
	}
	v.structure(signed)
	if len(signed.SignerInfos) != 1 {
		v.refuse("SIG-2", "%d signers; there must be one", len(signed.SignerInfos))
		return
	}
	info := signed.SignerInfos[0]
	hash := v.digestAlgorithm(signed, info)
	v.attributes(info, hash)
	v.certificates(signed, info)
	if v.Certificate != nil && hash != 0 {
		v.value(info, hash)
	}
}

func (v *verifier) refuse(rule, format string, args ...any) {
	v.findings.Errorf(signatureName, rule, format, args...)
}

// structure checks the outer fields.
func (v *verifier) structure(signed signedData) {
	if signed.Version != 1 {
		v.refuse("SIG-2", "SignedData has version %d; it must be 1", signed.Version)
	}
	if !signed.Encapsulated.ContentType.Equal(pkcs7.OIDData) {
		v.refuse("SIG-2", "the content type is %v; it must be data (%v)", signed.Encapsulated.ContentType, pkcs7.OIDData)
	}
	if len(signed.Encapsulated.Content.FullBytes) > 0 {
		v.refuse("SIG-1", "the content is attached; the signature must be detached")
	}
}

// digestAlgorithm returns the hash of the signer, or 0 for one that Wallet does not know.
func (v *verifier) digestAlgorithm(signed signedData, info signerInfo) crypto.Hash {
	oid := info.DigestAlgorithm.Algorithm
	listed := false
	for _, a := range signed.DigestAlgorithms {
		listed = listed || a.Algorithm.Equal(oid)
	}
	if !listed {
		v.refuse("SIG-8", "the signer's digest algorithm %v is not in the list of digest algorithms", oid)
	}
	switch {
	case oid.Equal(pkcs7.OIDDigestAlgorithmSHA256):
		return crypto.SHA256
	case oid.Equal(pkcs7.OIDDigestAlgorithmSHA1):
		v.findings.Warnf(signatureName, "SIG-8", "the digest is SHA-1, which Wallet still accepts; use SHA-256")
		return crypto.SHA1
	default:
		v.refuse("SIG-8", "the digest algorithm is %v; use SHA-256 (%v)", oid, pkcs7.OIDDigestAlgorithmSHA256)
		return 0
	}
}

// attributes checks the signed attributes and takes the signing time from them.
func (v *verifier) attributes(info signerInfo, hash crypto.Hash) {
	attributes, err := parseAttributes(info.SignedAttributes)
	if err != nil {
		v.refuse("SIG-4", "%v", err)
		return
	}
	if !slices.IsSortedFunc(attributes, func(a, b attribute) int { return bytes.Compare(a.Raw, b.Raw) }) {
		v.refuse("SIG-6", "the signed attributes are not sorted by their bytes, as a DER SET OF must be")
	}
	var contentType asn1.ObjectIdentifier
	if value, ok := v.attribute(attributes, pkcs7.OIDAttributeContentType, "content type", "SIG-4"); ok {
		if err := unmarshalAll(value, &contentType); err != nil || !contentType.Equal(pkcs7.OIDData) {
			v.refuse("SIG-4", "the signed content type is not data (%v)", pkcs7.OIDData)
		}
	}
	var digest []byte
	if value, ok := v.attribute(attributes, pkcs7.OIDAttributeMessageDigest, "message digest", "SIG-4"); ok && hash != 0 {
		h := hash.New()
		h.Write(v.Manifest)
		if err := unmarshalAll(value, &digest); err != nil || !bytes.Equal(digest, h.Sum(nil)) {
			v.refuse("REJ-8", "the signed message digest is not that of manifest.json: other bytes were signed")
		}
	}
	if value, ok := v.attribute(attributes, pkcs7.OIDAttributeSigningTime, "signing time", "REJ-11"); ok {
		v.signingTime(value)
	} else {
		v.misnamedTime(attributes)
	}
}

// attribute returns the one value of the one attribute of a type.
func (v *verifier) attribute(attributes []attribute, oid asn1.ObjectIdentifier, name, rule string) ([]byte, bool) {
	var found []attribute
	for _, a := range attributes {
		if a.Type.Equal(oid) {
			found = append(found, a)
		}
	}
	if len(found) == 0 {
		v.refuse(rule, "the signed attribute %s (%v) is missing", name, oid)
		return nil, false
	}
	var value asn1.RawValue
	if err := unmarshalAll(found[0].Values.Bytes, &value); err != nil || len(found) > 1 {
		v.refuse("SIG-4", "the signed attribute %s (%v) must be there once, with one value", name, oid)
		return nil, false
	}
	return value.FullBytes, true
}

// signingTime reads a UTCTime with seconds, in UTC, and no other form.
func (v *verifier) signingTime(der []byte) {
	var value asn1.RawValue
	if err := unmarshalAll(der, &value); err != nil || value.Class != asn1.ClassUniversal || value.Tag != asn1.TagUTCTime {
		v.refuse("SIG-7", "the signing time is not a UTCTime")
		return
	}
	t, err := time.Parse(utcTime, string(value.Bytes))
	if err != nil || len(value.Bytes) != len(utcTime) {
		v.refuse("SIG-7", "the signing time %q is not of the form YYMMDDHHMMSSZ", value.Bytes)
		return
	}
	if t.Year() >= 2050 { // two-digit years from 50 are of the last century (RFC 5652, section 11.3)
		t = t.AddDate(-100, 0, 0)
	}
	v.SigningTime = t
	if !v.options.Now.IsZero() && t.After(v.options.Now.Add(clockSkew)) {
		v.refuse("SIG-7", "the signing time %v lies in the future; it is %v", t, v.options.Now.UTC())
	}
}

// clockSkew is how far the clocks of signer and verifier may differ.
const clockSkew = 5 * time.Minute

// misnamedTime points out a signing time that stands under another name.
func (v *verifier) misnamedTime(attributes []attribute) {
	for _, a := range attributes {
		var t time.Time
		if !a.Type.Equal(pkcs7.OIDAttributeSigningTime) && unmarshalAll(a.Values.Bytes, &t) == nil {
			v.refuse("SIG-5", "attribute %v holds a time; the signing time is %v", a.Type, pkcs7.OIDAttributeSigningTime)
			return
		}
	}
}

// value verifies the signature itself, over the attributes with the tag of an explicit SET OF.
func (v *verifier) value(info signerInfo, hash crypto.Hash) {
	if _, ok := v.Certificate.PublicKey.(*ecdsa.PublicKey); ok {
		v.findings.Warnf(signatureName, "SIG-9", "signed with an EC key; whether old systems accept it is not known")
	}
	if !signatureAlgorithmFits(info.SignatureAlgorithm.Algorithm, v.Certificate, hash) {
		v.refuse("SIG-8", "the signature algorithm %v does not fit the key and digest", info.SignatureAlgorithm.Algorithm)
	}
	if len(info.SignedAttributes.FullBytes) == 0 || checkKey(v.Certificate.PublicKey) != nil {
		return // reported: no attribute is there, or the key is not one for passes
	}
	signed := append([]byte{asn1.TagSet | 0x20}, info.SignedAttributes.FullBytes[1:]...)
	h := hash.New()
	h.Write(signed)
	if err := verifyValue(v.Certificate.PublicKey, hash, h.Sum(nil), info.Signature); err != nil {
		v.refuse("SIG-13", "the signature does not verify with the certificate: %v", err)
	}
}

func signatureAlgorithmFits(oid asn1.ObjectIdentifier, c *x509.Certificate, hash crypto.Hash) bool {
	if c.PublicKeyAlgorithm == x509.ECDSA {
		return hash == crypto.SHA256 && oid.Equal(pkcs7.OIDDigestAlgorithmECDSASHA256)
	}
	return oid.Equal(pkcs7.OIDEncryptionAlgorithmRSA) ||
		hash == crypto.SHA256 && oid.Equal(pkcs7.OIDEncryptionAlgorithmRSASHA256) ||
		hash == crypto.SHA1 && oid.Equal(pkcs7.OIDEncryptionAlgorithmRSASHA1)
}

package pkpass_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"walletpasses.example/server/shared/tools/devcerts"
)

// A forgery is a signature written by hand, one DER value after another, so that a test can make each of its parts wrong.
// Its signature value is always right for the attributes that it has.
type forgery struct {
	outerType    []byte
	version      int
	digest       crypto.Hash
	digestOID    []byte
	listedOID    []byte
	contentType  []byte
	content      []byte // attached when not nil
	certificates []*x509.Certificate
	signer       devcerts.Pass
	bySubjectKey bool
	attributes   [][]byte
	signersTwice bool
	algorithm    []byte
	setTag       byte   // under which the attributes are signed
	value        []byte // in place of the signature value when not nil
}

var (
	dataOID       = oid(1, 2, 840, 113549, 1, 7, 1)
	signedDataOID = oid(1, 2, 840, 113549, 1, 7, 2)
	sha256OID     = oid(2, 16, 840, 1, 101, 3, 4, 2, 1)
	sha1OID       = oid(1, 3, 14, 3, 2, 26)
	rsaOID        = oid(1, 2, 840, 113549, 1, 1, 1)
	ecdsaOID      = oid(1, 2, 840, 10045, 4, 3, 2)
	contentTypeOf = oid(1, 2, 840, 113549, 1, 9, 3)
	digestOf      = oid(1, 2, 840, 113549, 1, 9, 4)
	timeOf        = oid(1, 2, 840, 113549, 1, 9, 5)
)

// forge signs a manifest, with what change makes of it.
func forge(t testing.TB, manifest []byte, change func(*forgery)) []byte {
	t.Helper()
	f := &forgery{
		outerType: signedDataOID, version: 1, digest: crypto.SHA256, digestOID: sha256OID, listedOID: sha256OID,
		contentType: dataOID, signer: issued(), algorithm: rsaOID, setTag: 0x31,
		certificates: []*x509.Certificate{issued().Certificate, issued().Intermediate},
	}
	sum := sha256.Sum256(manifest)
	f.attributes = [][]byte{contentTypeAttribute(), timeAttribute(now), digestAttribute(sum[:])}
	change(f)
	return f.sign(t)
}

// signAs uses another certificate with its issuer.
func (f *forgery) signAs(pass devcerts.Pass) {
	f.signer = pass
	f.certificates = []*x509.Certificate{pass.Certificate, pass.Intermediate}
}

func (f *forgery) sign(t testing.TB) []byte {
	t.Helper()
	attributes := bytes.Join(f.attributes, nil)
	h := f.digest.New()
	h.Write(der(f.setTag, attributes))
	value, err := f.signer.Key.Sign(nil, h.Sum(nil), f.digest) // without random numbers: the same each time
	if err != nil {
		t.Fatal(err)
	}
	if f.value != nil {
		value = f.value
	}
	info := der(0x30, integer(f.version), f.signerIdentifier(t), der(0x30, f.digestOID), der(0xa0, attributes),
		der(0x30, f.algorithm), der(0x04, value))
	if f.signersTwice {
		info = append(info, info...)
	}
	encapsulated := f.contentType
	if f.content != nil {
		encapsulated = append(slices.Clone(encapsulated), der(0xa0, der(0x04, f.content))...)
	}
	var certificates []byte
	for _, c := range f.certificates {
		certificates = append(certificates, c.Raw...)
	}
	return der(0x30, f.outerType, der(0xa0, der(0x30, integer(f.version), der(0x31, der(0x30, f.listedOID)),
		der(0x30, encapsulated), der(0xa0, certificates), der(0x31, info))))
}

func (f *forgery) signerIdentifier(t testing.TB) []byte {
	t.Helper()
	if f.bySubjectKey {
		return der(0x80, []byte("key identifier"))
	}
	serial, err := asn1.Marshal(f.signer.Certificate.SerialNumber)
	if err != nil {
		t.Fatal(err)
	}
	return der(0x30, f.signer.Certificate.RawIssuer, serial)
}

func contentTypeAttribute() []byte      { return der(0x30, contentTypeOf, der(0x31, dataOID)) }
func digestAttribute(sum []byte) []byte { return der(0x30, digestOf, der(0x31, der(0x04, sum))) }
func timeAttribute(at time.Time) []byte { return timeText(at.UTC().Format("060102150405Z")) }
func timeText(text string) []byte       { return der(0x30, timeOf, der(0x31, der(0x17, []byte(text)))) }
func generalizedTime(text string) []byte {
	return der(0x30, timeOf, der(0x31, der(0x18, []byte(text))))
}

// der writes one value with its tag and shortest length.
func der(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	head := []byte{tag}
	switch n := len(content); {
	case n < 0x80:
		head = append(head, byte(n))
	case n < 0x100:
		head = append(head, 0x81, byte(n))
	case n < 0x10000:
		head = append(head, 0x82, byte(n>>8), byte(n))
	default:
		head = append(head, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(head, content...)
}

func integer(n int) []byte { return der(0x02, []byte{byte(n)}) }

func hexOf(data []byte) string { return hex.EncodeToString(data) }

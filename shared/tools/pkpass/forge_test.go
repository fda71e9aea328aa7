package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"slices"
	"testing"
	"time"

	"walletpasses.example/server/shared/tools/devcerts"
)

// The structures of a signature (RFC 5652), so that a test can take one apart and put it together with a fault.
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content signedData `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      asn1.RawValue
		Encapsulated struct {
			Type    asn1.ObjectIdentifier
			Content []byte `asn1:"optional,explicit,omitempty,tag:0"`
		}
		Certificates asn1.RawValue
		Signers      []signerInfo `asn1:"set"`
	}
	signerInfo struct {
		Version    int
		Signer     asn1.RawValue
		Digest     asn1.RawValue
		Attributes asn1.RawValue
		Algorithm  asn1.RawValue
		Signature  []byte
	}
	attribute struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
)

var signingTime = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}

// A forgery is a signature in its parts.
type forgery struct {
	content      []byte // attached when not nil
	certificates [][]byte
	attributes   []attribute
}

// forged is the good package with the signature that change makes of its own, signed again so that only the change is wrong.
func forged(t *testing.T, change func(*forgery)) []byte {
	t.Helper()
	all := goodFiles().signed(t)
	var outer contentInfo
	_, err := asn1.Unmarshal(all["signature"], &outer)
	check(t, err)
	info := &outer.Content.Signers[0]
	f := forgery{certificates: [][]byte{issued().Certificate.Raw, issued().Intermediate.Raw}}
	for rest := info.Attributes.Bytes; len(rest) > 0; {
		var a attribute
		rest, err = asn1.Unmarshal(rest, &a)
		check(t, err)
		f.attributes = append(f.attributes, a)
	}
	change(&f)
	outer.Content.Encapsulated.Content = f.content
	outer.Content.Certificates = asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: bytes.Join(f.certificates, nil)}
	set, err := asn1.MarshalWithParams(f.attributes, "set")
	check(t, err)
	digest := sha256.Sum256(set)
	info.Signature, err = issued().Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	check(t, err)
	set[0] = 0xa0
	info.Attributes = asn1.RawValue{FullBytes: set}
	all["signature"], err = asn1.Marshal(outer)
	check(t, err)
	return all.zip(t)
}

func attached(f *forgery) { f.content = []byte("{}") }

func withoutIntermediate(f *forgery) { f.certificates = f.certificates[:1] }

func withoutSigningTime(f *forgery) {
	f.attributes = slices.DeleteFunc(f.attributes, func(a attribute) bool { return a.Type.Equal(signingTime) })
}

// signedAt changes the signing time.
func signedAt(at time.Time) func(*forgery) {
	return func(f *forgery) {
		for i, a := range f.attributes {
			if a.Type.Equal(signingTime) {
				value, _ := asn1.Marshal(at.UTC()) // a UTCTime until 2049
				f.attributes[i].Value.Bytes = value
				f.attributes[i].Value.FullBytes = nil
			}
		}
	}
}

// signedBy is the good package with the signature of another certificate of the same key.
func signedBy(t *testing.T, pass devcerts.Pass) []byte {
	t.Helper()
	all := goodFiles().signed(t)
	var outer contentInfo
	_, err := asn1.Unmarshal(all["signature"], &outer)
	check(t, err)
	serial, err := asn1.Marshal(pass.Certificate.SerialNumber)
	check(t, err)
	outer.Content.Certificates = asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true,
		Bytes: slices.Concat(pass.Certificate.Raw, pass.Intermediate.Raw)}
	outer.Content.Signers[0].Signer = asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true,
		Bytes: slices.Concat(pass.Certificate.RawIssuer, serial)}
	all["signature"], err = asn1.Marshal(outer)
	check(t, err)
	return all.zip(t)
}

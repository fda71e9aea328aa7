package pkpass_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

// A chain for packages that are kept: its keys come from their names, so that anyone makes the same bytes again, and so
// they are no secrets.

// derivedKey is the key of a name.
func derivedKey(t testing.TB, name string) *ecdsa.PrivateKey {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// derivedCertificate is a certificate like another, for a key, issued by the key of a name. It issues itself without a parent.
func derivedCertificate(t testing.TB, like, parent *x509.Certificate, public crypto.PublicKey, issuer string) *x509.Certificate {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), RawSubject: like.RawSubject, NotBefore: like.NotBefore, NotAfter: like.NotAfter,
		KeyUsage: like.KeyUsage, ExtKeyUsage: like.ExtKeyUsage, UnknownExtKeyUsage: like.UnknownExtKeyUsage,
		BasicConstraintsValid: true, IsCA: like.IsCA, MaxPathLenZero: like.MaxPathLenZero,
		ExtraExtensions: slices.DeleteFunc(slices.Clone(like.Extensions), func(e pkix.Extension) bool {
			return !strings.HasPrefix(e.Id.String(), "1.2.840.113635.") // Apple's
		}),
	}
	if parent == nil {
		parent = c
	}
	raw, err := x509.CreateCertificate(nil, c, parent, public, derivedKey(t, issuer))
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(raw); err != nil {
		t.Fatal(err)
	}
	return c
}

// derivedRoot is a root like that of the tests, with the key of a name.
func derivedRoot(t testing.TB, name string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(authority().RootPEM())
	like, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return derivedCertificate(t, like, nil, derivedKey(t, name).Public(), name)
}

// derivedPass is the pass certificate of the tests below the root of a name.
func derivedPass(t testing.TB, root string) devcerts.Pass {
	t.Helper()
	intermediateKey, key := derivedKey(t, root+" intermediate"), derivedKey(t, root+" pass")
	intermediate := derivedCertificate(t, issued().Intermediate, derivedRoot(t, root), intermediateKey.Public(), root)
	pass := derivedCertificate(t, issued().Certificate, intermediate, key.Public(), root+" intermediate")
	return devcerts.Pass{Certificate: pass, Intermediate: intermediate, Key: key}
}

// deriveSignature is forge with the derived chain.
func deriveSignature(t testing.TB, manifest []byte, change func(*forgery)) []byte {
	t.Helper()
	return forge(t, manifest, func(f *forgery) {
		f.algorithm = ecdsaOID
		f.signAs(derivedPass(t, "root"))
		if change != nil {
			change(f)
		}
	})
}

// signedEntries are the files of the small source and more, with the manifest and signature that are right for them.
func signedEntries(t testing.TB, more ...pkpass.File) []entry {
	t.Helper()
	source := append(smallSource(), more...)
	var entries []entry
	for _, f := range source {
		entries = append(entries, entry{f.Name(), f.Data()})
	}
	manifest := source.Manifest()
	return append(entries, entry{"manifest.json", manifest}, entry{"signature", deriveSignature(t, manifest, nil)})
}

// replaced has other data in one entry.
func replaced(entries []entry, name string, data []byte) []entry {
	entries = slices.Clone(entries)
	i := slices.IndexFunc(entries, func(e entry) bool { return e.name == name })
	entries[i].data = data
	return entries
}

func poolOf(roots ...*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range roots {
		pool.AddCert(c)
	}
	return pool
}

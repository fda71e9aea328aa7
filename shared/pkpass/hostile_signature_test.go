package pkpass_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"slices"
	"testing"
)

// hostileContents have files that manifest.json does not fit.
func hostileContents(t testing.TB) []hostilePackage {
	entries := signedEntries(t)
	change := func(name string, data []byte) []byte { return stored(t, replaced(entries, name, data)...) }
	without := func(name string) []byte {
		return stored(t, slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return e.name == name })...)
	}
	return []hostilePackage{
		{"wrong-hash", "REJ-7", "it was changed", change("icon.png", []byte("icon 1x, but another"))},
		{"file-not-listed", "MAN-2", "not listed", stored(t, append(slices.Clone(entries), entry{"logo.png", nil})...)},
		{"file-not-there", "MAN-3", "which is not there", without("icon@2x.png")},
		{"manifest-of-another-pass", "REJ-8", "other bytes were signed", change("signature", deriveSignature(t, []byte("{}"), nil))},
	}
}

// hostileSignatures have a signature at fault.
func hostileSignatures(t testing.TB) []hostilePackage {
	manifest := smallSource().Manifest()
	good := deriveSignature(t, manifest, nil)
	signed := func(signature []byte) []byte { return stored(t, replaced(signedEntries(t), "signature", signature)...) }
	forged := func(change func(*forgery)) []byte { return signed(deriveSignature(t, manifest, change)) }
	return []hostilePackage{
		{"signature-attached", "SIG-1", "attached", forged(func(f *forgery) { f.content = manifest })},
		{"signature-of-a-foreign-chain", "SIG-13", "no trusted root", forged(func(f *forgery) { f.signAs(derivedPass(t, "foreign root")) })},
		{"signature-of-garbage", "SIG-1", "not a CMS structure", signed(garbage(4096))},
		{"signature-of-garbage-in-a-sequence", "SIG-1", "not a CMS structure", signed(der(0x30, garbage(4096)))},
		{"signature-nested-in-ber", "SIG-1", "indefinite", signed(bytes.Repeat([]byte{0x30, 0x80}, 10000))},
		{"signature-nested-in-der", "SIG-1", "not a CMS structure", signed(nested(2000))},
		{"signature-of-indefinite-length", "SIG-1", "indefinite", signed(slices.Concat([]byte{0x30, 0x80}, good[4:], []byte{0, 0}))},
		{"signature-cut-off", "SIG-1", "not a CMS structure", signed(good[:len(good)/2])},
		{"signature-by-a-huge-key", "SIG-8", "200000 bits", forged(hugeKey(t))},
	}
}

// garbage is bytes without a meaning, always the same.
func garbage(n int) []byte {
	var out []byte
	sum := sha256.Sum256(nil)
	for len(out) < n {
		out = append(out, sum[:]...)
		sum = sha256.Sum256(sum[:])
	}
	return out[:n]
}

// nested is a sequence in a sequence, and so on.
func nested(depth int) []byte {
	var out []byte
	for range depth {
		out = der(0x30, out)
	}
	return out
}

// hugeKey has the pass certificate for a key that takes seconds to verify with.
func hugeKey(t testing.TB) func(*forgery) {
	modulus := new(big.Int).Lsh(big.NewInt(1), 200_000)
	huge := &rsa.PublicKey{N: modulus.Sub(modulus, big.NewInt(1)), E: 1<<31 - 1}
	return func(f *forgery) {
		pass := derivedPass(t, "root")
		pass.Certificate = derivedCertificate(t, issued().Certificate, pass.Intermediate, huge, "root intermediate")
		f.signAs(pass)
		f.algorithm = rsaOID
		f.value = bytes.Repeat([]byte{0x7f}, huge.Size())
	}
}

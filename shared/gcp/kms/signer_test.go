package kms_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/kms/apiv1/kmspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"walletpasses.example/server/shared/gcp/kms"
)

func openSigner(t *testing.T, s *server) *kms.Signer {
	t.Helper()
	signer, err := keysOf(t, s).Signer(t.Context(), reference)
	check(t, err)
	return signer
}

// wantError fails unless the error names the key, has these words in it, and is of this code.
func wantError(t *testing.T, err error, code codes.Code, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, word := range append(words, keyVersion) {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error %q has no %q in it", err, word)
		}
	}
	if got := status.Code(err); got != code {
		t.Errorf("the error %q has code %v, want %v", err, got, code)
	}
}

func answer(code codes.Code) func(context.Context) error {
	return func(context.Context) error { return status.Error(code, "refused") }
}

func TestSignerRefusesAKeyThatCannotSignPasses(t *testing.T) {
	for _, algorithm := range []kmspb.CryptoKeyVersion_CryptoKeyVersionAlgorithm{
		kmspb.CryptoKeyVersion_CRYPTO_KEY_VERSION_ALGORITHM_UNSPECIFIED,
		kmspb.CryptoKeyVersion_RSA_SIGN_PSS_2048_SHA256,
		kmspb.CryptoKeyVersion_RSA_SIGN_PKCS1_4096_SHA512,
		kmspb.CryptoKeyVersion_RSA_SIGN_RAW_PKCS1_2048,
		kmspb.CryptoKeyVersion_RSA_DECRYPT_OAEP_2048_SHA256, // another purpose
		kmspb.CryptoKeyVersion_EC_SIGN_P384_SHA384,
	} {
		t.Run(algorithm.String(), func(t *testing.T) {
			keys := keysOf(t, &server{key: rsaKey(), algorithm: algorithm})
			_, err := keys.Signer(t.Context(), reference)
			wantError(t, err, codes.Unknown, "its algorithm is "+algorithm.String(), "RSA_SIGN_PKCS1_2048_SHA256")
		})
	}
}

func TestSignerRefusesADamagedPublicKey(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*kmspb.PublicKey)
		want   string
	}{
		"another byte":    {func(k *kmspb.PublicKey) { k.Pem = strings.Replace(k.Pem, "A", "B", 1) }, "does not fit its checksum"},
		"another sum":     {func(k *kmspb.PublicKey) { k.PemCrc32C.Value++ }, "does not fit its checksum"},
		"no sum":          {func(k *kmspb.PublicKey) { k.PemCrc32C = nil }, "does not fit its checksum"},
		"another version": {func(k *kmspb.PublicKey) { k.Name = strings.TrimSuffix(k.Name, "1") + "2" }, "corrupted in transit"},
		"not PEM":         {func(k *kmspb.PublicKey) { k.Pem, k.PemCrc32C = "key", crc32c([]byte("key")) }, "is not PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			s := rsaServer()
			s.changePublicKey = test.change
			_, err := keysOf(t, s).Signer(t.Context(), reference)
			wantError(t, err, codes.Unknown, "read the public key", test.want)
		})
	}
}

func TestSignRefusesADamagedSignature(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*kmspb.AsymmetricSignResponse)
		want   string
	}{
		"another byte":        {func(r *kmspb.AsymmetricSignResponse) { r.Signature[0]++ }, "does not fit its checksum"},
		"another sum":         {func(r *kmspb.AsymmetricSignResponse) { r.SignatureCrc32C.Value++ }, "does not fit its checksum"},
		"no sum":              {func(r *kmspb.AsymmetricSignResponse) { r.SignatureCrc32C = nil }, "does not fit its checksum"},
		"nothing":             {func(r *kmspb.AsymmetricSignResponse) { r.Signature, r.SignatureCrc32C = nil, nil }, "does not fit its checksum"},
		"digest not verified": {func(r *kmspb.AsymmetricSignResponse) { r.VerifiedDigestCrc32C = false }, "the digest was not verified"},
		"another version":     {func(r *kmspb.AsymmetricSignResponse) { r.Name = "projects/other" }, `the answer is about "projects/other"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := rsaServer()
			s.changeSignature = test.change
			digest := sha256.Sum256(nil)
			signature, err := openSigner(t, s).Sign(nil, digest[:], crypto.SHA256)
			wantError(t, err, codes.Unknown, "sign", "corrupted in transit", test.want)
			if signature != nil {
				t.Error("a signature is returned all the same")
			}
		})
	}
}

func TestARefusalSaysWhatToDo(t *testing.T) {
	for code, advice := range map[codes.Code]string{
		codes.PermissionDenied:   "roles/cloudkms.signerVerifier",
		codes.NotFound:           "gcloud kms keys versions list",
		codes.FailedPrecondition: "must be enabled",
		codes.ResourceExhausted:  "refused", // nothing to add to what KMS says
	} {
		t.Run(code.String(), func(t *testing.T) {
			s := rsaServer()
			s.fail = answer(code)
			_, err := keysOf(t, s).Signer(t.Context(), reference)
			wantError(t, err, code, "read the public key", advice)

			s = rsaServer()
			signer := openSigner(t, s)
			s.fail = answer(code)
			digest := sha256.Sum256(nil)
			_, err = signer.Sign(nil, digest[:], crypto.SHA256)
			wantError(t, err, code, "sign", advice)
		})
	}
}

// What the key cannot do is not asked of it.
func TestSignRefusesOtherDigests(t *testing.T) {
	s := rsaServer()
	signer := openSigner(t, s)
	for name, test := range map[string]struct {
		digest  []byte
		options crypto.SignerOpts
		want    string
	}{
		"SHA-1":        {make([]byte, 20), crypto.SHA1, "not of SHA-1"},
		"SHA-512":      {make([]byte, 64), crypto.SHA512, "not of SHA-512"},
		"no hash":      {make([]byte, 32), crypto.Hash(0), "not of unknown hash"},
		"RSA-PSS":      {make([]byte, 32), &rsa.PSSOptions{Hash: crypto.SHA256}, "not RSA-PSS"},
		"short digest": {make([]byte, 31), crypto.SHA256, "has 31 bytes"},
	} {
		_, err := signer.Sign(rand.Reader, test.digest, test.options)
		t.Run(name, func(t *testing.T) { wantError(t, err, codes.Unknown, "sign", test.want) })
	}
	if len(s.signatureDemands) > 0 {
		t.Errorf("KMS was asked %v", s.signatureDemands)
	}
}

func TestAReferenceNamesAKeyVersion(t *testing.T) {
	s := rsaServer()
	keys := keysOf(t, s)
	for _, malformed := range []string{
		"",
		keyVersion,
		"gcpkms:" + keyVersion,
		"awskms://" + keyVersion,
		"gcpkms:///" + keyVersion,
		reference + "/",
		reference + "?alt=json",
		strings.TrimSuffix(reference, "/cryptoKeyVersions/1"),
		strings.TrimSuffix(reference, "1"),
		strings.Replace(reference, "keyRings", "keyrings", 1),
		strings.Replace(reference, "loyalty", "loyal ty", 1),
		strings.Replace(reference, "my-project", "..%2f", 1),
	} {
		_, err := keys.Signer(t.Context(), malformed)
		for _, want := range []string{fmt.Sprintf("%q names no key version", malformed), "cryptoKeyVersions/V"} {
			for _, err := range []error{err, kms.CheckReference(malformed)} {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%q: %v, want %q", malformed, err, want)
				}
			}
		}
	}
	if s.publicKeyCalls > 0 {
		t.Errorf("KMS was asked %d times", s.publicKeyCalls)
	}
	const other = "gcpkms://projects/example.com:passes/locations/global/keyRings/a_b/cryptoKeys/c/cryptoKeyVersions/12"
	check(t, kms.CheckReference(other))
	_, err := keys.Signer(t.Context(), other)
	if status.Code(err) != codes.NotFound || s.publicKeyCalls != 1 {
		t.Errorf("well formed: %v", err)
	}
}

// KEY-7: the request for a certificate is signed in KMS too, so that the key has never been anywhere else.
func TestACertificateRequestIsSignedInKMS(t *testing.T) {
	for name, newServer := range servers {
		t.Run(name, func(t *testing.T) {
			s := newServer()
			request := &x509.CertificateRequest{Subject: pkix.Name{CommonName: passType}}
			der, err := x509.CreateCertificateRequest(rand.Reader, request, openSigner(t, s))
			check(t, err)
			parsed, err := x509.ParseCertificateRequest(der)
			check(t, err)
			check(t, parsed.CheckSignature())
			public, ok := s.key.Public().(interface{ Equal(crypto.PublicKey) bool })
			if !ok || !public.Equal(parsed.PublicKey) {
				t.Error("the request is for another key")
			}
		})
	}
}

func TestOnlyDigestsLeave(t *testing.T) {
	s := rsaServer()
	signer := openSigner(t, s)
	digest := sha256.Sum256([]byte("manifest"))
	_, err := signer.Sign(nil, digest[:], crypto.SHA256)
	check(t, err)
	if len(s.signatureDemands) != 1 {
		t.Fatalf("%d calls", len(s.signatureDemands))
	}
	demand := s.signatureDemands[0]
	if !slices.Equal(demand.GetDigest().GetSha256(), digest[:]) || len(demand.GetData()) > 0 ||
		demand.GetDigestCrc32C().GetValue() != crc32c(digest[:]).GetValue() {
		t.Errorf("KMS was sent %v", demand)
	}
}

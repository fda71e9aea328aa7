package kms

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	cloudkms "cloud.google.com/go/kms/apiv1"
	"cloud.google.com/go/kms/apiv1/kmspb"
)

// A Signer is one version of a key, as a [crypto.Signer]. It may be used by many goroutines at once.
type Signer struct {
	client *cloudkms.KeyManagementClient
	name   string
	public crypto.PublicKey
}

// Public returns the public half: an *[rsa.PublicKey] or an *ecdsa.PublicKey.
func (s *Signer) Public() crypto.PublicKey { return s.public }

// Sign has Cloud KMS sign a SHA-256 digest: one call of 10 seconds at most, repetitions included. KMS chooses its own random
// numbers. Another hash, and RSA-PSS, are refused, since the key can do neither.
func (s *Signer) Sign(_ io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	if err := checkOptions(digest, options); err != nil {
		return nil, keyError(s.name, "sign", err)
	}
	signature, err := s.sign(digest)
	if err != nil {
		return nil, keyError(s.name, "sign", err)
	}
	return signature, nil
}

func checkOptions(digest []byte, options crypto.SignerOpts) error {
	if _, ok := options.(*rsa.PSSOptions); ok {
		return errors.New("it signs with PKCS #1 v1.5, not RSA-PSS")
	}
	if hash := options.HashFunc(); hash != crypto.SHA256 {
		return fmt.Errorf("it signs digests of SHA-256, not of %v", hash)
	}
	if len(digest) != sha256.Size {
		return fmt.Errorf("the digest has %d bytes; SHA-256 has %d", len(digest), sha256.Size)
	}
	return nil
}

func (s *Signer) sign(digest []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout) // a crypto.Signer is given no context
	defer cancel()
	answer, err := s.client.AsymmetricSign(ctx, &kmspb.AsymmetricSignRequest{
		Name:         s.name,
		Digest:       &kmspb.Digest{Digest: &kmspb.Digest_Sha256{Sha256: digest}},
		DigestCrc32C: checksum(digest),
	})
	switch {
	case err != nil:
		return nil, err
	case answer.GetName() != s.name:
		return nil, fmt.Errorf("%w: the answer is about %q", errCorrupted, answer.GetName())
	case !answer.GetVerifiedDigestCrc32C():
		return nil, fmt.Errorf("%w: the digest was not verified", errCorrupted)
	case !intact(answer.GetSignature(), answer.GetSignatureCrc32C()):
		return nil, fmt.Errorf("%w: the signature does not fit its checksum", errCorrupted)
	}
	return answer.GetSignature(), nil
}

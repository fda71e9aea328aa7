package kms

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"cloud.google.com/go/kms/apiv1/kmspb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// algorithms are those that make signatures which Wallet verifies. A key has one for life, and one of these says too that
// its purpose is to sign.
// https://cloud.google.com/kms/docs/algorithms#asymmetric_signing_algorithms
var algorithms = []kmspb.CryptoKeyVersion_CryptoKeyVersionAlgorithm{
	kmspb.CryptoKeyVersion_RSA_SIGN_PKCS1_2048_SHA256,
	kmspb.CryptoKeyVersion_RSA_SIGN_PKCS1_3072_SHA256,
	kmspb.CryptoKeyVersion_RSA_SIGN_PKCS1_4096_SHA256,
	kmspb.CryptoKeyVersion_EC_SIGN_P256_SHA256,
}

// parsePublicKey reads what KMS says of a key version.
func parsePublicKey(name string, answer *kmspb.PublicKey) (crypto.PublicKey, error) {
	switch {
	case answer.GetName() != name:
		return nil, fmt.Errorf("%w: the answer is about %q", errCorrupted, answer.GetName())
	case !slices.Contains(algorithms, answer.GetAlgorithm()):
		return nil, fmt.Errorf("its algorithm is %v, which does not sign passes: make a key of purpose ASYMMETRIC_SIGN with %v",
			answer.GetAlgorithm(), algorithms[0])
	case !intact([]byte(answer.GetPem()), answer.GetPemCrc32C()):
		return nil, fmt.Errorf("%w: the public key does not fit its checksum", errCorrupted)
	}
	block, _ := pem.Decode([]byte(answer.GetPem()))
	if block == nil {
		return nil, errors.New("the public key is not PEM")
	}
	return x509.ParsePKIXPublicKey(block.Bytes)
}

// errCorrupted says that bytes changed on their way.
// https://cloud.google.com/kms/docs/data-integrity-guidelines
var errCorrupted = errors.New("corrupted in transit")

// intact compares data with the checksum that came along. No checksum is none that fits.
func intact(data []byte, sum *wrapperspb.Int64Value) bool {
	return sum != nil && sum.GetValue() == checksum(data).GetValue()
}

// checksum is CRC32C as KMS wants it.
func checksum(data []byte) *wrapperspb.Int64Value {
	return wrapperspb.Int64(int64(crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))))
}

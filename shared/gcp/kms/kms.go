// Package kms signs with keys of Cloud KMS, which never leave it: what is sent there is a digest, and what comes back is a
// signature. A key is named in a file of certificates by a line
//
//	gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/V
//
// and whoever signs with it needs roles/cloudkms.signerVerifier on the key.
// https://cloud.google.com/kms/docs/create-validate-signatures
package kms

import (
	"context"
	"crypto"
	"fmt"
	"time"

	cloudkms "cloud.google.com/go/kms/apiv1"
	"cloud.google.com/go/kms/apiv1/kmspb"
)

// callTimeout bounds one call with its repetitions. A signature takes KMS some tens of milliseconds.
const callTimeout = 10 * time.Second

// Keys opens keys of Cloud KMS. It may be used by many goroutines at once.
type Keys struct{ client *cloudkms.KeyManagementClient }

// Open prepares a connection to Cloud KMS with the credentials of the environment. Close the keys after use.
func Open(ctx context.Context) (*Keys, error) {
	client, err := cloudkms.NewKeyManagementClient(ctx)
	if err != nil {
		return nil, fmt.Errorf("open Cloud KMS: %w", err)
	}
	return New(client), nil
}

// New uses a client that is open already, and closes it with the keys.
func New(client *cloudkms.KeyManagementClient) *Keys { return &Keys{client} }

// Close releases the connection, and with it the keys that were opened over it.
func (k *Keys) Close() error { return k.client.Close() }

// Signer opens the key that a reference names: one call, for its public half. The key signs SHA-256 digests with RSA
// (PKCS #1 v1.5) or with ECDSA on P-256, as Wallet wants them; the error says so of any other, and tells apart a key that
// is not there, that may not be used, and that was not reached.
func (k *Keys) Signer(ctx context.Context, reference string) (*Signer, error) {
	name, err := parseReference(reference)
	if err != nil {
		return nil, err
	}
	public, err := k.publicKey(ctx, name)
	if err != nil {
		return nil, keyError(name, "read the public key", err)
	}
	return &Signer{client: k.client, name: name, public: public}, nil
}

func (k *Keys) publicKey(ctx context.Context, name string) (crypto.PublicKey, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := k.client.GetPublicKey(ctx, &kmspb.GetPublicKeyRequest{Name: name})
	if err != nil {
		return nil, err
	}
	return parsePublicKey(name, answer)
}

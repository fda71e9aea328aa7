package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/tools/devcerts"
)

// The one pass type of the rehearsal, its team, and the team's APNs key.
const (
	passType  = "pass.com.example.loyalty"
	team      = "TEAMID1234"
	apnsKeyID = "APNSKEY123"
)

// secrets are what Secret Manager mounts: a folder for each kind, laid out as terraform/secrets.tf does for a team's key.
type secrets struct {
	dir      string
	roots    *x509.CertPool                  // below which the passes are signed
	provider map[string]apnstest.ProviderKey // whose tokens APNs takes
}

// folder is where the secrets of a kind are mounted.
func (s secrets) folder(kind string) string { return filepath.Join(s.dir, kind) }

// makeSecrets makes throw-away secrets in a folder.
func makeSecrets(dir string, now time.Time) (secrets, error) {
	s := secrets{dir: dir}
	authority, err := devcerts.New(now)
	if err != nil {
		return s, err
	}
	s.roots = authority.Pool()
	pass, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: team})
	if err != nil {
		return s, err
	}
	withKey, err := pass.PEM()
	if err != nil {
		return s, err
	}
	apnsKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return s, err
	}
	s.provider = map[string]apnstest.ProviderKey{apnsKeyID: {TeamID: team, Public: &apnsKey.PublicKey}}
	p8, err := x509.MarshalPKCS8PrivateKey(apnsKey)
	if err != nil {
		return s, err
	}
	pemFile := passType + "/" + passType + ".pem"
	for name, text := range map[string][]byte{
		"token-keys/1":            []byte(rand.Text() + rand.Text()),
		"certificates/" + pemFile: certificatesOf(withKey),
		"signing-keys/" + pemFile: withKey,
		"apns-keys/key.p8":        pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: p8}),
	} {
		if err := s.write(name, text); err != nil {
			return s, fmt.Errorf("write secret %s: %w", name, err)
		}
	}
	return s, nil
}

func (s secrets) write(name string, text []byte) error {
	file := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// certificatesOf leaves the private key out.
func certificatesOf(text []byte) []byte {
	var certificates bytes.Buffer
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			certificates.Write(pem.EncodeToMemory(block))
		}
	}
	return certificates.Bytes()
}

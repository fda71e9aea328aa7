package kms_test

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"cloud.google.com/go/kms/apiv1/kmspb"

	"walletpasses.example/server/shared/gcp/kms"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

const (
	passType = "pass.com.example.loyalty"
	team     = "TEAMID1234"
)

var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

// rsaKey is made once: RSA keys take their time.
var rsaKey = sync.OnceValue(func() crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func rsaServer() *server {
	return &server{key: rsaKey(), algorithm: kmspb.CryptoKeyVersion_RSA_SIGN_PKCS1_2048_SHA256}
}

func ecServer() *server {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return &server{key: key, algorithm: kmspb.CryptoKeyVersion_EC_SIGN_P256_SHA256}
}

// servers are the kinds of key that sign passes.
var servers = map[string]func() *server{"RSA": rsaServer, "EC": ecServer}

// certificates is a folder with the certificate of a key, and the reference in place of the key itself.
func certificates(t *testing.T, key crypto.Signer) (fs.FS, *devcerts.Authority) {
	t.Helper()
	authority, err := devcerts.New(now)
	check(t, err)
	pass, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: team, Key: key})
	check(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pass.Certificate.Raw})
	return fstest.MapFS{
		passType + ".pem": {Data: append(text, reference+"\n"...)},
		"WWDR.cer":        {Data: pass.Intermediate.Raw},
	}, authority
}

// openKeys is how the packager opens keys.
func openKeys(t *testing.T, keys *kms.Keys) pkpass.IdentityOption {
	return pkpass.OpenKeys(kms.CheckReference, func(reference string) (crypto.Signer, error) { return keys.Signer(t.Context(), reference) })
}

func packageOf(signer *pkpass.Signer) ([]byte, error) {
	pass := fmt.Appendf(nil, `{"formatVersion": 1, "passTypeIdentifier": %q, "teamIdentifier": %q, "serialNumber": "1",
		"organizationName": "Café", "description": "Loyalty card", "storeCard": {}}`, passType, team)
	return pkpass.Package(pkpass.Source{
		pkpass.NewFile("pass.json", pass),
		pkpass.NewFile("icon.png", []byte("icon")), pkpass.NewFile("icon@2x.png", []byte("icon 2x")), pkpass.NewFile("icon@3x.png", []byte("icon 3x")),
	}, signer)
}

func TestAPassSignedInKMSVerifies(t *testing.T) {
	for name, newServer := range servers {
		t.Run(name, func(t *testing.T) {
			s := newServer()
			folder, authority := certificates(t, s.key)
			identities, err := pkpass.ReadIdentities(folder, openKeys(t, keysOf(t, s)))
			check(t, err)
			if s.publicKeyCalls > 0 {
				t.Error("KMS was asked before anything is signed")
			}
			signer := pkpass.NewSigner(identities[passType], clock)
			for range 3 {
				data, err := packageOf(signer)
				check(t, err)
				if _, findings := pkpass.Verify(data, pkpass.VerifyOptions{Roots: authority.Pool(), Now: now}); findings.Err() != nil {
					t.Error(findings)
				}
				opensslVerify(t, data, authority)
			}
			if s.publicKeyCalls != 1 || len(s.signatureDemands) != 3 {
				t.Errorf("3 passes took %d and %d calls, want the public key once and 3 signatures", s.publicKeyCalls, len(s.signatureDemands))
			}
		})
	}
}

// The certificate decides which key is the right one, whatever KMS answers and whenever.
func TestAnotherKeyInKMSSignsNothing(t *testing.T) {
	s := rsaServer()
	folder, _ := certificates(t, s.key)
	identities, err := pkpass.ReadIdentities(folder, openKeys(t, keysOf(t, s)))
	check(t, err)
	signer := pkpass.NewSigner(identities[passType], clock)
	_, err = packageOf(signer)
	check(t, err)
	s.key = ecServer().key
	if _, err := packageOf(signer); err == nil || !strings.Contains(err.Error(), "does not verify") {
		t.Errorf("signed with another key: %v", err)
	}

	folder, _ = certificates(t, rsaKey())
	identities, err = pkpass.ReadIdentities(folder, openKeys(t, keysOf(t, ecServer())))
	check(t, err)
	_, err = packageOf(pkpass.NewSigner(identities[passType], clock))
	for _, want := range []string{passType, reference, "the private key fits no certificate"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("another key from the start: %v, want %q", err, want)
		}
	}
}

// opensslVerify checks the signature at the time of the tests' clock.
func opensslVerify(t *testing.T, data []byte, authority *devcerts.Authority) {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not on PATH: the independent check is left out")
	}
	dir := t.TempDir()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	check(t, err)
	check(t, os.CopyFS(dir, archive))
	check(t, os.WriteFile(filepath.Join(dir, "root.pem"), authority.RootPEM(), 0o600))
	command := exec.Command(openssl, "cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", "signature",
		"-content", "manifest.json", "-CAfile", "root.pem", "-attime", fmt.Sprint(now.Unix()), "-out", "content")
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("openssl cms -verify: %v\n%s", err, out)
	}
}

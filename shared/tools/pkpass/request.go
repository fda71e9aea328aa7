package main

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

// request makes the request for a certificate (RFC 2986), which Apple's portal takes, and the private key for it where none is
// named. Apple writes the subject itself; ours is only to be told apart.
// https://developer.apple.com/help/account/certificates/create-a-certificate-signing-request
func (t tool) request(f certificateFlags) error {
	name := cmp.Or(f.out, "pass")
	requestFile := name + ".certSigningRequest"
	if _, err := os.Lstat(requestFile); err == nil {
		return fmt.Errorf("%s is there already; name another with -out", requestFile)
	}
	key, err := t.requestKey(f.key, name+".key")
	if err != nil {
		return err
	}
	subject := pkix.Name{CommonName: filepath.Base(name)}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: subject}, key)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request})
	if err := os.WriteFile(requestFile, text, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.stdout, "%s: give it to Apple's portal under Identifiers, Pass Type IDs, Create Certificate\n"+
		"then look at what comes back: pkpass certificate -key %s pass.cer\n", requestFile, cmp.Or(f.key, name+".key"))
	return err
}

// requestKey opens the key that a reference names, which stays where it is, or makes a new one and writes it to a file.
func (t tool) requestKey(name, file string) (crypto.Signer, error) {
	if reference := reference([]byte(name)); reference != "" {
		return t.openKey(reference)
	}
	if name != "" {
		return nil, fmt.Errorf("%w: with -request, -key is gcpkms://…; without it, a key is made", errUsage)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := writeSecret(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(t.stdout, "%s: the private key; keep it to yourself\n", file)
	return key, err
}

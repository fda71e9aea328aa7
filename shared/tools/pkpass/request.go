package main

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

// request makes a private key and the request for its certificate (RFC 2986), which Apple's portal takes. Apple writes the
// subject itself; ours is only to be told apart.
// https://developer.apple.com/help/account/certificates/create-a-certificate-signing-request
func (t tool) request(name string) error {
	name = cmp.Or(name, "pass")
	keyFile, requestFile := name+".key", name+".certSigningRequest"
	if _, err := os.Lstat(requestFile); err == nil {
		return fmt.Errorf("%s is there already; name another with -out", requestFile)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	subject := pkix.Name{CommonName: filepath.Base(name)}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: subject}, key)
	if err != nil {
		return err
	}
	if err := writeSecret(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request})
	if err := os.WriteFile(requestFile, text, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.stdout, "%s: the private key; keep it to yourself\n"+
		"%s: give it to Apple's portal under Identifiers, Pass Type IDs, Create Certificate\n"+
		"then look at what comes back: pkpass certificate -key %s pass.cer\n", keyFile, requestFile, keyFile)
	return err
}

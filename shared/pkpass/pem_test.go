package pkpass_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"testing/fstest"

	"software.sslmate.com/src/go-pkcs12"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

func block(name string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: name, Bytes: der})
}

func pkcs8(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// KEY-4, KEY-6: whatever the order and the form of the key.
func TestParsePEM(t *testing.T) {
	leaf, issuer := block("CERTIFICATE", issued().Certificate.Raw), block("CERTIFICATE", issued().Intermediate.Raw)
	rsaKey := issued().Key.(*rsa.PrivateKey)
	ecKey := newECKey(t)
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	if err != nil {
		t.Fatal(err)
	}
	ecLeaf := block("CERTIFICATE", issue(t, devcerts.PassRequest{Key: ecKey}).Certificate.Raw)
	whole, err := issued().PEM()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"PKCS#8 last":        join(leaf, issuer, block("PRIVATE KEY", pkcs8(t, rsaKey))),
		"PKCS#1 first":       join(block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), issuer, leaf),
		"SEC 1 with text":    join([]byte("Bag Attributes\n"), issuer, block("EC PARAMETERS", nil), block("EC PRIVATE KEY", sec1), ecLeaf),
		"EC PKCS#8":          join(ecLeaf, block("PRIVATE KEY", pkcs8(t, ecKey)), issuer),
		"as devcerts writes": whole,
	} {
		t.Run(name, func(t *testing.T) {
			identity, err := pkpass.ParsePEM(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := identity.Check(passType, team, now); err != nil {
				t.Error(err)
			}
			data, err := pkpass.Package(smallSource(), pkpass.NewSigner(identity, clock))
			if err != nil {
				t.Fatal(err)
			}
			_, findings := pkpass.Verify(data, trusted())
			wantRules(t, findings)
		})
	}
}

func TestParsePEMRefuses(t *testing.T) {
	leaf := block("CERTIFICATE", issued().Certificate.Raw)
	key := block("PRIVATE KEY", pkcs8(t, issued().Key))
	oldStyle := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{
		"Proc-Type": "4,ENCRYPTED", "DEK-Info": "DES-EDE3-CBC,0000000000000000"}, Bytes: []byte("secret")})
	for name, test := range map[string]struct {
		text []byte
		want string
	}{
		"empty":                  {nil, "no private key"},
		"no key":                 {leaf, "no private key"},
		"no certificate":         {key, "fits no certificate"},
		"two keys":               {join(leaf, key, key), "more than one private key"},
		"old-style encryption":   {join(leaf, oldStyle), "openssl pkcs8 -topk8 -nocrypt"},
		"PKCS#8 encryption":      {join(leaf, block("ENCRYPTED PRIVATE KEY", []byte("secret"))), "openssl pkcs8 -topk8 -nocrypt"},
		"DSA key":                {join(leaf, block("DSA PRIVATE KEY", []byte("secret"))), "unknown form"},
		"broken key":             {join(leaf, block("PRIVATE KEY", []byte("secret"))), "PEM private key"},
		"broken PKCS#1":          {join(leaf, block("RSA PRIVATE KEY", []byte("secret"))), "PEM private key"},
		"broken certificate":     {join(key, block("CERTIFICATE", []byte("secret"))), "PEM certificate 1"},
		"key of somebody else's": {join(block("CERTIFICATE", issued().Intermediate.Raw), key), "Worldwide Developer Relations"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pkpass.ParsePEM(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("ParsePEM = %v, want %q in it", err, test.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Error("the error quotes the file")
			}
		})
	}
}

func TestParseCertificates(t *testing.T) {
	issuer := issued().Intermediate
	for name, data := range map[string][]byte{
		"DER":      issuer.Raw,
		"PEM":      block("CERTIFICATE", issuer.Raw),
		"with key": join(block("PRIVATE KEY", pkcs8(t, issued().Key)), block("CERTIFICATE", issuer.Raw)),
	} {
		certificates, err := pkpass.ParseCertificates(data)
		if err != nil || len(certificates) != 1 || !certificates[0].Equal(issuer) {
			t.Errorf("%s: %d certificates, %v", name, len(certificates), err)
		}
	}
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("hello"), "key": block("PRIVATE KEY", pkcs8(t, issued().Key))} {
		if _, err := pkpass.ParseCertificates(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// KEY-2 to KEY-5: old and present ciphers, certificates in any order, both encodings of an empty password.
func TestParsePKCS12(t *testing.T) {
	chain := []*x509.Certificate{issued().Intermediate}
	for name, encoder := range map[string]*pkcs12.Encoder{
		"RC2 and 3DES": pkcs12.LegacyRC2, "3DES": pkcs12.LegacyDES, "AES": pkcs12.Modern2023,
		"AES, PBMAC1": pkcs12.Modern2026, "no password": pkcs12.Passwordless,
	} {
		t.Run(name, func(t *testing.T) {
			password := "hunter2"
			if encoder == pkcs12.Passwordless {
				password = ""
			}
			data, err := encoder.Encode(issued().Key, issued().Certificate, chain, password)
			if err != nil {
				t.Fatal(err)
			}
			identity, err := pkpass.ParsePKCS12(data, password)
			if err != nil {
				t.Fatal(err)
			}
			if err := identity.Check(passType, team, now); err != nil {
				t.Error(err)
			}
		})
	}
	leafLast, err := pkcs12.Modern.Encode(issued().Key, issued().Intermediate, []*x509.Certificate{issued().Certificate}, "x")
	if err != nil {
		t.Fatal(err)
	}
	identity, err := pkpass.ParsePKCS12(leafLast, "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := identity.Check(passType, team, now); err != nil {
		t.Errorf("pass certificate last: %v", err)
	}
	if _, err := pkpass.ParsePKCS12(leafLast, "y"); err == nil || !strings.Contains(err.Error(), "password is wrong") {
		t.Errorf("wrong password: %v", err)
	}
	if _, err := pkpass.ParsePKCS12([]byte("text"), ""); err == nil {
		t.Error("text was read as PKCS#12")
	}
}

// A password ends where its line does, and no sooner: it may end with a space.
func TestAFolderKeepsThePasswordOfAPKCS12(t *testing.T) {
	const password = " hunter2 "
	data, err := pkcs12.Modern.Encode(issued().Key, issued().Certificate, []*x509.Certificate{issued().Intermediate}, password)
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "\n", "\r\n"} {
		_, err := pkpass.ReadIdentities(fstest.MapFS{passType + ".p12": {Data: data}, passType + ".password": {Data: []byte(password + end)}})
		if err != nil {
			t.Errorf("with %q at the end: %v", end, err)
		}
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

func identityPEM(t *testing.T, pass devcerts.Pass) []byte {
	t.Helper()
	text, err := pass.PEM()
	check(t, err)
	return text
}

func keyPEM(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	check(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestCertificate(t *testing.T) {
	leaf, wwdr := certificatePEM(issued().Certificate), write(t, "wwdr.pem", certificatePEM(issued().Intermediate))
	key := write(t, "pass.key", keyPEM(t, issued().Key))
	otherKey, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	other := write(t, "other.key", keyPEM(t, otherKey))
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	ecPass, err := authority().IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: team, Key: ecKey})
	check(t, err)
	swapped := bytes.Replace(identityPEM(t, issued()), keyPEM(t, issued().Key), keyPEM(t, otherKey), 1)
	for _, c := range []struct {
		name   string
		file   []byte
		flags  []string
		status int
		want   []string
	}{
		{"whole", identityPEM(t, issued()), nil, 0, []string{passType, team, "2027-09-01", "365 days left", "RSA with 2048 bits", "private key  there"}},
		{"as Apple delivers it", issued().Certificate.Raw, []string{"-wwdr", wwdr}, 0, []string{passType, "not there"}},
		{"with its key", leaf, []string{"-wwdr", wwdr, "-key", key}, 0, []string{"private key  there"}},
		{"without the intermediate", leaf, nil, 1, []string{"REJ-9", "intermediate certificate that issued"}},
		{"with another key", leaf, []string{"-wwdr", wwdr, "-key", other}, 1, []string{"KEY-4", "fits no certificate"}},
		{"with its key in Cloud KMS", leaf, []string{"-wwdr", wwdr, "-key", remoteKey}, 0, []string{"private key  at " + remoteKey}},
		{"with a line that says where its key is", append(leaf[:len(leaf):len(leaf)], remoteKey...), []string{"-wwdr", wwdr}, 0, []string{"private key  at " + remoteKey}},
		{"with another's key in Cloud KMS", certificatePEM(ecPass.Certificate), []string{"-wwdr", wwdr, "-key", remoteKey}, 1, []string{"KEY-4", "fits no certificate"}},
		{"with a key that Cloud KMS has not", leaf, []string{"-wwdr", wwdr, "-key", remoteKey + "2"}, 1, []string{"KEY-4", "there is no key"}},
		{"with another key inside", swapped, nil, 1, []string{"KEY-4"}},
		{"expired", identityPEM(t, issue(t, devcerts.PassRequest{NotAfter: now.Add(-time.Second)})), nil, 1, []string{"CRT-4", "expired at"}},
		{"not valid yet", identityPEM(t, issue(t, devcerts.PassRequest{NotBefore: now.Add(time.Hour)})), nil, 1, []string{"CRT-4", "not valid before"}},
		{"soon to expire", identityPEM(t, issue(t, devcerts.PassRequest{NotAfter: now.AddDate(0, 0, 44)})), nil, 0, []string{"warning", "CRT-6", "44 days"}},
		{"for something else", identityPEM(t, issue(t, devcerts.PassRequest{WithoutMarker: true})), nil, 1, []string{"SIG-13", "not a pass certificate"}},
		{"expired intermediate", identityPEM(t, issue(t, devcerts.PassRequest{IntermediateNotAfter: now.Add(-time.Second)})), nil, 1, []string{"REJ-9", "expired"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, stdout, stderr := runTool(append([]string{"certificate", write(t, "pass.pem", c.file)}, c.flags...)...)
			if status != c.status || stderr != "" {
				t.Errorf("exit status %d, want %d: %s", status, c.status, stderr)
			}
			for _, want := range c.want {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q in:\n%s", want, stdout)
				}
			}
			if strings.Contains(stdout, "BEGIN") {
				t.Errorf("a key or a certificate is printed:\n%s", stdout)
			}
		})
	}
}

// KEY-2, KEY-3: the ciphers of Keychain Access and those of OpenSSL 3.
func TestPKCS12(t *testing.T) {
	pass := issued()
	for name, encoder := range map[string]*pkcs12.Encoder{"old": pkcs12.LegacyRC2, "older of two": pkcs12.LegacyDES, "new": pkcs12.Modern2023} {
		t.Run(name, func(t *testing.T) {
			data, err := encoder.Encode(pass.Key, pass.Certificate, []*x509.Certificate{pass.Intermediate}, "geheim")
			check(t, err)
			file := write(t, "pass.p12", data)
			if status, _, stderr := runTool("certificate", file); status != 2 || !strings.Contains(stderr, "password is wrong") {
				t.Errorf("without password: exit status %d, %s", status, stderr)
			}
			password := write(t, "password", []byte("geheim\n"))
			status, stdout, _ := runTool("certificate", "-password-file", password, file)
			if status != 0 || !strings.Contains(stdout, passType) || strings.Contains(stdout, "geheim") {
				t.Errorf("exit status %d:\n%s", status, stdout)
			}
			out := filepath.Join(t.TempDir(), "pass.pem")
			if status, _, stderr := runTool("certificate", "-pem", file, "-out", out, "-password-file", password); status != 0 {
				t.Fatalf("-pem: exit status %d, %s", status, stderr)
			}
			text, err := os.ReadFile(out)
			check(t, err)
			identity, err := pkpass.ParsePEM(text)
			check(t, err)
			check(t, identity.Check(passType, team, now))
			wantPrivate(t, out)
			if status, _, _ := runTool("certificate", "-pem", file, "-out", out, "-password-file", password); status != 2 {
				t.Error("a file was overwritten")
			}
			check(t, os.WriteFile(strings.TrimSuffix(file, ".p12")+".password", []byte("geheim"), 0o600))
			if status, stdout, _ := runTool("certificate", "-pem", file); status != 0 || stdout != string(text) {
				t.Errorf("with the password beside it: exit status %d", status)
			}
		})
	}
}

func wantPrivate(t *testing.T, file string) {
	t.Helper()
	info, err := os.Stat(file)
	check(t, err)
	if info.Mode() != fs.FileMode(0o600) {
		t.Errorf("%s has the mode %v", file, info.Mode())
	}
}

// A reference to a key goes where the key would.
func TestPEMKeepsAReference(t *testing.T) {
	file := write(t, "pass.pem", append(certificatePEM(issued().Certificate), remoteKey...))
	if status, stdout, _ := runTool("certificate", "-pem", file); status != 0 || !strings.HasSuffix(stdout, "\n"+remoteKey+"\n") {
		t.Errorf("exit status %d:\n%s", status, stdout)
	}
}

func TestRequest(t *testing.T) {
	name := filepath.Join(t.TempDir(), "loyalty")
	status, stdout, stderr := runTool("certificate", "-request", "-out", name)
	if status != 0 || strings.Contains(stdout, "BEGIN") {
		t.Fatalf("exit status %d: %s%s", status, stdout, stderr)
	}
	wantPrivate(t, name+".key")
	text, err := os.ReadFile(name + ".certSigningRequest")
	check(t, err)
	block, _ := pem.Decode(text)
	request, err := x509.ParseCertificateRequest(block.Bytes)
	check(t, err)
	check(t, request.CheckSignature())
	if key, ok := request.PublicKey.(*rsa.PublicKey); !ok || key.N.BitLen() != 2048 {
		t.Errorf("CRT-2: a key of type %T", request.PublicKey)
	}
	if status, _, stderr := runTool("certificate", "-request", "-out", name); status != 2 || !strings.Contains(stderr, "already") {
		t.Errorf("again: exit status %d, %s", status, stderr)
	}

	// What Apple makes of the request fits the key.
	keyText, err := os.ReadFile(name + ".key")
	check(t, err)
	keyBlock, _ := pem.Decode(keyText)
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	check(t, err)
	issuedFor, err := authority().IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: team, Key: key.(*rsa.PrivateKey)})
	check(t, err)
	wwdr := write(t, "wwdr.cer", issuedFor.Intermediate.Raw)
	if status, stdout, _ := runTool("certificate", "-key", name+".key", "-wwdr", wwdr, write(t, "pass.cer", issuedFor.Certificate.Raw)); status != 0 {
		t.Errorf("the certificate for the request: exit status %d\n%s", status, stdout)
	}
}

// KEY-7: the request is signed where the key is, and no file has the key.
func TestRequestForAKeyInCloudKMS(t *testing.T) {
	name := filepath.Join(t.TempDir(), "loyalty")
	status, stdout, stderr := runTool("certificate", "-request", "-key", remoteKey, "-out", name)
	if status != 0 || !strings.Contains(stdout, "-key "+remoteKey) || strings.Contains(stdout, "private key") {
		t.Fatalf("exit status %d: %s%s", status, stdout, stderr)
	}
	text, err := os.ReadFile(name + ".certSigningRequest")
	check(t, err)
	block, _ := pem.Decode(text)
	request, err := x509.ParseCertificateRequest(block.Bytes)
	check(t, err)
	check(t, request.CheckSignature())
	if key, ok := request.PublicKey.(*rsa.PublicKey); !ok || !key.Equal(issued().Key.Public()) {
		t.Error("the request is for another key")
	}
	if _, err := os.Stat(name + ".key"); err == nil {
		t.Error("a key was written")
	}
	for key, want := range map[string]string{remoteKey + "2": "there is no key", "pass.key": "-key is gcpkms://"} {
		other := filepath.Join(t.TempDir(), "other")
		if status, _, stderr := runTool("certificate", "-request", "-key", key, "-out", other); status != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit status %d, %s", key, status, stderr)
		}
		if _, err := os.Stat(other + ".certSigningRequest"); err == nil {
			t.Errorf("%s: a request was written", key)
		}
	}
}

// OpenSSL reads what we write, and we read what it writes.
func TestOpenSSLAgrees(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(openssl, args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
	}
	name := filepath.Join(t.TempDir(), "request")
	runTool("certificate", "-request", "-out", name)
	run("req", "-verify", "-noout", "-in", name+".certSigningRequest")
	run("pkey", "-check", "-noout", "-in", name+".key")

	identity := write(t, "identity.pem", identityPEM(t, issued()))
	password := write(t, "password", []byte("geheim"))
	for name, flags := range map[string][]string{"new": nil, "old": {"-legacy"}} {
		file := filepath.Join(t.TempDir(), "pass.p12")
		run(append([]string{"pkcs12", "-export", "-in", identity, "-out", file, "-passout", "pass:geheim"}, flags...)...)
		out := filepath.Join(t.TempDir(), "pass.pem")
		if status, _, stderr := runTool("certificate", "-pem", "-password-file", password, "-out", out, file); status != 0 {
			t.Errorf("%s ciphers: exit status %d, %s", name, status, stderr)
			continue
		}
		run("pkey", "-check", "-noout", "-in", out)
		run("x509", "-noout", "-in", out)
	}
}

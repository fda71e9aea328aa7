package devcerts_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

const (
	passType = "pass.com.example.loyalty"
	team     = "TEAMID1234"
)

func newAuthority(t *testing.T, now time.Time) *devcerts.Authority {
	t.Helper()
	a, err := devcerts.New(now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestPassIdentitySignsWhatVerifies(t *testing.T) {
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	a := newAuthority(t, now)
	identity, err := a.PassIdentity(passType, team)
	if err != nil {
		t.Fatal(err)
	}
	if err := identity.Check(passType, team, now); err != nil {
		t.Fatal(err)
	}
	pass := []byte(`{"passTypeIdentifier":"` + passType + `","teamIdentifier":"` + team + `"}`)
	source := pkpass.Source{pkpass.NewFile("pass.json", pass), pkpass.NewFile("icon.png", nil)}
	data, err := pkpass.Package(source, pkpass.NewSigner(identity, func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	if _, findings := pkpass.Verify(data, pkpass.VerifyOptions{Roots: a.Pool(), Now: now}); findings.Err() != nil {
		t.Error(findings)
	}
}

// Section 5.1 of the specification, line by line.
func TestPassCertificateHasApplesShape(t *testing.T) {
	pass, err := newAuthority(t, time.Now()).IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: team})
	if err != nil {
		t.Fatal(err)
	}
	c := pass.Certificate
	if c.Subject.CommonName != "Pass Type ID: "+passType || !slices.Equal(c.Subject.OrganizationalUnit, []string{team}) {
		t.Errorf("subject %v", c.Subject)
	}
	if c.PublicKeyAlgorithm != x509.RSA || c.KeyUsage != x509.KeyUsageDigitalSignature ||
		!slices.Equal(c.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}) ||
		len(c.UnknownExtKeyUsage) != 1 || c.UnknownExtKeyUsage[0].String() != "1.2.840.113635.100.4.14" {
		t.Errorf("key %v, usage %v, purposes %v %v", c.PublicKeyAlgorithm, c.KeyUsage, c.ExtKeyUsage, c.UnknownExtKeyUsage)
	}
	extensions := map[string]string{}
	for _, e := range c.Extensions {
		extensions[e.Id.String()] = string(e.Value)
	}
	if got, want := extensions["1.2.840.113635.100.6.1.16"], "\x0c\x18"+passType; got != want {
		t.Errorf("pass type extension %q, want the UTF8String %q", got, want)
	}
	if got := extensions["1.2.840.113635.100.6.3.2"]; got != "\x05\x00" {
		t.Errorf("push extension %q, want NULL", got)
	}
	if len(c.AuthorityKeyId) == 0 || string(c.AuthorityKeyId) != string(pass.Intermediate.SubjectKeyId) {
		t.Errorf("authority key identifier %x, subject key identifier of the intermediate %x", c.AuthorityKeyId, pass.Intermediate.SubjectKeyId)
	}
	if !pass.Intermediate.IsCA || !pass.Intermediate.MaxPathLenZero {
		t.Error("the intermediate is no authority of path length 0")
	}
}

// The fake APNs: both sides show certificates, and both trust the root alone.
func TestMutualTLS(t *testing.T) {
	a := newAuthority(t, time.Now())
	identity, err := a.PassIdentity(passType, team)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := a.ServerCertificate()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got := r.TLS.VerifiedChains[0][0].Subject.CommonName; got != "Pass Type ID: "+passType {
			t.Errorf("client is %q", got)
		}
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.Pool()}
	server.StartTLS()
	defer server.Close()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.Pool(), Certificates: []tls.Certificate{identity.TLSCertificate()}}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
}

func TestServerCertificateHosts(t *testing.T) {
	a := newAuthority(t, time.Now())
	named, err := a.ServerCertificate("apns.example", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	usual, err := a.ServerCertificate()
	if err != nil {
		t.Fatal(err)
	}
	for host, certificate := range map[string]tls.Certificate{
		"apns.example": named, "192.0.2.1": named, "localhost": usual, "127.0.0.1": usual, "::1": usual,
	} {
		if _, err := certificate.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: a.Pool()}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestRootPEM(t *testing.T) {
	block, rest := pem.Decode(newAuthority(t, time.Now()).RootPEM())
	if block == nil || len(rest) > 0 {
		t.Fatal("not one PEM block")
	}
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil || !root.IsCA {
		t.Errorf("root %v, %v", root, err)
	}
}

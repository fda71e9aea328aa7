package apns_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/wallet"
)

const (
	topic  = "pass.com.example.loyalty"
	keyID  = "KEYID12345"
	teamID = "TEAMID1234"
	device = "a1b2c3d4"
)

// noon is inside a token slot: 2026-03-01 12:00:00 UTC.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func startServer(t testing.TB, o apnstest.Options) *apnstest.Server {
	t.Helper()
	s, err := apnstest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newTokenClient(t testing.TB, url string, o apns.Options) *apns.Client {
	t.Helper()
	c, err := apns.NewTokenClient(url, newKey(t), keyID, teamID, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// push sends one push to the test's device and topic.
func push(t testing.TB, c *apns.Client) apns.Answer {
	t.Helper()
	return c.Push(t.Context(), wallet.NewPushToken(device), topic)
}

// pauses is a Wait that takes no time and notes what was asked of it.
type pauses struct {
	mu    sync.Mutex
	asked []time.Duration
}

func (p *pauses) wait(ctx context.Context, d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, d)
	return ctx.Err()
}

func oneID(t *testing.T, pushes []apnstest.Push, id string) {
	t.Helper()
	for i, p := range pushes {
		if p.ID != id {
			t.Errorf("attempt %d has apns-id %q, want %q as in the answer", i+1, p.ID, id)
		}
	}
}

// An authority issues throwaway certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	a := authority{key: newKey(t), certificate: &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Throwaway Root"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}}
	der, err := x509.CreateCertificate(rand.Reader, a.certificate, a.certificate, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// issue makes a certificate after change has been applied to a good server and pass type certificate.
func (a authority) issue(t testing.TB, change func(*x509.Certificate)) *tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      passSubject(topic),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if change != nil {
		change(template)
	}
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// passSubject is the subject of a pass type certificate: the pass type identifier is its UID.
func passSubject(passType string) pkix.Name {
	return pkix.Name{
		CommonName: fmt.Sprintf("Pass Type ID: %s", passType),
		ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}, Value: passType},
		},
	}
}

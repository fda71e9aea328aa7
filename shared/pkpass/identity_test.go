package pkpass_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

func TestIdentityNames(t *testing.T) {
	identity := testIdentity(t)
	if identity.PassTypeIdentifier() != passType || identity.TeamIdentifier() != team {
		t.Errorf("identity of %q, %q", identity.PassTypeIdentifier(), identity.TeamIdentifier())
	}
	if !identity.NotAfter().Equal(issued().Certificate.NotAfter) {
		t.Errorf("NotAfter = %v", identity.NotAfter())
	}
}

func TestIdentityCheckNamesEachDifference(t *testing.T) {
	other := issue(t, devcerts.PassRequest{IntermediateNotAfter: now.Add(365 * 24 * time.Hour)})
	withoutIssuer, err := pkpass.NewIdentity(issued().Key, issued().Certificate, other.Intermediate)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		identity pkpass.Identity
		passType string
		team     string
		want     []string // all of these, nothing when empty
	}{
		{"good", testIdentity(t), passType, team, nil},
		{"pass type", testIdentity(t), "pass.com.example.other", team, []string{`pass type differs`, passType, "pass.com.example.other"}},
		{"team", testIdentity(t), passType, "OTHERTEAM1", []string{"team differs", team, "OTHERTEAM1"}},
		{"no marker", identityOf(t, issue(t, devcerts.PassRequest{WithoutMarker: true})), passType, team, []string{"pass type differs"}},
		{"no issuer", withoutIssuer, passType, team, []string{"is missing", "AppleWWDRCAG4.cer", "https://www.apple.com/certificateauthority/"}},
		{"issuer added", withoutIssuer.WithIntermediates(issued().Intermediate), passType, team, nil},
		{"zero", pkpass.Identity{}, passType, team, []string{"no signing identity"}},
		{"all", identityOf(t, issue(t, devcerts.PassRequest{NotAfter: now.Add(-time.Minute), IntermediateNotAfter: now.Add(-time.Minute)})),
			"pass.other", "OTHERTEAM1", []string{"pass type differs", "team differs", "Pass Type ID: " + passType + `" expired`, `Authority" expired`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.identity.Check(test.passType, test.team, now)
			if len(test.want) == 0 && err != nil {
				t.Errorf("Check = %v", err)
			}
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("Check = %v, want %q in it", err, want)
				}
			}
		})
	}
}

// An intermediate with the right key identifier and another key is no issuer.
func TestIssuerIsNotTakenByItsIdentifierAlone(t *testing.T) {
	key := newECKey(t)
	template := &x509.Certificate{
		Subject: issued().Intermediate.Subject, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, SubjectKeyId: issued().Intermediate.SubjectKeyId,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	impostor, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := pkpass.NewIdentity(issued().Key, issued().Certificate, impostor)
	if err != nil {
		t.Fatal(err)
	}
	if err := identity.Check(passType, team, now); err == nil || !strings.Contains(err.Error(), "did not issue it") {
		t.Errorf("Check = %v", err)
	}
	if _, err := pkpass.NewSigner(identity, clock).Sign([]byte("{}")); err == nil {
		t.Error("signed with a foreign intermediate inside")
	}
}

// A certificate chooses its issuer by name, so it could choose one whose key takes minutes to verify with.
func TestHugeIssuerIsNotVerifiedWith(t *testing.T) {
	modulus := new(big.Int).Lsh(big.NewInt(1), 200_000)
	huge := *issued().Intermediate
	huge.PublicKeyAlgorithm, huge.PublicKey = x509.RSA, &rsa.PublicKey{N: modulus.Sub(modulus, big.NewInt(1)), E: 65537}
	leaf := *issued().Certificate
	leaf.SignatureAlgorithm, leaf.Signature = x509.SHA256WithRSA, bytes.Repeat([]byte{0x7f}, 25_000)
	var findings wallet.Findings
	took := patience.ProcessorTime(t, func() { findings = pkpass.CheckCertificate(&leaf, []*x509.Certificate{&huge}, now) })
	if took > patience.Second/10 {
		t.Errorf("took %v", took)
	}
	wantRules(t, findings, "REJ-9")
	if !strings.Contains(findings.Error(), "200000 bits; at most 8192") {
		t.Error(findings)
	}
}

// The certificates of real passes name their issuer by the key identifier of WWDR G4.
func TestMissingWWDRIsAskedFor(t *testing.T) {
	g4, err := hex.DecodeString("5bd9fa1de79a1a0ba399762250863e91c85b77a8")
	if err != nil {
		t.Fatal(err)
	}
	key := newECKey(t)
	parent := &x509.Certificate{Subject: issued().Intermediate.Subject, SubjectKeyId: g4}
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{NotAfter: now.Add(time.Hour)}, parent, key.Public(), newECKey(t))
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := pkpass.NewIdentity(key, certificate)
	if err != nil {
		t.Fatal(err)
	}
	want := "is missing; add Apple's WWDR G4: AppleWWDRCAG4.cer"
	if err := identity.Check(passType, team, now); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Check = %v, want %q in it", err, want)
	}
}

func TestNewIdentityRefusesKeys(t *testing.T) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		key          crypto.Signer
		certificates []*x509.Certificate
		want         string
	}{
		{edwards, nil, "cannot sign passes"},
		{newP384Key(t), nil, "P-256"},
		{newRSAKey(t, 1024), nil, "1024 bits"},
		{newECKey(t), nil, "there is none"},
		{newECKey(t), []*x509.Certificate{issued().Certificate}, "Pass Type ID: " + passType},
	} {
		_, err := pkpass.NewIdentity(test.key, test.certificates...)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%T: NewIdentity = %v, want %q in it", test.key, err, test.want)
		}
	}
}

// What such a key signs is not verified again, so one whose parts do not belong together is no key to begin with.
func TestNewIdentityRefusesADamagedKey(t *testing.T) {
	right, other := issued().Key.(*rsa.PrivateKey), newRSAKey(t, 2048)
	for name, damage := range map[string]func(*rsa.PrivateKey){
		"the public half of another":  func(key *rsa.PrivateKey) { *key = *other; key.PublicKey = right.PublicKey },
		"the exponent of another":     func(key *rsa.PrivateKey) { key.D = other.D },
		"a prime of another":          func(key *rsa.PrivateKey) { key.Primes = []*big.Int{other.Primes[0], right.Primes[1]} },
		"what another computed":       func(key *rsa.PrivateKey) { key.Precomputed = other.Precomputed },
		"nothing computed, wrong sum": func(key *rsa.PrivateKey) { key.D, key.Precomputed = other.D, rsa.PrecomputedValues{} },
	} {
		key := *right
		damage(&key)
		if _, err := pkpass.NewIdentity(&key, issued().Certificate); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: NewIdentity = %v", name, err)
		}
	}
}

func TestTLSCertificate(t *testing.T) {
	certificate := testIdentity(t).TLSCertificate()
	if len(certificate.Certificate) != 2 || !bytes.Equal(certificate.Certificate[0], issued().Certificate.Raw) ||
		!bytes.Equal(certificate.Certificate[1], issued().Intermediate.Raw) || certificate.PrivateKey != issued().Key {
		t.Error("the TLS certificate is not pass certificate, issuer and key")
	}
}

func TestIdentityDoesNotPrintItsKey(t *testing.T) {
	identity := testIdentity(t)
	secret := issued().Key.(*rsa.PrivateKey)
	digits := []string{secret.D.String(), secret.D.Text(16), secret.Primes[0].String(), secret.Primes[0].Text(16)}
	type holder struct{ identity pkpass.Identity }
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, identity, &identity, holder{identity})
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("loaded", "identity", identity, "holder", holder{identity})
	//lint:ignore SA9005 that nothing comes out is what is tested
	text, err := json.Marshal(identity)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	for _, secret := range digits {
		if strings.Contains(strings.ToLower(out.String()), secret) {
			t.Fatal("the key was printed")
		}
	}
	if got := fmt.Sprint(identity); !strings.Contains(got, passType) {
		t.Errorf("printed as %q, want its pass type", got)
	}
}

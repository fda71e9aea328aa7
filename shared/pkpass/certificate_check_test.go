package pkpass_test

import (
	"crypto/x509"
	"testing"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

func TestSubjectOf(t *testing.T) {
	got := pkpass.SubjectOf(issued().Certificate)
	want := pkpass.CertificateSubject{PassTypeIdentifier: passType, TeamIdentifier: team, Organization: "Throw-Away Team"}
	if got != want {
		t.Errorf("subject %+v, want %+v", got, want)
	}
	nfc := *issued().Certificate
	nfc.Subject.CommonName = "Pass Type ID with NFC: " + passType
	if !pkpass.SubjectOf(&nfc).NFC {
		t.Error("the entitlement for NFC was not seen")
	}
	if got := pkpass.SubjectOf(issue(t, devcerts.PassRequest{WithoutMarker: true}).Certificate); got.PassTypeIdentifier != "" {
		t.Errorf("a certificate without mark is for %q", got.PassTypeIdentifier)
	}
}

func TestCheckCertificate(t *testing.T) {
	for _, test := range []struct {
		name    string
		pass    devcerts.Pass
		without bool // the intermediate
		rules   []string
	}{
		{"good", issued(), false, nil},
		{"no intermediate", issued(), true, []string{"REJ-9"}},
		{"expired intermediate", issue(t, devcerts.PassRequest{IntermediateNotAfter: now.Add(-time.Second)}), false, []string{"REJ-9"}},
		{"expired", issue(t, devcerts.PassRequest{NotAfter: now.Add(-time.Second)}), false, []string{"CRT-4"}},
		{"not valid yet", issue(t, devcerts.PassRequest{NotBefore: now.Add(time.Second)}), false, []string{"CRT-4"}},
		{"not for passes", issue(t, devcerts.PassRequest{WithoutMarker: true}), false, []string{"SIG-13"}},
		{"short key", issue(t, devcerts.PassRequest{Key: newRSAKey(t, 1024)}), false, []string{"SIG-8"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			others := []*x509.Certificate{test.pass.Intermediate}
			if test.without {
				others = nil
			}
			wantRules(t, pkpass.CheckCertificate(test.pass.Certificate, others, now), test.rules...)
		})
	}
	t.Run("SIG-13 two pass types", func(t *testing.T) {
		c := *issued().Certificate
		c.Subject.Names = nil // no UID beside the extension
		wantRules(t, pkpass.CheckCertificate(&c, []*x509.Certificate{issued().Intermediate}, now), "SIG-13")
	})
	t.Run("SIG-13 not for signatures", func(t *testing.T) {
		pass := issued()
		c := *pass.Certificate
		c.KeyUsage = x509.KeyUsageKeyEncipherment
		wantRules(t, pkpass.CheckCertificate(&c, []*x509.Certificate{pass.Intermediate}, now), "SIG-13")
		c.KeyUsage = 0 // not said: for anything
		wantRules(t, pkpass.CheckCertificate(&c, []*x509.Certificate{pass.Intermediate}, now))
	})
	t.Run("CRT-6 ends soon", func(t *testing.T) {
		pass := issue(t, devcerts.PassRequest{NotAfter: now.Add(45*24*time.Hour - time.Second)})
		findings := pkpass.CheckCertificate(pass.Certificate, []*x509.Certificate{pass.Intermediate}, now)
		wantRules(t, findings)
		wantWarning(t, findings, "CRT-6")
	})
}

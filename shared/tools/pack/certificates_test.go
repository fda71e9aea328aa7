package main

import (
	"encoding/pem"
	"path/filepath"
	"testing"
	"time"

	"walletpasses.example/server/shared/tools/devcerts"
)

// Promise 6: neither a certificate that has expired nor a key that is out of reach keeps a function from starting, for the
// other pass types.
func TestPromise6_AFunctionStartsBesideACertificateThatCannotSign(t *testing.T) {
	const nowhere = "127.0.0.1:1" // where nobody listens
	for _, function := range []string{"regenerate", "personalize", "push"} {
		t.Run(function, func(t *testing.T) {
			p := &project{hosts: []string{"GOOGLE_APPLICATION_CREDENTIALS=" + filepath.Join(t.TempDir(), "missing")}}
			p.makeSettings(t, "my-project-123")
			p.settings["APNS_URL"] = "https://" + nowhere
			p.settings["APNS_KEY_FILE"], p.settings["APNS_KEY_ID"], p.settings["APNS_TEAM_ID"] = "", "", ""
			p.expire(t, "pass.com.example.ended")
			if function != "push" { // which opens no keys
				p.keepKeyInKMS(t, "pass.com.example.remote")
			}
			p.start(t, function)
		})
	}
}

// expire adds the certificate of a pass type, which has expired.
func (p *project) expire(t *testing.T, passType string) {
	t.Helper()
	text, err := issue(t, passType, time.Now().Add(-time.Hour)).PEM()
	check(t, err)
	writeTo(t, filepath.Join(p.settings["CERTIFICATES_DIR"], passType+".pem"), string(text))
}

// keepKeyInKMS adds the certificate of a pass type whose key is in Cloud KMS.
func (p *project) keepKeyInKMS(t *testing.T, passType string) {
	t.Helper()
	pass := issue(t, passType, time.Now().AddDate(1, 0, 0))
	text := "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1\n"
	for _, der := range [][]byte{pass.Certificate.Raw, pass.Intermediate.Raw} {
		text += string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	writeTo(t, filepath.Join(p.settings["CERTIFICATES_DIR"], passType+".pem"), text)
}

func issue(t *testing.T, passType string, notAfter time.Time) devcerts.Pass {
	t.Helper()
	authority, err := devcerts.New(time.Now())
	check(t, err)
	pass, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: team, NotAfter: notAfter})
	check(t, err)
	return pass
}

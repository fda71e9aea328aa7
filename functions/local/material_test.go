package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/tools/devcerts"
)

// Who starts local mode with a certificate that cannot sign hears of it at once, whatever is beside it.
func TestCertificatesThatCannotSignAreNamed(t *testing.T) {
	authority, err := devcerts.New(noon)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, notAfter := range map[string]time.Time{
		"pass.com.example.good": noon.AddDate(1, 0, 0), "pass.com.example.ended": noon.Add(-time.Hour), "pass.com.example.ends": noon.Add(time.Hour),
	} {
		pass, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: name, TeamIdentifier: "TEAMID1234", NotAfter: notAfter})
		if err != nil {
			t.Fatal(err)
		}
		text, err := pass.PEM()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".pem"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err = openMaterial(dir, noon)
	if err == nil {
		t.Fatal("no error")
	}
	for want, named := range map[string]bool{
		"pass.com.example.good: ": false, "pass.com.example.ended: certificate": true, "expired at": true,
		"pass.com.example.ends: certificate": true, "expires in 1h0m0s": true,
	} {
		if strings.Contains(err.Error(), want) != named {
			t.Errorf("%q named %v: %v", want, !named, err)
		}
	}
}

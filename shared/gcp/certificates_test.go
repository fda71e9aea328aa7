package gcp_test

import (
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/shared/gcp"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
)

const passType, team = "pass.com.example.loyalty", "TEAMID1234"

// certificate is a pass certificate with its key, as PEM.
var certificate = sync.OnceValues(func() ([]byte, error) {
	return issue(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: team})
})

func issue(request devcerts.PassRequest) ([]byte, error) {
	authority, err := devcerts.New(time.Now())
	if err != nil {
		return nil, err
	}
	pass, err := authority.IssuePass(request)
	if err != nil {
		return nil, err
	}
	return pass.PEM()
}

// certificateIn puts the certificate into a folder under a name.
func certificateIn(t *testing.T, folder, name string) {
	t.Helper()
	pem, err := certificate()
	check(t, err)
	write(t, folder, name, string(pem))
}

func readIdentities(e *gcp.Environment) map[string]pkpass.Identity {
	return gcp.Certificates(e, func(folder fs.FS) (map[string]pkpass.Identity, error) {
		return pkpass.ReadIdentities(folder)
	})
}

func TestACertificateThatDoesNotFitItsPassTypeIsNamed(t *testing.T) {
	fits, misfits := complete(t), complete(t)
	certificateIn(t, fits["CERTIFICATES_DIR"], passType+".pem")
	certificateIn(t, misfits["CERTIFICATES_DIR"], "pass.com.example.tickets.pem")

	e := environment(fits)
	if identity, ok := readIdentities(e)[passType]; !ok || identity.TeamIdentifier() != team || e.Err() != nil {
		t.Errorf("what fits: %v", e.Err())
	}
	for name, read := range map[string]func(*gcp.Environment){
		"for signing":  func(e *gcp.Environment) { readIdentities(e) },
		"for its team": func(e *gcp.Environment) { gcp.Certificates(e, pkpass.ReadTeams) },
	} {
		e := environment(misfits)
		read(e)
		for _, want := range []string{"CERTIFICATES_DIR", "pass.com.example.tickets.pem"} {
			if err := e.Err(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
		}
	}
}

func TestCertificates(t *testing.T) {
	variables := complete(t)
	write(t, variables["CERTIFICATES_DIR"], "pass.com.example.pem", "a certificate")
	e := environment(variables)
	got := gcp.Certificates(e, func(folder fs.FS) (string, error) {
		data, err := fs.ReadFile(folder, "pass.com.example.pem")
		return string(data), err
	})
	if got != "a certificate" || e.Err() != nil {
		t.Errorf("%q, %v", got, e.Err())
	}
	expired := errors.New("pass.com.example.pem: expired")
	got = gcp.Certificates(e, func(fs.FS) (string, error) { return "half", expired })
	if err := e.Err(); got != "" || !errors.Is(err, expired) || !strings.Contains(err.Error(), "CERTIFICATES_DIR") {
		t.Errorf("%q, %v", got, err)
	}
}

package push

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

// Promise 6: a certificate that has expired halts its own topic.
func TestPromise6_AnExpiredCertificateHaltsItsTopic(t *testing.T) {
	const good, ended = "pass.com.example.good", "pass.com.example.ended"
	server, err := apnstest.Start(apnstest.Options{})
	check(t, err)
	defer server.Close()
	authority, err := devcerts.New(time.Now())
	check(t, err)
	folder := t.TempDir()
	for passType, notAfter := range map[string]time.Time{good: time.Now().AddDate(1, 0, 0), ended: time.Now().Add(-time.Hour)} {
		pass, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: "TEAMID1234", NotAfter: notAfter})
		check(t, err)
		text, err := pass.PEM()
		check(t, err)
		check(t, os.WriteFile(filepath.Join(folder, passType+".pem"), text, 0o600))
	}
	topics, err := certificateClients(os.DirFS(folder), server.URL())
	check(t, err)
	defer topics.Close()
	token := wallet.NewPushToken("a1b2c3d4")
	if answer := topics.Push(t.Context(), token, ended); answer.Verdict != apns.Halt || !strings.Contains(answer.String(), "certificate has expired") {
		t.Errorf("the one that has expired: %v", answer)
	}
	if answer := topics.Push(t.Context(), token, good); answer.Verdict != apns.Taken {
		t.Errorf("the other: %v", answer)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package apns_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/wallet"
)

// TestBadCertificates: what APNs could only refuse is refused at the start (P-23).
func TestBadCertificates(t *testing.T) {
	root := newAuthority(t)
	good := root.issue(t, nil)
	for name, certificate := range map[string]*tls.Certificate{
		"none":          {},
		"not DER":       {Certificate: [][]byte{[]byte("x")}, PrivateKey: good.PrivateKey},
		"without key":   {Certificate: good.Certificate},
		"another's key": {Certificate: good.Certificate, PrivateKey: newKey(t)},
		"server only":   root.issue(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }),
		"without UID":   root.issue(t, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "Pass Type ID"} }),
		"of an app":     root.issue(t, func(c *x509.Certificate) { c.Subject = passSubject("com.example.app") }),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := apns.NewCertificateClient("", *certificate, apns.Options{}); err == nil {
				t.Error("no error")
			}
		})
	}
	client, err := apns.NewCertificateClient("", *good, apns.Options{})
	if err != nil {
		t.Fatalf("a good certificate: %v", err)
	}
	client.Close()
}

// TestDatesOfACertificate: CRT-4. They are looked at with each push, and stop those of the topic alone.
func TestDatesOfACertificate(t *testing.T) {
	server := startServer(t, apnstest.Options{})
	root, at := newAuthority(t), time.Now()
	certificate := root.issue(t, nil)
	client, err := apns.NewCertificateClient(server.URL(), *certificate, apns.Options{Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, moment := range []struct {
		name  string
		after time.Duration
		want  apns.Verdict
		says  string
	}{
		{"not yet valid", -2 * time.Hour, apns.Halt, "the certificate is not valid before"},
		{"valid", time.Hour, apns.Taken, ""},
		{"expired", 26 * time.Hour, apns.Halt, "the certificate has expired"},
	} {
		at = time.Now().Add(moment.after)
		if answer := push(t, client); answer.Verdict != moment.want || !strings.Contains(answer.String(), moment.says) {
			t.Errorf("%s: %v", moment.name, answer)
		}
	}
	if got := len(server.Pushes()); got != 1 {
		t.Errorf("%d requests, want one", got)
	}
}

func TestAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		"":                                   true,
		apns.Production:                      true,
		apns.Production + ":2197":            true,
		"http://127.0.0.1:1/":                true,
		"https://api.sandbox.push.apple.com": false, // P-24
		"https://api.development.push.apple.com:443": false,
		"ftp://example.com":                          false,
		"https://":                                   false,
		"https://example.com/3":                      false,
		"api.push.apple.com":                         false,
		"https://exa mple.com\x00":                   false,
	} {
		client, err := apns.NewTokenClient(address, newKey(t), keyID, teamID, apns.Options{})
		if (err == nil) != ok {
			t.Errorf("%q: error %v, want ok %v", address, err, ok)
		}
		if err == nil {
			client.Close()
		}
	}
}

// TestForeignTopic: P-23. No push leaves with the credential of another pass type, whichever way it is asked for.
func TestForeignTopic(t *testing.T) {
	root := newAuthority(t)
	server := startServer(t, apnstest.Options{Certificate: root.issue(t, nil), ClientCAs: root.pool()})
	client, err := apns.NewCertificateClient(server.URL(), *root.issue(t, nil), apns.Options{RootCAs: root.pool()})
	if err != nil {
		t.Fatal(err)
	}
	topics := apns.Topics{topic: client, "pass.com.example.misrouted": client}
	defer topics.Close()
	token := wallet.NewPushToken(device)
	for _, foreign := range []string{"pass.com.example.unknown", "pass.com.example.misrouted", ""} {
		if answer := topics.Push(t.Context(), token, foreign); answer.Verdict != apns.Halt || answer.Err == nil {
			t.Errorf("topic %q: %v, want halt", foreign, answer)
		}
	}
	if got := len(server.Pushes()); got != 0 {
		t.Errorf("%d requests, want none", got)
	}
	if answer := topics.Push(t.Context(), token, topic); answer.Verdict != apns.Taken {
		t.Errorf("its own topic: %v, want taken", answer)
	}
}

// TestTLSTrouble: a certificate that one side refuses stays refused: stop and alarm (4.5), and keep tokens.
func TestTLSTrouble(t *testing.T) {
	root, stranger := newAuthority(t), newAuthority(t)
	certificate := root.issue(t, nil)
	for name, test := range map[string]struct {
		server  apnstest.Options
		client  *tls.Certificate
		trusted *x509.CertPool
	}{
		"client of a stranger": {apnstest.Options{ClientCAs: root.pool()}, stranger.issue(t, nil), root.pool()},
		"client has expired": {
			apnstest.Options{ClientCAs: root.pool(), Now: func() time.Time { return time.Now().Add(48 * time.Hour) }},
			certificate, root.pool(),
		},
		"server of a stranger": {apnstest.Options{ClientCAs: root.pool()}, certificate, stranger.pool()},
	} {
		t.Run(name, func(t *testing.T) {
			test.server.Certificate = certificate
			server := startServer(t, test.server)
			client, err := apns.NewCertificateClient(server.URL(), *test.client,
				apns.Options{RootCAs: test.trusted, Wait: new(pauses).wait})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			untilHalt(t, client)
		})
	}
	t.Run("no certificate where one is required", func(t *testing.T) {
		server := startServer(t, apnstest.Options{Certificate: certificate, ClientCAs: root.pool()})
		client := newTokenClient(t, server.URL(), apns.Options{RootCAs: root.pool(), Wait: new(pauses).wait})
		untilHalt(t, client)
	})
}

// untilHalt pushes until the alert has been seen. In TLS 1.3 it follows the handshake, and where there is no distance to
// the server, the end of the connection can be noticed first: then the answer is later.
func untilHalt(t *testing.T, client *apns.Client) {
	t.Helper()
	for range 50 {
		switch answer := push(t, client); {
		case answer.Verdict == apns.Halt && answer.Err != nil:
			return
		case answer.Verdict != apns.Later:
			t.Fatalf("answer %v, want halt", answer)
		}
	}
	t.Error("50 times later, want halt")
}

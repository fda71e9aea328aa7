package apns_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/apns/apnstest"
)

// A clock that a test sets by hand. The zero clock stands at noon.
type clock struct{ since atomic.Int64 }

func (c *clock) now() time.Time          { return noon.Add(time.Duration(c.since.Load())) }
func (c *clock) set(after time.Duration) { c.since.Store(int64(after)) }

// startTokenServer starts a server that believes only key; its clock is ahead of the test's by skew.
func startTokenServer(t *testing.T, key *ecdsa.PrivateKey, c *clock, skew time.Duration) *apnstest.Server {
	t.Helper()
	return startServer(t, apnstest.Options{
		ProviderKeys: map[string]apnstest.ProviderKey{keyID: {TeamID: teamID, Public: &key.PublicKey}},
		Now:          func() time.Time { return c.now().Add(skew) },
	})
}

func newClientWithKey(t *testing.T, url string, key *ecdsa.PrivateKey, c *clock) *apns.Client {
	t.Helper()
	client, err := apns.NewTokenClient(url, key, keyID, teamID, apns.Options{Now: c.now, Wait: new(pauses).wait})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// issuedAt reads the iat of the token in a push.
func issuedAt(t *testing.T, p apnstest.Push) time.Time {
	t.Helper()
	segments := strings.Split(strings.TrimPrefix(p.Authorization, "bearer "), ".")
	if len(segments) != 3 {
		t.Fatalf("authorization %q is no token", p.Authorization)
	}
	text, err := base64.RawURLEncoding.DecodeString(segments[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Iat int64 }
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	return time.Unix(claims.Iat, 0)
}

// slot is the start of the token slot that noon lies in.
var slot = noon.Truncate(50 * time.Minute)

// TestProviderToken_SameEverywhere: P-28. Every client of a key sends the same bytes for 50 minutes, and then others.
func TestProviderToken_SameEverywhere(t *testing.T) {
	key, now := newKey(t), new(clock)
	server := startTokenServer(t, key, now, 0)
	start := slot.Sub(noon)
	first, second := newClientWithKey(t, server.URL(), key, now), newClientWithKey(t, server.URL(), key, now)
	for i, moment := range []time.Duration{start, start + 17*time.Minute, start + 50*time.Minute - 1, start + 50*time.Minute} {
		now.set(moment)
		restarted := newClientWithKey(t, server.URL(), key, now)
		for _, client := range []*apns.Client{first, second, restarted} {
			allTaken(t, []apns.Answer{push(t, client)})
		}
		pushes := server.Pushes()[3*i:]
		if pushes[0].Authorization != pushes[1].Authorization || pushes[1].Authorization != pushes[2].Authorization {
			t.Errorf("clients send different tokens at %v", now.now())
		}
		if at := issuedAt(t, pushes[0]); !at.Equal(now.now().Truncate(50 * time.Minute)) {
			t.Errorf("issued at %v, want the start of the slot", at)
		}
	}
	pushes := server.Pushes()
	if pushes[0].Authorization != pushes[8].Authorization || pushes[8].Authorization == pushes[9].Authorization {
		t.Error("the token must be the same through a slot and change with the next")
	}
}

// TestProviderToken_Expired: a token that APNs calls expired is renewed and the push sent again, once.
func TestProviderToken_Expired(t *testing.T) {
	for _, test := range []struct {
		name    string
		age     time.Duration // into the slot
		skew    time.Duration // of the server's clock
		verdict apns.Verdict
		sent    []time.Duration // into the slot: when the tokens of the attempts were issued
	}{
		{"renewed in the middle of the slot", 46 * time.Minute, 15 * time.Minute, apns.Taken, []time.Duration{0, 25 * time.Minute}},
		{"too young to be renewed", 24 * time.Minute, 40 * time.Minute, apns.Halt, []time.Duration{0}},
		{"renewed only once", 46 * time.Minute, 50 * time.Minute, apns.Halt, []time.Duration{0, 25 * time.Minute}},
	} {
		t.Run(test.name, func(t *testing.T) {
			key, now := newKey(t), new(clock)
			now.set(slot.Add(test.age).Sub(noon))
			server := startTokenServer(t, key, now, test.skew)
			answer := push(t, newClientWithKey(t, server.URL(), key, now))
			if answer.Verdict != test.verdict {
				t.Errorf("answer %v, want %v", answer, test.verdict)
			}
			if answer.Verdict == apns.Halt && answer.Reason != "ExpiredProviderToken" {
				t.Errorf("answer %v, want ExpiredProviderToken", answer)
			}
			pushes := server.Pushes()
			if len(pushes) != len(test.sent) {
				t.Fatalf("%d attempts, want %d", len(pushes), len(test.sent))
			}
			for i, p := range pushes {
				if at := issuedAt(t, p); !at.Equal(slot.Add(test.sent[i])) {
					t.Errorf("attempt %d with a token of %v, want %v", i+1, at, slot.Add(test.sent[i]))
				}
			}
			oneID(t, pushes, answer.ID)
		})
	}
}

// TestProviderToken_RenewedTogether: many pushes that meet an expired token make one new token between them.
func TestProviderToken_RenewedTogether(t *testing.T) {
	key, now := newKey(t), new(clock)
	now.set(slot.Add(46 * time.Minute).Sub(noon))
	server := startTokenServer(t, key, now, 15*time.Minute)
	allTaken(t, pushMany(t.Context(), newClientWithKey(t, server.URL(), key, now), 100))
	tokens := make(map[string]bool)
	for _, p := range server.Pushes() {
		tokens[p.Authorization] = true
	}
	if len(tokens) != 2 {
		t.Errorf("%d different tokens, want the expired one and one more", len(tokens))
	}
}

// TestProviderToken_NotTooOften: two tokens are never issued within 20 minutes of each other, renewals included.
func TestProviderToken_NotTooOften(t *testing.T) {
	key, now := newKey(t), new(clock)
	server := startTokenServer(t, key, now, 20*time.Minute)
	client := newClientWithKey(t, server.URL(), key, now)
	var last time.Time
	for minute := range 5 * 60 {
		now.set(time.Duration(minute) * time.Minute)
		allTaken(t, []apns.Answer{push(t, client)})
		pushes := server.Pushes()
		at := issuedAt(t, pushes[len(pushes)-1])
		if !at.Equal(last) && at.Sub(last) < 20*time.Minute {
			t.Fatalf("a token of %v after one of %v", at, last)
		}
		last = at
	}
}

// TestBadKeys: a key that could never sign a good token is refused before the first push.
func TestBadKeys(t *testing.T) {
	wrongCurve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := newKey(t)
	for name, test := range map[string]struct {
		key           *ecdsa.PrivateKey
		keyID, teamID string
	}{
		"no key":      {nil, keyID, teamID},
		"empty key":   {new(ecdsa.PrivateKey), keyID, teamID},
		"wrong curve": {wrongCurve, keyID, teamID},
		"no key id":   {good, "", teamID},
		"bad team":    {good, keyID, "TEAM"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := apns.NewTokenClient("", test.key, test.keyID, test.teamID, apns.Options{}); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestParseKey(t *testing.T) {
	key := newKey(t)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p8 := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if parsed, err := apns.ParseKey(p8); err != nil || !parsed.Equal(key) {
		t.Errorf("ParseKey: %v, %v", parsed != nil, err)
	}
	for _, text := range []string{"", "secret text", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der[1:]}))} {
		if _, err := apns.ParseKey([]byte(text)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("ParseKey of no key: %v", err)
		}
	}
}

// TestNoProviderTokenWithCertificate: a connection proves itself in one way (4.3).
func TestNoProviderTokenWithCertificate(t *testing.T) {
	root := newAuthority(t)
	server := startServer(t, apnstest.Options{Certificate: root.issue(t, nil), ClientCAs: root.pool()})
	client, err := apns.NewCertificateClient(server.URL(), *root.issue(t, nil), apns.Options{RootCAs: root.pool()})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	answer := push(t, client)
	if answer.Status != http.StatusOK {
		t.Fatalf("answer %v, want taken", answer)
	}
	if got := server.Pushes()[0].Authorization; got != "" {
		t.Errorf("authorization %q, want none", got)
	}
}

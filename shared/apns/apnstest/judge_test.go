package apnstest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns/apnstest"
)

const (
	topic = "pass.com.example.loyalty"
	token = "a1b2c3d4"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

func start(t *testing.T, o apnstest.Options) *apnstest.Server {
	t.Helper()
	o.Now = atNoon
	s, err := apnstest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// clearText is an HTTP/2 client without TLS, which sends what it is told to.
func clearText(t *testing.T) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// goodPush is a request that the server takes.
func goodPush(t *testing.T, s *apnstest.Server) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/3/device/"+token, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("apns-id", "123e4567-e89b-12d3-a456-426655440000")
	r.Header.Set("apns-topic", topic)
	r.Header.Set("apns-push-type", "background")
	r.Header.Set("apns-priority", "5")
	r.Header.Set("apns-expiration", unix(24*time.Hour))
	return r
}

func unix(after time.Duration) string { return strconv.FormatInt(noon.Add(after).Unix(), 10) }

// ask sends the request and returns the status and reason of the answer.
func ask(t *testing.T, client *http.Client, r *http.Request) (int, string) {
	t.Helper()
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Reason string }
	if len(body) > 0 {
		if err := json.Unmarshal(body, &answer); err != nil {
			t.Fatalf("answer %q: %v", body, err)
		}
	}
	return response.StatusCode, answer.Reason
}

func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del(name)
		for _, value := range values {
			r.Header.Add(name, value)
		}
	}
}

func path(escaped string) func(*http.Request) {
	return func(r *http.Request) { r.URL.Opaque = "//" + r.URL.Host + escaped }
}

func body(text string) func(*http.Request) {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	}
}

// TestJudge: everything that APNs refuses, and all that passes need beyond it, is refused by its name.
func TestJudge(t *testing.T) {
	server := start(t, apnstest.Options{Topics: []string{topic}})
	client := clearText(t)
	for i, test := range []struct {
		change func(*http.Request)
		status int
		reason string
	}{
		{func(*http.Request) {}, 200, ""},
		{func(r *http.Request) { r.Method = http.MethodPut }, 405, "MethodNotAllowed"},
		{path("/3/devices/" + token), 404, "BadPath"},
		{path("/3/device/" + token + "/x"), 404, "BadPath"},
		{path("/3/device/"), 400, "MissingDeviceToken"},
		{path("/3/device/xyz"), 400, "BadDeviceToken"},
		{path("/3/device/abc"), 400, "BadDeviceToken"},
		{header("apns-id"), 400, "BadMessageId"},
		{header("apns-id", "123E4567-E89B-12D3-A456-426655440000"), 400, "BadMessageId"},
		{header("apns-id", "1"), 400, "BadMessageId"},
		{header("apns-topic", topic, topic), 400, "DuplicateHeaders"},
		{header("apns-collapse-id", strings.Repeat("x", 64)), 200, ""},
		{header("apns-collapse-id", strings.Repeat("x", 65)), 400, "BadCollapseId"},
		{header("apns-topic"), 400, "MissingTopic"},
		{header("apns-topic", "com.example.app"), 400, "BadTopic"},
		{header("apns-topic", "pass.com.example.other"), 400, "TopicDisallowed"},
		{header("apns-push-type"), 400, "InvalidPushType"},
		{header("apns-push-type", "loud"), 400, "InvalidPushType"},
		{header("apns-push-type", "alert"), 200, ""},
		{header("apns-priority"), 400, "BadPriority"},
		{header("apns-priority", "7"), 400, "BadPriority"},
		{header("apns-priority", "10"), 400, "BadPriority"}, // with background
		{header("apns-expiration"), 400, "BadExpirationDate"},
		{header("apns-expiration", "0"), 400, "BadExpirationDate"},
		{header("apns-expiration", "300"), 400, "BadExpirationDate"}, // 300 s after 1970
		{header("apns-expiration", unix(-time.Second)), 400, "BadExpirationDate"},
		{header("apns-expiration", unix(30*24*time.Hour)), 200, ""},
		{header("apns-expiration", unix(31*24*time.Hour)), 400, "BadExpirationDate"},
		{body(""), 400, "PayloadEmpty"},
		{body("no JSON"), 400, "PayloadEmpty"},
		{body(`{"a":"` + strings.Repeat("x", 4096) + `"}`), 413, "PayloadTooLarge"},
	} {
		t.Run(fmt.Sprintf("%d %d %s", i, test.status, test.reason), func(t *testing.T) {
			r := goodPush(t, server)
			test.change(r)
			if status, reason := ask(t, client, r); status != test.status || reason != test.reason {
				t.Errorf("%d %q, want %d %q", status, reason, test.status, test.reason)
			}
			pushes := server.Pushes()
			if last := pushes[len(pushes)-1]; len(pushes) != i+1 || last.Status != test.status || last.Reason != test.reason {
				t.Errorf("history says %+v", last)
			}
		})
	}
}

// TestOnlyHTTP2: APNs speaks nothing else.
func TestOnlyHTTP2(t *testing.T) {
	server := start(t, apnstest.Options{})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(goodPush(t, server))
	if err == nil {
		response.Body.Close()
		if response.StatusCode < 400 {
			t.Errorf("HTTP/1.1 was answered %d", response.StatusCode)
		}
	}
	if n := len(server.Pushes()); n != 0 {
		t.Errorf("%d pushes in the history, want none", n)
	}
}

// jwt makes a provider token; its signature is randomised, so no two are the same.
func jwt(t *testing.T, key *ecdsa.PrivateKey, algorithm, keyID, teamID string, issuedAt time.Time) string {
	t.Helper()
	segment := func(format string, args ...any) string {
		return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, format, args...))
	}
	signed := segment(`{"alg":%q,"kid":%q}`, algorithm, keyID) + "." + segment(`{"iss":%q,"iat":%d}`, teamID, issuedAt.Unix())
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return "bearer " + signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestProviderTokens(t *testing.T) {
	newKey := func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	key, stranger := newKey(), newKey()
	keys := map[string]apnstest.ProviderKey{"KEYID12345": {TeamID: "TEAMID1234", Public: &key.PublicKey}}
	good := func(key *ecdsa.PrivateKey, age time.Duration) string {
		return jwt(t, key, "ES256", "KEYID12345", "TEAMID1234", noon.Add(-age))
	}
	first := good(key, 40*time.Minute)
	for name, test := range map[string]struct {
		sent   []string // one after the other; the last one's answer counts
		status int
		reason string
	}{
		"good":               {[]string{first}, 200, ""},
		"same again":         {[]string{first, first}, 200, ""},
		"20 minutes newer":   {[]string{first, good(key, 20*time.Minute)}, 200, ""},
		"older still in use": {[]string{first, good(key, 20*time.Minute), first}, 200, ""},
		"19 minutes newer":   {[]string{first, good(key, 21*time.Minute)}, 429, "TooManyProviderTokenUpdates"},
		"signed anew":        {[]string{first, good(key, 40*time.Minute)}, 429, "TooManyProviderTokenUpdates"},
		"61 minutes old":     {[]string{good(key, 61*time.Minute)}, 403, "ExpiredProviderToken"},
		"of the future":      {[]string{good(key, -6*time.Minute)}, 403, "InvalidProviderToken"},
		"of another key":     {[]string{good(stranger, 0)}, 403, "InvalidProviderToken"},
		"unknown key id":     {[]string{jwt(t, key, "ES256", "OTHER12345", "TEAMID1234", noon)}, 403, "InvalidProviderToken"},
		"of another team":    {[]string{jwt(t, key, "ES256", "KEYID12345", "OTHER12345", noon)}, 403, "InvalidProviderToken"},
		"other algorithm":    {[]string{jwt(t, key, "none", "KEYID12345", "TEAMID1234", noon)}, 403, "InvalidProviderToken"},
		"other scheme":       {[]string{strings.Replace(first, "bearer", "basic", 1)}, 403, "InvalidProviderToken"},
		"empty":              {[]string{"bearer "}, 403, "InvalidProviderToken"},
		"no JSON":            {[]string{"bearer a.b.c"}, 403, "InvalidProviderToken"},
		"missing":            {[]string{""}, 403, "MissingProviderToken"},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, apnstest.Options{ProviderKeys: keys})
			client := clearText(t)
			var status int
			var reason string
			for _, authorization := range test.sent {
				r := goodPush(t, server)
				r.Header.Set("Authorization", authorization)
				status, reason = ask(t, client, r)
			}
			if status != test.status || reason != test.reason {
				t.Errorf("%d %q, want %d %q", status, reason, test.status, test.reason)
			}
		})
	}
}

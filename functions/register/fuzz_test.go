package register_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/register"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// Whatever a holder of the pass sends, it is registered with a push token that the body has, and announced, or it is refused
// and leaves nothing. The log shows neither a push token nor a device.
func FuzzRegister(f *testing.F) {
	const (
		secret = "c0ffee5ec7e7"
		device = "d0e5-n0t-pr1nt"
	)
	for _, seed := range [][3]string{
		{"", `{"pushToken":"`, `"}`}, {"-1", `{"pushToken":"`, `","pushToken":""}`}, {"", `{"pushToken":"`, `"}{}`}, {"%2F", `{"PUSHTOKEN":"\u0030`, `"}`},
		{"/..", `{"pushToken":["`, `"]}`}, {"%00", `{"`, `":1}`}, {"%zz", `["`, `"]`}, {"__", `{"pushToken":"\ud800`, `"}`}, {"ä", "", "\xff"},
		{strings.Repeat("x", 128), `{"pushToken":1,"`, `":` + strings.Repeat("[", 200)}, {"", `{"pushToken":"`, strings.Repeat("a", 8<<10) + `"}`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, name, before, after string) {
		u, err := url.ParseRequestURI("/v1/devices/" + device + name + "/registrations/" + card.PassTypeIdentifier + "/" + card.SerialNumber)
		if err != nil {
			return // net/http answers these itself
		}
		body := before + secret + after
		var log bytes.Buffer
		announced := &told{}
		store := inmem.NewStore()
		ask := func() *httptest.ResponseRecorder { return send(t, store, announced, &log, u, body) }
		answer := ask()
		tokens := registeredTokens(t, store)
		if registered := answer.Code == http.StatusCreated; registered != (len(tokens) == 1) || registered != (len(announced.devices) == 1) {
			t.Fatalf("%s %q: %d, %d registrations, %d announcements", u, body, answer.Code, len(tokens), len(announced.devices))
		}
		switch answer.Code {
		case http.StatusCreated:
			if len(body) > 8<<10 || !says(body, tokens[0]) {
				t.Errorf("%q registers %q", body, tokens[0])
			}
			if !strings.HasPrefix(announced.devices[0], device) {
				t.Errorf("%s announces %q", u, announced.devices[0])
			}
			if again := ask(); again.Code != http.StatusOK {
				t.Errorf("%s %q: again %d", u, body, again.Code)
			}
		case http.StatusBadRequest:
		case http.StatusRequestEntityTooLarge:
			if len(body) <= 8<<10 {
				t.Errorf("%d bytes are too large", len(body))
			}
		case http.StatusNotFound: // the name has a slash, so the path is another
			if !strings.ContainsAny(name, "/?#%") {
				t.Errorf("%s: 404", u)
			}
		default:
			t.Errorf("%s %q: %d", u, body, answer.Code)
		}
		if answer.Body.Len() != 0 || strings.Contains(log.String(), secret) || strings.Contains(log.String(), device) {
			t.Errorf("%s %q: body %q, log %s", u, body, answer.Body, &log)
		}
	})
}

// told keeps the devices that are announced.
type told struct{ devices []string }

func (a *told) PassPackaged(_ context.Context, e wallet.PassPackaged) error {
	a.devices = append(a.devices, string(e.DeviceLibraryIdentifier))
	return nil
}

// send is a request with the token of the pass.
func send(t *testing.T, store *inmem.Store, events register.Events, log *bytes.Buffer, u *url.URL, body string) *httptest.ResponseRecorder {
	t.Helper()
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	if err != nil {
		t.Fatal(err)
	}
	token, err := keys.AuthenticationToken(1, card)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(body))
	r.URL = u
	r.Header.Set("Authorization", "ApplePass "+token.Reveal())
	auth := webservice.Authenticator{Keys: keys, Packages: store}
	answer := httptest.NewRecorder()
	webservice.NewRouter(slog.New(slog.NewJSONHandler(log, nil))).
		Handle(webservice.RegisterDevice, register.New(store, events, auth, func() time.Time { return noon })).ServeHTTP(answer, r)
	return answer
}

// registeredTokens returns the push token of every device that has registered the pass.
func registeredTokens(t *testing.T, store *inmem.Store) (tokens []string) {
	t.Helper()
	for d, err := range store.RegisteredDevices(t.Context(), card, wallet.Shard{}) {
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, d.PushToken.Reveal())
	}
	return tokens
}

// says reports that a body is a JSON object with a member pushToken, in whatever case, of this text.
func says(body, token string) bool {
	decoder := json.NewDecoder(strings.NewReader(body))
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') || !json.Valid([]byte(body)) {
		return false
	}
	for decoder.More() {
		name, _ := decoder.Token() // valid, as was seen
		var value any
		if decoder.Decode(&value) == nil && strings.EqualFold(name.(string), "pushToken") && value == token {
			return token != ""
		}
	}
	return false
}

package webservice_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

var (
	card     = wallet.PassID{PassTypeIdentifier: "pass.com.example", SerialNumber: "card-1"}
	imported = wallet.PassID{PassTypeIdentifier: "pass.com.example", SerialNumber: "imported-1"}
)

const importedToken = "a+token/of~another-system=="

func tokenKeys(t testing.TB) wallet.TokenKeys {
	t.Helper()
	keys, err := wallet.NewTokenKeys(2, map[int][]byte{1: []byte(strings.Repeat("a", 32)), 2: []byte(strings.Repeat("b", 32))})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func derived(t testing.TB, version int, id wallet.PassID) string {
	t.Helper()
	token, err := tokenKeys(t).AuthenticationToken(version, id)
	if err != nil {
		t.Fatal(err)
	}
	return token.Reveal()
}

// readCounter is the records of one imported pass; it counts its readers.
type readCounter struct {
	reads int
	err   error
}

func (c *readCounter) CurrentPackage(_ context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	c.reads++
	pkg := wallet.CurrentPackage{ID: id}
	if id == imported {
		pkg.AuthenticationToken = wallet.NewAuthenticationToken(importedToken)
	}
	return pkg, c.err
}

// named returns a request whose path names the pass.
func named(id wallet.PassID, authorization string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.SetPathValue("passTypeIdentifier", id.PassTypeIdentifier)
	r.SetPathValue("serialNumber", id.SerialNumber)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return r
}

func TestAuthorize(t *testing.T) { // WS-4, WS-REG-9, WS-GET-1, promise 3
	good := derived(t, 2, card)
	foreign := derived(t, 2, wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "card-2"})
	other := derived(t, 2, wallet.PassID{PassTypeIdentifier: "pass.com.other", SerialNumber: card.SerialNumber})
	for _, c := range []struct {
		name          string
		id            wallet.PassID
		authorization string
		ok            bool
		reads         int
	}{
		{"the pass's token", card, "ApplePass " + good, true, 0},
		{"of an older key", card, "ApplePass " + derived(t, 1, card), true, 0},
		{"the scheme in another case", card, "aPPLEpASS " + good, true, 0},
		{"more spaces", card, "ApplePass    " + good + "  ", true, 0},
		{"an imported token", imported, "ApplePass " + importedToken, true, 1},
		{"an imported pass with a derived token", imported, "ApplePass " + derived(t, 2, imported), true, 0},

		{"no header", card, "", false, 0},
		{"no token", card, "ApplePass ", false, 0},
		{"only the scheme", card, "ApplePass", false, 0},
		{"another scheme", card, "Bearer " + good, false, 0},
		{"no scheme", card, good, false, 0},
		{"the token twice", card, "ApplePass " + good + " " + good, false, 1},
		{"far too long", card, "ApplePass " + strings.Repeat("x", 513), false, 0},
		{"another pass's token", card, "ApplePass " + foreign, false, 0},
		{"another pass type's token", card, "ApplePass " + other, false, 0},
		{"one letter changed", card, "ApplePass " + flip(good), false, 0},
		{"a key version that there is not", card, "ApplePass 3" + good[1:], false, 0},
		{"an unknown pass, derived form", wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "nobody"}, "ApplePass " + good, false, 0},
		{"an unknown pass, another form", wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "nobody"}, "ApplePass " + importedToken, false, 1},
		{"another form, but the pass has none", card, "ApplePass " + importedToken, false, 1},
		{"not quite the imported token", imported, "ApplePass " + importedToken + "x", false, 1},
		{"the imported token's beginning", imported, "ApplePass " + importedToken[:20], false, 1},
		{"a pass type that can be none", wallet.PassID{PassTypeIdentifier: "com.example", SerialNumber: "card-1"}, "ApplePass " + importedToken, false, 0},
		{"a serial number that can be none", wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "a/b"}, "ApplePass " + importedToken, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			packages := &readCounter{}
			id, err := webservice.Authenticator{Keys: tokenKeys(t), Packages: packages}.Authorize(named(c.id, c.authorization))
			if c.ok && (err != nil || id != c.id) {
				t.Errorf("refused: %v, %v", id, err)
			}
			// One and the same error: what it is refused for cannot be told from outside, nor from the log.
			if !c.ok && err != wallet.ErrUnauthorized {
				t.Errorf("%v", err)
			}
			if packages.reads != c.reads {
				t.Errorf("%d reads, want %d", packages.reads, c.reads)
			}
		})
	}
}

// flip changes the last letter of a token into another one of its alphabet.
func flip(token string) string {
	last := byte('A')
	if token[len(token)-1] == last {
		last = 'E'
	}
	return token[:len(token)-1] + string(last)
}

func TestAuthorizeCannotReadTheRecord(t *testing.T) {
	broken := errors.New("Firestore is away")
	auth := webservice.Authenticator{Keys: tokenKeys(t), Packages: &readCounter{err: broken}}
	if _, err := auth.Authorize(named(imported, "ApplePass "+importedToken)); !errors.Is(err, broken) || errors.Is(err, wallet.ErrUnauthorized) {
		t.Errorf("%v: an outage must not look like a wrong token, or devices lock themselves out", err)
	}
}

func TestDeviceID(t *testing.T) {
	for device, ok := range map[string]bool{
		"0123456789abcdef": true, strings.Repeat("x", 128): true, strings.Repeat("x", 129): false, "": false, "..": false, "__x__": false, "a/b": false,
	} {
		r := named(card, "")
		r.SetPathValue("deviceLibraryIdentifier", device)
		id, err := webservice.DeviceID(r)
		if ok != (err == nil) || !ok && !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%q: %v", device, err)
		}
		if string(id.DeviceLibraryIdentifier) != device || id.PassTypeIdentifier != card.PassTypeIdentifier {
			t.Errorf("%q: read as %#v", device, id)
		}
	}
}

func TestPushToken(t *testing.T) { // WS-7, WS-REG-8
	long := strings.Repeat("f0", 2000)
	for _, c := range []struct {
		name, body, want string
		kind             error
	}{
		{"as devices send it", `{"pushToken":"00fc13adff78"}`, "00fc13adff78", nil},
		{"more members", `{"a":1,"pushToken":"t","b":[]}`, "t", nil},
		{"not hex and long", `{"pushToken":"` + long + `"}`, long, nil},
		{"empty", `{"pushToken":""}`, "", wallet.ErrInvalid},
		{"missing", `{}`, "", wallet.ErrInvalid},
		{"null", `{"pushToken":null}`, "", wallet.ErrInvalid},
		{"a number", `{"pushToken":7}`, "", wallet.ErrInvalid},
		{"a list", `["t"]`, "", wallet.ErrInvalid},
		{"no body", ``, "", wallet.ErrInvalid},
		{"cut", `{"pushToken":"t"`, "", wallet.ErrInvalid},
		{"two objects", `{"pushToken":"t"}{}`, "", wallet.ErrInvalid},
		{"too large", `{"pushToken":"` + strings.Repeat("f", 8<<10) + `"}`, "", wallet.ErrTooLarge},
	} {
		for _, contentType := range []string{"application/json", "text/html", ""} {
			r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
			r.Header.Set("Content-Type", contentType)
			token, err := webservice.PushToken(r)
			if token.Reveal() != c.want || !errors.Is(err, c.kind) {
				t.Errorf("%s as %q: %q, %v", c.name, contentType, token.Reveal(), err)
			}
		}
	}
}

func TestReadBody(t *testing.T) {
	for size, kind := range map[int]error{0: nil, 9: nil, 10: nil, 11: wallet.ErrTooLarge, 1 << 20: wallet.ErrTooLarge} {
		sent := strings.Repeat("x", size)
		body, err := webservice.ReadBody(httptest.NewRequest("POST", "/", strings.NewReader(sent)), 10)
		if !errors.Is(err, kind) || kind == nil && string(body) != sent {
			t.Errorf("%d bytes: %d, %v", size, len(body), err)
		}
	}
	broken := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader("half"), failingReader{io.ErrUnexpectedEOF}))
	if _, err := webservice.ReadBody(broken, 10); !errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("a body that breaks off: %v", err)
	}
}

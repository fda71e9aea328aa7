package personalize_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/functions/personalize"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

func TestSignUp(t *testing.T) {
	c := newCounter(t)
	before := c.record()
	answer := c.signUp(token, ada)
	if !c.signs(answer, token) || answer.Header().Get("Content-Type") != "application/octet-stream" || answer.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", answer.Code, answer.Header())
	}
	if got, want := c.signedUp(), []string{"emailAddress=ada@example.com", "fullName=Ada Example"}; !slices.Equal(got, want) { // the form asks for no phone number
		t.Errorf("handed over %q, want %q", got, want)
	}
	p, err := c.Store.Personalization(t.Context(), card)
	if c.check(err); !p.Time.Equal(noon) {
		t.Errorf("at %v", p.Time)
	}
	if pkg := c.record(); !pkg.Personalized.Equal(noon) || pkg.Version != before.Version || pkg.CommittedAt() != before.CommittedAt() {
		t.Errorf("record %+v", pkg)
	}
	if !slices.Equal(c.announced, []string{"personalized", "changed"}) {
		t.Errorf("announced %q", c.announced)
	}
	c.check(errors.Join(c.Violations()...))
}

func TestRefusedRequestsChangeNothing(t *testing.T) {
	other := wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "card-2"}
	foreign := wallet.PassID{PassTypeIdentifier: "pass.com.example.other", SerialNumber: "card-1"}
	good := request(token, ada)
	for name, r := range map[string]struct {
		serial, body string
		holds        wallet.PassID
		spoil        func(*counter)
		want         int
	}{
		"another pass's token":            {"card-1", good, other, nil, 401},
		"another pass type's token":       {"card-1", good, foreign, nil, 401},
		"an impossible serial":            {"a%20b", good, card, nil, 401},
		"the wrong token first":           {"card-1", "", other, nil, 401},
		"no body":                         {"card-1", "", card, nil, 400},
		"a giant body":                    {"card-1", strings.Repeat("x", 1<<20), card, nil, 413},
		"a manifest for a token":          {"card-1", request(`{\"icon.png\":\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}`, ada), card, nil, 400},
		"a manifest with a BOM":           {"card-1", request(`\uFEFF{}`, ada), card, nil, 400},
		"a manifest after white space":    {"card-1", request(`\n {}`, ada), card, nil, 400},
		"a manifest in UTF-16":            {"card-1", request(`\u0000{\u0000}`, ada), card, nil, 400},
		"a manifest in UTF-7":             {"card-1", request(`+AHs-+AH0-{}`, ada), card, nil, 400},
		"a manifest with a NUL":           {"card-1", request(`{}\u0000`, ada), card, nil, 400},
		"a manifest with half surrogates": {"card-1", request(`\ud83d{}`, ada), card, nil, 400},
		"signed attributes for a token":   {"card-1", request(`1\u000b\u0006\t*\u0086H`, ada), card, nil, 400},
		"true for a token":                {"card-1", request("true", ada), card, nil, 400},
		"a number for a token":            {"card-1", `{"personalizationToken":123,"requiredPersonalizationInfo":` + ada + `}`, card, nil, 400},
		"two tokens":                      {"card-1", `{"personalizationToken":"a",` + good[1:], card, nil, 400},
		"text after the request":          {"card-1", good + "{}", card, nil, 400},
		"a list in the form":              {"card-1", request(token, `{"fullName":["Ada"],"emailAddress":"a"}`), card, nil, 400},
		"JSON for a token":                {"card-1", request("15550100", ada), card, nil, 400},
		"an archive for a token":          {"card-1", request(`PK\u0003\u0004`, ada), card, nil, 400},
		"a token that is too long":        {"card-1", request(strings.Repeat("x", 1025), ada), card, nil, 400},
		"no token":                        {"card-1", request("", ada), card, nil, 400},
		"half a form":                     {"card-1", request(token, `{"fullName":"Ada Example"}`), card, nil, 400},
		"nothing in the form":             {"card-1", request(token, `{}`), card, nil, 400},
		"a pass without a form":           {"card-1", good, card, func(c *counter) { c.repackage() }, 404},
		"a pass that is still made":       {"card-1", good, card, func(c *counter) { c.Store = inmem.NewStore() }, 503},
		"no certificate":                  {"card-1", good, card, func(c *counter) { c.desk.Signers = nil }, 500},
		"a certificate that has expired":  {"card-1", good, card, func(c *counter) { c.desk.Signers[card.PassTypeIdentifier] = expired(c) }, 500},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCounter(t)
			if r.spoil != nil {
				r.spoil(c)
			}
			before := c.record()
			answer := c.ask(r.serial, r.body, r.holds)
			if answer.Code != r.want || c.record().Revision != before.Revision || c.signedUp() != nil || c.announced != nil {
				t.Errorf("%d, want %d; record %+v, handed over %q, announced %q", answer.Code, r.want, c.record(), c.signedUp(), c.announced)
			}
		})
	}
}

// A stranger costs no read, whatever the request says.
func TestAStrangerCostsNoRead(t *testing.T) {
	c := newCounter(t)
	c.desk.Store, c.desk.Auth.Packages = noStore{t: t}, noStore{t: t}
	other := wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "card-2"}
	for _, body := range []string{"", request(token, ada), strings.Repeat("x", 1<<20)} {
		if answer := c.ask("card-1", body, other); answer.Code != 401 {
			t.Errorf("%d", answer.Code)
		}
	}
}

// noStore fails the test whatever it is asked.
type noStore struct {
	personalize.Store
	t *testing.T
}

func (n noStore) CurrentPackage(context.Context, wallet.PassID) (wallet.CurrentPackage, error) {
	n.t.Error("the record is read")
	return wallet.CurrentPackage{}, errDown
}

// Each pass type's tokens are signed with its own certificate, and with no other.
func TestThePassTypeSigns(t *testing.T) {
	c := newCounter(t)
	c.desk.Signers = map[string]*pkpass.TokenSigner{"pass.com.example.other": c.desk.Signers[card.PassTypeIdentifier]}
	if answer := c.signUp(token, ada); answer.Code != 500 || c.signedUp() != nil {
		t.Errorf("%d, handed over %q", answer.Code, c.signedUp())
	}
}

func expired(c *counter) *pkpass.TokenSigner {
	s, err := signing()
	c.check(err)
	return pkpass.NewTokenSigner(s.identity, func() time.Time { return s.identity.NotAfter().Add(time.Hour) })
}

// Once, and once only: with the form still in the package or without, and whoever asks.
func TestASecondSignUpIsRefused(t *testing.T) {
	const mallory = `{"fullName":"Mallory","emailAddress":"m@example.com"}`
	for name, r := range map[string]struct {
		token, info string
		signs       bool
	}{
		"the same request":                {token, ada, true},
		"another token":                   {"another-token", ada, false},
		"the token with another's data":   {token, mallory, false},
		"another token, another's data":   {"another-token", mallory, false},
		"the token with less of the data": {token, `{"fullName":"Ada Example","emailAddress":"ada@example.com"}`, false},
	} {
		for _, made := range []bool{false, true} { // the package without the form
			c := newCounter(t)
			if !c.signs(c.signUp(token, ada), token) {
				t.Fatal("the first sign-up is refused")
			}
			if made {
				c.repackage()
			}
			before, handed := c.record(), c.signedUp()
			c.announced = nil
			answer := c.signUp(r.token, r.info)
			if r.signs != (answer.Code == 200) || r.signs && !c.signs(answer, token) || !r.signs && answer.Code != 409 {
				t.Errorf("%s, made anew %v: %d", name, made, answer.Code)
			}
			if c.record().Revision != before.Revision || !slices.Equal(c.signedUp(), handed) {
				t.Errorf("%s, made anew %v: written", name, made)
			}
			var want []string
			if r.signs || !made { // already done is no reason to stay silent, until nothing is left to be done
				want = []string{"personalized", "changed"}
			}
			if !slices.Equal(c.announced, want) {
				t.Errorf("%s, made anew %v: announced %q, want %q", name, made, c.announced, want)
			}
		}
	}
}

// Wherever a request ends, the device's repetition of it ends it well: the data is handed over once, and both are told.
func TestFailuresAreMadeUpForByTheNextRequest(t *testing.T) {
	for _, f := range []struct {
		call    string
		applied bool
		err     error
		status  int
		written bool
	}{
		{"CurrentPackage", false, errDown, 500, false},
		{"SavePersonalization", false, errDown, 500, false},
		{"SavePersonalization", false, wallet.ErrConflict, 503, false}, // somebody else is always faster
		{"SavePersonalization", true, errDown, 500, true},
		{"personalized", false, errDown, 500, true},
		{"personalized", true, errDown, 500, true},
		{"changed", false, errDown, 500, true},
		{"changed", true, errDown, 500, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCounter(t)
			if c.err = f.err; f.applied {
				c.lost = f.call
			} else {
				c.fails = f.call
			}
			if answer := c.signUp(token, ada); answer.Code != f.status || (c.signedUp() != nil) != f.written || c.record().Personalized.IsZero() == f.written {
				t.Errorf("%+v: %d, handed over %q, record %+v", f, answer.Code, c.signedUp(), c.record())
			}
			c.fails, c.lost, c.announced = "", "", nil
			handed := c.record().PersonalizationDigest
			if !c.signs(c.signUp(token, ada), token) || len(c.signedUp()) != 2 || !slices.Equal(c.announced, []string{"personalized", "changed"}) {
				t.Errorf("%+v: then handed over %q, announced %q", f, c.signedUp(), c.announced)
			}
			if f.written && c.record().PersonalizationDigest != handed {
				t.Errorf("%+v: then it was written again", f)
			}
			c.check(errors.Join(c.Violations()...))
		})
	}
}

// The commit's client repeats one whose answer was lost, and is told of a conflict with itself.
func TestAConflictWithOneselfIsASuccess(t *testing.T) {
	c := newCounter(t)
	c.overtake = func() {
		if !c.signs(c.signUp(token, ada), token) {
			t.Error("the faster one is refused")
		}
	}
	if !c.signs(c.signUp(token, ada), token) || len(c.signedUp()) != 2 {
		t.Errorf("handed over %q", c.signedUp())
	}
}

func TestSomebodyElseIsFaster(t *testing.T) {
	for name, o := range map[string]struct {
		overtake func(*counter)
		want     int
	}{
		"another sign-up":                   {func(c *counter) { c.signUp("another-token", `{"fullName":"Mallory","emailAddress":"m"}`) }, 409},
		"a version with the form":           {func(c *counter) { c.repackage(c.record().RequiredPersonalizationFields...) }, 200},
		"a version that asks for more":      {func(c *counter) { c.repackage(wallet.PersonalizationFields()...) }, 400},
		"a version without the form":        {func(c *counter) { c.repackage() }, 404},
		"a version that asks for something": {func(c *counter) { c.repackage("PKPassPersonalizationFieldPhoneNumber") }, 200},
	} {
		c := newCounter(t)
		c.overtake = func() { o.overtake(c) }
		if answer := c.signUp(token, ada); answer.Code != o.want {
			t.Errorf("%s: %d, want %d", name, answer.Code, o.want)
		}
		handed := strings.Join(c.signedUp(), " ")
		if want := map[string]string{
			"another sign-up":                   "emailAddress=m fullName=Mallory",
			"a version with the form":           "emailAddress=ada@example.com fullName=Ada Example",
			"a version that asks for something": "phoneNumber=+15550100",
		}[name]; handed != want {
			t.Errorf("%s: handed over %q, want %q", name, handed, want)
		}
		c.check(errors.Join(c.Violations()...))
	}
}

// Of many who hold the pass and sign up at once, one is taken, and one only has a signature.
func TestManyAtOnce(t *testing.T) {
	c := newCounter(t)
	c.desk.Store, c.desk.Events = c.Store, quiet{}
	tokens := []string{"token-a", "token-b", "token-c", "token-d", "token-e", "token-f"}
	answers := make([]*httptest.ResponseRecorder, len(tokens))
	auth, err := c.keys.AuthenticationToken(1, card)
	c.check(err)
	router := webservice.NewRouter(slog.New(slog.DiscardHandler)).Handle(webservice.PersonalizePass, c.desk.Handle)
	var phones sync.WaitGroup
	for n, token := range tokens {
		phones.Go(func() {
			r := httptest.NewRequest("POST", "/v1/passes/"+card.String()+"/personalize", strings.NewReader(request(token, ada)))
			r.Header.Set("Authorization", "ApplePass "+auth.Reveal())
			answers[n] = httptest.NewRecorder()
			router.ServeHTTP(answers[n], r)
		})
	}
	phones.Wait()
	signed := 0
	for n, answer := range answers {
		if c.signs(answer, tokens[n]) {
			signed++
		} else if answer.Code != 409 || answer.Body.Len() > 0 {
			t.Errorf("%s: %d", tokens[n], answer.Code)
		}
	}
	if signed != 1 {
		t.Errorf("%d of %d are signed, want 1", signed, len(tokens))
	}
}

// quiet announces to nobody.
type quiet struct{}

func (quiet) PassPersonalized(context.Context, wallet.PassPersonalized) error { return nil }
func (quiet) PassChanged(context.Context, wallet.PassChanged) error           { return nil }

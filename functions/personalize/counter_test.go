package personalize_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/functions/personalize"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

const (
	token = "q83vASNFZ4mrze8BI0VniavN7wEjRWeJ"
	ada   = `{"fullName":"Ada Example","emailAddress":"ada@example.com","phoneNumber":"+15550100"}`
)

var (
	card    = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "card-1"}
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	errDown = errors.New("down")
)

// signing is made once: its keys take a while.
var signing = sync.OnceValues(func() (s struct {
	identity pkpass.Identity
	roots    *x509.CertPool
}, err error) {
	authority, err := devcerts.New(noon.Add(-time.Hour))
	if err != nil {
		return s, err
	}
	s.roots = authority.Pool()
	s.identity, err = authority.PassIdentity(card.PassTypeIdentifier, "TEAMID1234")
	return s, err
})

// A counter is the handler between a store and a bus that can be told to fail, and a pass with a form.
type counter struct {
	*inmem.Store
	t         *testing.T
	desk      personalize.Desk
	keys      wallet.TokenKeys
	roots     *x509.CertPool
	log       bytes.Buffer
	announced []string

	fails, lost string // the call that fails before, or after, it was applied
	err         error
	overtake    func() // somebody else is faster than the next save
}

func newCounter(t *testing.T) *counter {
	c := &counter{Store: inmem.NewStore(), t: t, err: errDown}
	var err error
	c.keys, err = wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	c.check(err)
	s, err := signing()
	c.check(err)
	c.roots = s.roots
	clock := func() time.Time { return noon }
	c.desk = personalize.Desk{
		Store: c, Events: c, Auth: webservice.Authenticator{Keys: c.keys, Packages: c.Store}, Now: clock,
		Signers: map[string]*pkpass.TokenSigner{card.PassTypeIdentifier: pkpass.NewTokenSigner(s.identity, clock)},
	}
	c.repackage("PKPassPersonalizationFieldName", "PKPassPersonalizationFieldEmailAddress")
	return c
}

func (c *counter) check(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// repackage is the packager, which has made a version whose form asks for these fields.
func (c *counter) repackage(fields ...string) {
	next := c.record().Next(noon)
	next.RequiredPersonalizationFields = fields
	_, err := c.Store.SavePackage(c.t.Context(), next)
	c.check(err)
}

func (c *counter) record() wallet.CurrentPackage {
	pkg, err := c.Store.CurrentPackage(c.t.Context(), card)
	c.check(err)
	return pkg
}

// signedUp returns what was handed over, "member=text" each, sorted; nil when nothing was.
func (c *counter) signedUp() []string {
	p, err := c.Store.Personalization(c.t.Context(), card)
	if errors.Is(err, wallet.ErrNotFound) {
		return nil
	}
	c.check(err)
	var said []string
	for _, member := range slices.Sorted(maps.Keys(p.Info)) {
		said = append(said, member+"="+p.Info[member].Reveal())
	}
	return said
}

// around makes a call, which may fail before or after it was applied.
func (c *counter) around(call string, apply func() error) error {
	if call == c.fails {
		return c.err
	}
	if err := apply(); err != nil || call != c.lost {
		return err
	}
	return c.err
}

func (c *counter) CurrentPackage(ctx context.Context, id wallet.PassID) (pkg wallet.CurrentPackage, err error) {
	err = c.around("CurrentPackage", func() error { pkg, err = c.Store.CurrentPackage(ctx, id); return err })
	return pkg, err
}

func (c *counter) SavePersonalization(ctx context.Context, p wallet.Personalization, pkg wallet.CurrentPackage) (revision wallet.Revision, err error) {
	if overtake := c.overtake; overtake != nil {
		c.overtake = nil
		overtake()
	}
	err = c.around("SavePersonalization", func() error { revision, err = c.Store.SavePersonalization(ctx, p, pkg); return err })
	return revision, err
}

func (c *counter) PassPersonalized(_ context.Context, e wallet.PassPersonalized) error {
	return c.announce("personalized", e.PassID)
}

func (c *counter) PassChanged(_ context.Context, e wallet.PassChanged) error {
	return c.announce("changed", e.PassID)
}

func (c *counter) announce(what string, id wallet.PassID) error {
	if id != card || c.signedUp() == nil || c.record().Personalized.IsZero() {
		c.t.Errorf("%s of %v is announced before it is durable", what, id)
	}
	return c.around(what, func() error { c.announced = append(c.announced, what); return nil })
}

// ask sends the request of a device that presents the token of the pass it holds.
func (c *counter) ask(serial, body string, holds wallet.PassID) *httptest.ResponseRecorder {
	auth, err := c.keys.AuthenticationToken(1, holds)
	c.check(err)
	r := httptest.NewRequest("POST", "/v1/passes/"+card.PassTypeIdentifier+"/"+serial+"/personalize", strings.NewReader(body))
	r.Header.Set("Authorization", "ApplePass "+auth.Reveal())
	answer := httptest.NewRecorder()
	webservice.NewRouter(slog.New(slog.NewJSONHandler(&c.log, nil))).Handle(webservice.PersonalizePass, c.desk.Handle).ServeHTTP(answer, r)
	for _, said := range []string{"Ada", "ada@", "5550100", "Mallory", token} {
		if strings.Contains(c.log.String(), said) {
			c.t.Errorf("the log shows %s: %s", said, &c.log)
		}
	}
	if answer.Code != 200 && answer.Body.Len() > 0 {
		c.t.Errorf("%d with a body: %x", answer.Code, answer.Body)
	}
	return answer
}

// signUp is the holder of the pass, who fills in the form.
func (c *counter) signUp(token, info string) *httptest.ResponseRecorder {
	return c.ask("card-1", request(token, info), card)
}

func request(token, info string) string {
	return `{"personalizationToken":"` + token + `","requiredPersonalizationInfo":` + info + `}`
}

// signs reports that an answer is the signature of a token.
func (c *counter) signs(answer *httptest.ResponseRecorder, text string) bool {
	token, err := wallet.ParsePersonalizationToken(text)
	c.check(err)
	findings := pkpass.VerifyToken(token, answer.Body.Bytes(), pkpass.VerifyOptions{Roots: c.roots, Now: noon})
	return answer.Code == 200 && len(findings) == 0
}

package probe

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/wallet"
)

var (
	cardPass     = id(loyalty, "secret-1")
	formPass     = id(loyalty, "form-1")
	importedPass = id(loyalty, "imported-1")
	cageKeys     = map[int][]byte{1: tokenKeyCanary}
)

// The names of the canaries.
const (
	theKey      = "the token key"
	theToken    = "the authentication token"
	theForm     = "the authentication token of the pass with a form"
	theImported = "the imported authentication token"
	theLink     = "the install link"
	thePush     = "the push token"
	theDevice   = "the device identifier"
	theData     = "the document's data"
	thePerson   = "the customer"
	theSignUp   = "the personalization token"
	theSigner   = "the signing key"
	theAPNs     = "the APNs key"
)

// apnsKey is the key of provider tokens.
var apnsKey = sync.OnceValues(func() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) })

// planted are all canaries of a cage.
func planted(w *world) ([]canary, error) {
	token := func(pass wallet.PassID) string {
		t, _ := w.keys.AuthenticationToken(1, pass)
		return t.Reveal()
	}
	link, err := w.links.InstallURL(cardPass)
	if err != nil {
		return nil, err
	}
	list := []canary{
		{theKey, string(tokenKeyCanary)}, {theToken, strings.TrimPrefix(token(cardPass), "1.")}, {theForm, strings.TrimPrefix(token(formPass), "1.")},
		{theImported, importedCanary}, {theLink, strings.TrimPrefix(link, address+"/install/")[:21]}, {thePush, pushTokenCanary}, {thePush, secondPushCanary},
		{theDevice, deviceCanary}, {theData, dataCanary}, {theData, numberCanary}, {theSignUp, signUpCanary},
		{thePerson, nameCanary}, {thePerson, emailCanary}, {thePerson, phoneCanary}, {thePerson, postalCanary},
	}
	m, err := made()
	if err != nil {
		return nil, err
	}
	for _, identity := range m.identities {
		key := identity.TLSCertificate().PrivateKey.(*rsa.PrivateKey)
		list = append(list, canary{theSigner, string(key.D.Bytes())}, canary{theSigner, key.D.String()}, canary{theSigner, string(key.Primes[0].Bytes())})
	}
	key, err := apnsKey()
	if err != nil {
		return nil, err
	}
	scalar, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	number := new(big.Int).SetBytes(scalar)
	return append(list, canary{theAPNs, string(scalar)}, canary{theAPNs, number.String()}), nil
}

// A cage is a world in which canaries are planted, with an ear at everything that leaves it.
type cage struct {
	*world
	aviary
	t    *testing.T
	log  lockedBuffer
	apns scriptedAPNs
	errs []error // that message handlers returned

	heard map[string]bool // canaries that an answer to somebody entitled held
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// A scriptedAPNs gives one answer to every push.
type scriptedAPNs struct {
	mu     sync.Mutex
	answer apns.Answer
	pushed int
}

func (a *scriptedAPNs) Push(context.Context, wallet.PushToken, string) apns.Answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pushed++
	return a.answer
}

func (a *scriptedAPNs) says(answer apns.Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = answer
}

func newCage(t *testing.T) *cage {
	t.Helper()
	c := &cage{t: t, heard: make(map[string]bool), apns: scriptedAPNs{answer: apns.Answer{Status: 200, Verdict: apns.Taken}}}
	log := slog.New(slog.NewJSONHandler(&c.log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: false}))
	var err error
	c.world, err = newWorld(setup{log: log, keys: cageKeys, apns: &c.apns, pictures: func(g *gate) document.Pictures { return noPictures{g} }})
	if err != nil {
		t.Fatal(err)
	}
	canaries, err := planted(c.world)
	if err != nil {
		t.Fatal(err)
	}
	c.aviary = newAviary(canaries)
	return c
}

// noPictures has none, and says of each address what a client would: that it is to blame, or that it is out of reach.
type noPictures struct{ gate *gate }

func (p noPictures) Picture(context.Context, string) ([]byte, error) {
	return through(p.gate, "Picture", wallet.PassID{}, func() ([]byte, error) {
		if p.gate.even() {
			return nil, fmt.Errorf("%w: example.com did not answer in time", wallet.ErrNotReady)
		}
		return nil, fmt.Errorf("%w: there is no such file", wallet.ErrInvalid)
	})
}

// send makes a request. Its answer holds no canary but those that whoever asks is entitled to.
func (c *cage) send(handler http.Handler, method, target, body string, entitled []string, headers ...string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	text := fmt.Sprint(answer.Code, answer.Header(), "\n", answer.Body, unpacked(answer.Body.Bytes()))
	c.silent(c.t, fmt.Sprintf("the answer to %s %.60s", method, target), text, entitled...)
	for name := range c.sing(text) {
		c.heard[name] = true
	}
	return answer
}

// unpacked is what is in an archive, and in those inside; empty for anything else.
func unpacked(data []byte) string {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return ""
	}
	var all strings.Builder
	for _, file := range archive.File {
		entry, err := file.Open()
		if err != nil {
			continue
		}
		content, err := io.ReadAll(entry)
		if err == nil {
			fmt.Fprintf(&all, "%s: %s\n%s", file.Name, content, unpacked(content))
		}
	}
	return all.String()
}

// deliver settles the bus, and keeps what handlers return.
func (c *cage) deliver() { c.errs = append(c.errs, c.settle(c.t.Context())...) }

// later moves the clock, past what a sweep waits for.
func (c *cage) later(d time.Duration) { c.now = c.now.Add(d) }

// check listens at everything that leaves the world but the answers: nobody is entitled to a log, an error or a metric that
// is made of one. A message of the pipeline may narrow an announcement to a device; no other says anything but names.
func (c *cage) check() {
	c.t.Helper()
	for line := range strings.Lines(c.log.String()) {
		c.silent(c.t, "the log", line)
	}
	for _, err := range slices.Concat(c.errs, c.bus.failed) {
		c.silent(c.t, "an error", fmt.Sprintf("%v %+v %q", err, err, err))
	}
	for _, m := range c.bus.sent {
		c.silent(c.t, "a message", string(m), theDevice)
	}
}

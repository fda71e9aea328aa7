package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/functions/changed"
	"walletpasses.example/server/functions/ingest"
	"walletpasses.example/server/functions/install"
	"walletpasses.example/server/functions/issue"
	"walletpasses.example/server/functions/personalize"
	"walletpasses.example/server/functions/push"
	"walletpasses.example/server/functions/regenerate"
	"walletpasses.example/server/functions/sweep"
	"walletpasses.example/server/functions/web"
	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/tools/iphone"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// A world is the real handlers over the store in memory, with a clock and a bus that move only when told. So a test can
// stop between any two steps of an update, and deliver what it likes, as often and in what order it likes.
type world struct {
	t   *testing.T
	now time.Time

	store  *inmem.Store
	bucket *inmem.Bucket
	apns   *scriptedAPNs
	log    syncBuilder

	keys     wallet.TokenKeys
	packager *regenerate.Packager
	handlers map[string]wallet.MessageHandler // by topic
	web      http.Handler
	issuer   http.Handler
	install  http.Handler
	sweep    http.Handler

	mu      sync.Mutex
	waiting []message
	bus     *inmem.Bus // carries the messages instead, once a test has asked for it
	lose    int        // how many of the next publications fail
	signUps []string   // what the business was told
}

// A syncBuilder collects the log of handlers that run at the same time.
type syncBuilder struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *syncBuilder) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuilder) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// A message waits on a topic.
type message struct {
	topic string
	data  []byte
}

const passType = defaultPassType

var discard = slog.New(slog.DiscardHandler)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// signing is made once: an RSA key takes a while.
var signing = sync.OnceValues(func() (struct {
	identity pkpass.Identity
	pool     *x509.CertPool
	pem      []byte
}, error) {
	var s struct {
		identity pkpass.Identity
		pool     *x509.CertPool
		pem      []byte
	}
	authority, err := devcerts.New(noon.Add(-24 * time.Hour))
	if err != nil {
		return s, err
	}
	s.pool, s.pem = authority.Pool(), authority.RootPEM()
	s.identity, err = authority.PassIdentity(passType, "TEAMID1234")
	return s, err
})

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := signing()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, now: noon, bucket: inmem.NewBucket(), apns: &scriptedAPNs{}}
	w.store = inmem.NewStoreAt(w.clock)
	if w.keys, err = wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))}); err != nil {
		t.Fatal(err)
	}
	templates, err := template.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	renderer := document.Renderer{
		Templates: templates, Teams: map[string]string{passType: "TEAMID1234"}, Keys: w.keys, WebServiceURL: "https://passes.example.com",
	}
	writer := document.Writer{Store: w.store, Renderer: renderer}
	links := wallet.InstallLinks{Keys: w.keys, BaseURL: "https://passes.example.com", Now: w.clock}
	w.packager = &regenerate.Packager{
		Store: w.store, Bucket: w.bucket, Events: w, Renderer: renderer,
		Signers: map[string]*pkpass.Signer{passType: pkpass.NewSigner(s.identity, w.clock)}, Log: log, Now: w.clock,
	}
	acknowledged := func(function string, handle wallet.MessageHandler) wallet.MessageHandler {
		return func(ctx context.Context, m []byte) error {
			return wallet.Acknowledge(ctx, log, function, handle(ctx, m))
		}
	}
	w.handlers = map[string]wallet.MessageHandler{
		wallet.TopicPassUpdates:  acknowledged("IngestPass", ingest.New(writer, w.store, w.clock)),
		wallet.TopicPassChanged:  acknowledged("RegeneratePass", func(ctx context.Context, m []byte) error { return w.packager.Handle(ctx, m) }),
		wallet.TopicPassPackaged: acknowledged("PushUpdate", push.New(w.store, w, w.apns, log, w.clock)),
		wallet.TopicPassPersonalized: func(_ context.Context, m []byte) error {
			w.signUps = append(w.signUps, string(m))
			return nil
		},
	}
	onWrite := changed.New(w)
	w.store.OnDocumentWritten(func(id wallet.PassID) {
		if err := onWrite(context.Background(), id); err != nil {
			t.Error(err)
		}
	})
	desk := &personalize.Desk{
		Store: w.store, Events: w, Auth: webservice.Authenticator{Keys: w.keys, Packages: w.store}, Now: w.clock,
		Signers: map[string]*pkpass.TokenSigner{passType: pkpass.NewTokenSigner(s.identity, w.clock)},
	}
	w.web = web.New(web.Parts{
		Store: w.store, Bucket: w.bucket, Events: w, Keys: w.keys, Log: log, Now: w.clock, Personalize: desk.Handle,
	})
	w.issuer = issue.API{Store: w.store, Writer: writer, Links: links}.Routes(log)
	w.install = webservice.NewRouter(log).Handle(webservice.InstallPass, install.New(w.store, w.bucket, links))
	sweeper := &sweep.Sweeper{Store: w.store, Bucket: w.bucket, Events: w, Expiries: material{identities: map[string]pkpass.Identity{passType: s.identity}}.expiries, Log: log, Now: w.clock}
	w.sweep = webservice.NewIssuerRouter(log).Handle(webservice.Route{Method: http.MethodPost, Path: "/"}, sweeper.Handle)
	t.Cleanup(func() {
		for _, err := range w.store.Violations() {
			t.Errorf("the store was misused: %v", err)
		}
	})
	return w
}

func (w *world) clock() time.Time { return w.now }

// PassChanged, PassPackaged and PassPersonalized make the world the bus of its handlers.
func (w *world) PassChanged(_ context.Context, e wallet.PassChanged) error {
	return w.publish(wallet.TopicPassChanged, e)
}

func (w *world) PassPackaged(_ context.Context, e wallet.PassPackaged) error {
	return w.publish(wallet.TopicPassPackaged, e)
}

func (w *world) PassPersonalized(_ context.Context, e wallet.PassPersonalized) error {
	return w.publish(wallet.TopicPassPersonalized, e)
}

var errLost = errors.New("the bus is down")

func (w *world) publish(topic string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lose > 0 {
		w.lose--
		return errLost
	}
	if w.bus != nil {
		return w.bus.Publish(context.Background(), topic, data)
	}
	w.waiting = append(w.waiting, message{topic, data})
	return nil
}

// take removes the messages that wait on a topic.
func (w *world) take(topic string) []message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var taken, rest []message
	for _, m := range w.waiting {
		if m.topic == topic {
			taken = append(taken, m)
		} else {
			rest = append(rest, m)
		}
	}
	w.waiting = rest
	return taken
}

// deliver hands one message to its handler.
func (w *world) deliver(m message) error { return w.handlers[m.topic](w.t.Context(), m.data) }

// repackage delivers what waits on pass-changed, and leaves the announcements that follow where they are.
func (w *world) repackage() {
	w.t.Helper()
	for _, m := range w.take(wallet.TopicPassChanged) {
		if err := w.deliver(m); err != nil {
			w.t.Fatal(err)
		}
	}
}

// settle delivers everything, and what follows from it, until nothing is left. What fails is delivered again, a few times.
func (w *world) settle() {
	w.t.Helper()
	failures := 0
	for {
		w.mu.Lock()
		if len(w.waiting) == 0 {
			w.mu.Unlock()
			return
		}
		m := w.waiting[0]
		w.waiting = w.waiting[1:]
		w.mu.Unlock()
		if err := w.deliver(m); err != nil {
			if failures++; failures > 5 {
				w.t.Fatalf("%s %s: %v", m.topic, m.data, err)
			}
			w.mu.Lock()
			w.waiting = append(w.waiting, m)
			w.mu.Unlock()
		}
	}
}

// request calls a handler and returns its answer.
func request(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	return recorder
}

func id(serial string) wallet.PassID {
	return wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial}
}

// put issues or replaces a points card.
func (w *world) put(serial string, points int) {
	w.t.Helper()
	body, _ := json.Marshal(map[string]any{"template": "points", "data": map[string]any{
		"programName": "Bean Club", "organizationName": "Corner Roastery", "accountId": serial, "fullName": "Ada Example",
		"qrCodeLink": "https://example.com/c/" + serial, "points": points,
	}})
	if answer := request(w.issuer, http.MethodPut, "/issuer/v1/passes/"+id(serial).String(), string(body)); answer.Code > 201 {
		w.t.Fatalf("PUT %s: %d %s", serial, answer.Code, answer.Body)
	}
}

// issued is a card whose first package is ready and announced.
func (w *world) issued(serial string, points int) wallet.PassID {
	w.t.Helper()
	w.put(serial, points)
	w.settle()
	return id(serial)
}

func (w *world) pkg(serial string) wallet.CurrentPackage {
	w.t.Helper()
	pkg, err := w.store.CurrentPackage(w.t.Context(), id(serial))
	if err != nil {
		w.t.Fatal(err)
	}
	return pkg
}

func (w *world) record(p *iphone.Phone) wallet.Device {
	w.t.Helper()
	d, err := w.store.Device(w.t.Context(), wallet.DeviceID{
		PassTypeIdentifier: passType, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(p.DeviceLibraryIdentifier()),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// phone is a simulated iPhone that reaches the handlers without a network.
func (w *world) phone() *iphone.Phone {
	s, _ := signing()
	return iphone.New(&http.Client{Transport: w}, s.pool, w.clock)
}

// RoundTrip answers a phone's requests.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	h := w.web
	if strings.HasPrefix(r.URL.Path, "/install/") {
		h = w.install
	}
	h.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// add installs the current package of a card on a phone.
func (w *world) add(p *iphone.Phone, serial string) {
	w.t.Helper()
	link, err := wallet.InstallLinks{Keys: w.keys, BaseURL: "https://passes.example.com", Now: w.clock}.InstallURL(id(serial))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := p.Install(w.t.Context(), link); err != nil {
		w.t.Fatal(err)
	}
}

// holder is a phone that holds the card, has been pushed to, and has shown its tag: nothing is owed to it.
func (w *world) holder(serials ...string) *iphone.Phone {
	w.t.Helper()
	p := w.phone()
	for _, serial := range serials {
		w.add(p, serial)
	}
	w.settle()
	w.update(p)
	w.update(p)
	if d := w.record(p); d.Behind() || d.NeedsPush(w.now) {
		w.t.Fatalf("the phone is not settled: %+v", d)
	}
	w.apns.forget()
	return p
}

func (w *world) update(p *iphone.Phone) {
	w.t.Helper()
	if err := p.Update(w.t.Context(), passType); err != nil {
		w.t.Fatal(err)
	}
}

// auth is the header that a holder of the pass sends.
func (w *world) auth(serial string) string {
	w.t.Helper()
	token, err := w.keys.AuthenticationToken(1, id(serial))
	if err != nil {
		w.t.Fatal(err)
	}
	return "ApplePass " + token.Reveal()
}

// A scriptedAPNs takes every push unless told what to answer to a token.
type scriptedAPNs struct {
	mu      sync.Mutex
	pushed  []string // tokens, in order
	topics  []string
	answers map[string]apns.Answer
	before  func(token string) // called before the answer
}

func (a *scriptedAPNs) Push(_ context.Context, token wallet.PushToken, topic string) apns.Answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.before != nil {
		a.before(token.Reveal())
	}
	a.pushed = append(a.pushed, token.Reveal())
	a.topics = append(a.topics, topic)
	if answer, ok := a.answers[token.Reveal()]; ok {
		return answer
	}
	return apns.Answer{Status: 200, Verdict: apns.Taken}
}

func (a *scriptedAPNs) answer(token string, answer apns.Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.answers == nil {
		a.answers = make(map[string]apns.Answer)
	}
	a.answers[token] = answer
}

// pushes returns the tokens pushed to since forget.
func (a *scriptedAPNs) pushes() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string{}, a.pushed...)
}

func (a *scriptedAPNs) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pushed, a.topics = nil, nil
}

// brokenTemplates are templates that somebody is just uploading.
type brokenTemplates struct{}

func (brokenTemplates) Template(context.Context, string) (*template.Template, error) {
	var findings wallet.Findings
	findings.Errorf("points.pass/pass.json", "REJ-3", "not JSON")
	return nil, findings
}

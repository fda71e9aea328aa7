package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/functions/changed"
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

const passType = "pass.com.example.loyalty"

var (
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	discard = slog.New(slog.DiscardHandler)
)

// A signature is what passes are signed with, and what a phone trusts.
type signature struct {
	identity pkpass.Identity
	roots    *x509.CertPool
}

// signing is made once: its keys take a while.
var signing = sync.OnceValues(func() (signature, error) {
	authority, err := devcerts.New(noon.Add(-time.Hour))
	if err != nil {
		return signature{}, err
	}
	identity, err := authority.PassIdentity(passType, "TEAMID1234")
	return signature{identity, authority.Pool()}, err
})

// A world is the handlers over a database that can go back, one phone, and a bus that delivers when it is told to.
type world struct {
	t        *testing.T
	now      time.Time
	store    *inmem.Store
	bucket   *inmem.Bucket
	keys     wallet.TokenKeys
	phone    *iphone.Phone
	handlers map[string]wallet.MessageHandler // by topic
	web      http.Handler
	sweeper  http.Handler
	pushes   int

	mu      sync.Mutex
	waiting []message
}

type message struct {
	topic string
	data  []byte
}

func newWorld(t *testing.T) *world {
	signing, err := signing()
	check(t, err)
	w := &world{t: t, now: noon, bucket: inmem.NewBucket()}
	w.keys, err = wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	check(t, err)
	w.phone = iphone.New(&http.Client{Transport: w}, signing.roots, w.clock)
	w.use(inmem.NewStoreAt(w.clock))
	return w
}

// use puts the handlers together over a database.
func (w *world) use(store *inmem.Store) {
	signing, err := signing()
	check(w.t, err)
	templates, err := template.Builtin()
	check(w.t, err)
	w.store = store
	packager := &regenerate.Packager{
		Store: store, Bucket: w.bucket, Events: w, Log: discard, Now: w.clock,
		Signers: map[string]*pkpass.Signer{passType: pkpass.NewSigner(signing.identity, w.clock)},
		Renderer: document.Renderer{
			Templates: templates, Teams: map[string]string{passType: "TEAMID1234"}, Keys: w.keys, WebServiceURL: "https://passes.example.com",
		},
	}
	w.handlers = map[string]wallet.MessageHandler{
		wallet.TopicPassChanged:  packager.Handle,
		wallet.TopicPassPackaged: push.New(store, w, w, discard, w.clock),
	}
	w.web = web.New(web.Parts{Store: store, Bucket: w.bucket, Events: w, Keys: w.keys, Log: discard, Now: w.clock})
	sweeper := &sweep.Sweeper{
		Store: store, Bucket: w.bucket, Events: w, Log: discard, Now: w.clock,
		Expiries: func() (map[string]time.Time, error) { return nil, nil },
	}
	w.sweeper = webservice.NewIssuerRouter(discard).Handle(webservice.Route{Method: http.MethodPost, Path: "/"}, sweeper.Handle)
	written := changed.New(w)
	store.OnDocumentWritten(func(id wallet.PassID) { check(w.t, written(context.Background(), id)) })
	w.t.Cleanup(func() { check(w.t, errors.Join(store.Violations()...)) })
}

func (w *world) clock() time.Time { return w.now }

// Push makes the world APNs, which takes every push.
func (w *world) Push(context.Context, wallet.PushToken, string) apns.Answer {
	w.pushes++
	return apns.Answer{Status: http.StatusOK, Verdict: apns.Taken}
}

// The world is the bus, too.
func (w *world) PassChanged(_ context.Context, e wallet.PassChanged) error {
	return w.publish(wallet.TopicPassChanged, e)
}

func (w *world) PassPackaged(_ context.Context, e wallet.PassPackaged) error {
	return w.publish(wallet.TopicPassPackaged, e)
}

func (w *world) PassPersonalized(context.Context, wallet.PassPersonalized) error { return nil }

func (w *world) publish(topic string, event any) error {
	data, err := json.Marshal(event)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, message{topic, data})
	return err
}

// settle delivers every message, and what follows from it.
func (w *world) settle() {
	w.t.Helper()
	for len(w.waiting) > 0 {
		m := w.waiting[0]
		w.waiting = w.waiting[1:]
		check(w.t, w.handlers[m.topic](w.t.Context(), m.data))
	}
}

// RoundTrip answers the phone.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	w.web.ServeHTTP(answer, r)
	return answer.Result(), nil
}

func card(serial string) wallet.PassID {
	return wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial}
}

// write gives a card so many points, a minute after what was before, and has it packaged and pushed.
func (w *world) write(serial string, points int) {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	doc, err := w.store.Document(w.t.Context(), card(serial))
	check(w.t, err)
	doc.Fields = map[string]any{"template": "points", "data": map[string]any{
		"programName": "Bean Club", "organizationName": "Corner Roastery", "accountId": serial, "fullName": "Ada Example",
		"qrCodeLink": "https://example.com/c/" + serial, "points": int64(points),
	}}
	_, err = w.store.SaveDocument(w.t.Context(), doc)
	check(w.t, err)
	w.settle()
}

// add puts a card on the phone, which registers it and follows.
func (w *world) add(serial string) {
	w.t.Helper()
	object, _, err := w.bucket.Open(w.t.Context(), w.pkg(serial).Object)
	check(w.t, err)
	data, err := io.ReadAll(object)
	check(w.t, err)
	_, err = w.phone.Add(w.t.Context(), data)
	check(w.t, err)
	w.settle()
	w.ask()
}

// ask has the phone ask what changed, twice: the second time shows the tag of the first.
func (w *world) ask() {
	w.t.Helper()
	for range 2 {
		check(w.t, w.phone.Update(w.t.Context(), passType))
	}
}

// shows checks how many points the phone shows.
func (w *world) shows(serial string, points int) {
	w.t.Helper()
	if got := fmt.Sprint(w.phone.Field(card(serial), "points")); got != fmt.Sprint(points) {
		w.t.Errorf("the phone shows %s points on %s, want %d", got, serial, points)
	}
}

// get answers somebody who has the token of a card, and nothing yet.
func (w *world) get(serial string) *httptest.ResponseRecorder {
	token, err := w.keys.AuthenticationToken(1, card(serial))
	check(w.t, err)
	r := httptest.NewRequest(http.MethodGet, "/v1/passes/"+card(serial).String(), nil)
	r.Header.Set("Authorization", "ApplePass "+token.Reveal())
	answer := httptest.NewRecorder()
	w.web.ServeHTTP(answer, r)
	return answer
}

// sweep is a call of the scheduler.
func (w *world) sweep() {
	w.t.Helper()
	answer := httptest.NewRecorder()
	w.sweeper.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/", nil))
	if answer.Code != http.StatusOK {
		w.t.Fatalf("sweep: %d", answer.Code)
	}
	w.settle()
}

func (w *world) pkg(serial string) wallet.CurrentPackage {
	w.t.Helper()
	pkg, err := w.store.CurrentPackage(w.t.Context(), card(serial))
	check(w.t, err)
	return pkg
}

func (w *world) device() wallet.Device {
	w.t.Helper()
	d, err := w.store.Device(w.t.Context(), wallet.DeviceID{
		PassTypeIdentifier: passType, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(w.phone.DeviceLibraryIdentifier()),
	})
	check(w.t, err)
	return d
}

// A moment is what the database held at some time.
type moment struct {
	documents []wallet.DocumentSnapshot
	packages  []wallet.CurrentPackage
	device    wallet.Device
}

func (w *world) moment(serials ...string) (m moment) {
	w.t.Helper()
	for _, serial := range serials {
		doc, err := w.store.Document(w.t.Context(), card(serial))
		check(w.t, err)
		m.documents, m.packages = append(m.documents, doc), append(m.packages, w.pkg(serial))
	}
	m.device = w.device()
	return m
}

// restore has the handlers go on with a new database that holds what there was at a moment.
func (w *world) restore(m moment) {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	store := inmem.NewStoreAt(w.clock)
	for _, doc := range m.documents {
		doc.Revision = 0
		_, err := store.SaveDocument(w.t.Context(), doc)
		check(w.t, err)
	}
	for _, pkg := range m.packages {
		revision := wallet.Revision(0)
		for n := range pkg.Version { // the store takes no version without those before it
			p := pkg
			p.Version, p.Revision = n+1, revision
			p.LastModified = pkg.LastModified.Add(-time.Duration(pkg.Version-p.Version) * time.Second)
			var err error
			revision, err = store.SavePackage(w.t.Context(), p)
			check(w.t, err)
		}
	}
	m.device.Revision = 0
	_, err := store.SaveDevice(w.t.Context(), m.device)
	check(w.t, err)
	w.use(store)
}

// restoration is the tool's work, as a call of its own.
func (w *world) restoration(name string) *restoration {
	return &restoration{Store: w.store, Bucket: w.bucket, Events: w, Name: name, Out: io.Discard, Errors: io.Discard}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

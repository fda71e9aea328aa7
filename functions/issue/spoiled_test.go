package issue_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/genproto/googleapis/type/latlng"

	"walletpasses.example/server/functions/regenerate"
	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

// A shop writes into its document, with Firestore's own API, what JSON does not know: GET says what is wrong with it, and DELETE
// voids the pass on the phones all the same.
func TestASpoiledDocumentIsShownAndDeleted(t *testing.T) {
	t.Setenv("FIRESTORE_EMULATOR_HOST", emulator.Firestore(t))
	project := "spoiled-" + strings.ToLower(rand.Text())
	shop, err := firestore.NewClient(t.Context(), project)
	check(t, err)
	defer shop.Close()
	records, err := store.Open(t.Context(), project, "(default)")
	check(t, err)
	defer records.Close()
	l := newLine(t, records)

	if got := l.call("PUT", path, whole); got.status != 201 {
		t.Fatalf("%+v", got)
	}
	l.packages()
	_, err = shop.Doc("passTypes/"+card.PassTypeIdentifier+"/passes/"+card.SerialNumber).Update(t.Context(), []firestore.Update{
		{Path: "data.place", Value: &latlng.LatLng{Latitude: 1, Longitude: 2}}, {Path: "data.points", Value: math.NaN()},
	})
	check(t, err)
	l.packages()

	got := l.call("GET", path, "")
	if data, _ := got.Document["data"].(map[string]any); got.status != 200 || data["points"] != "NaN" || data["fullName"] != "Ada Example" {
		t.Errorf("GET: %d %v", got.status, got.Document)
	}
	if got.Package.Problem == nil {
		t.Fatal("GET shows no problem")
	}
	for _, at := range []string{"/data/place", "/data/points"} {
		if !slices.ContainsFunc(got.Package.Problem.Findings, func(f wallet.Finding) bool { return f.Path == at }) {
			t.Errorf("nothing is found at %s: %v", at, got.Package.Problem.Findings)
		}
	}

	for range 2 {
		if got := l.call("DELETE", path, ""); got.status != 200 || !got.Voided {
			t.Errorf("DELETE: %+v", got)
		}
	}
	l.packages()
	if got := l.call("GET", path, ""); got.status != 200 || !got.Voided || got.Package.Version != 2 || !got.Package.Current {
		t.Errorf("GET of what was deleted: %d, %v, %+v", got.status, got.Document, got.Package)
	}
	if pass := l.pass(); !strings.Contains(pass, `"voided":true`) || !strings.Contains(pass, "Ada Example") {
		t.Errorf("the phones get %s", pass)
	}
}

// A line is the API and the packager behind it, over Firestore.
type line struct {
	fixture
	records  *store.Store
	bucket   *inmem.Bucket
	packager regenerate.Packager
}

func newLine(t *testing.T, records *store.Store) *line {
	t.Helper()
	authority, err := devcerts.New(time.Now())
	check(t, err)
	identity, err := authority.PassIdentity(card.PassTypeIdentifier, "TEAMID1234")
	check(t, err)
	api := newAPI(t, records)
	l := &line{fixture: fixture{t: t, api: api.Routes(slog.New(slog.DiscardHandler))}, records: records, bucket: inmem.NewBucket()}
	l.packager = regenerate.Packager{
		Store: records, Bucket: l.bucket, Events: l, Renderer: api.Writer.Renderer, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Signers: map[string]*pkpass.Signer{card.PassTypeIdentifier: pkpass.NewSigner(identity, time.Now)},
	}
	return l
}

// PassPackaged is heard by nobody.
func (l *line) PassPackaged(context.Context, wallet.PassPackaged) error { return nil }

// packages is the packager, which has heard of a change.
func (l *line) packages() {
	l.t.Helper()
	message, err := json.Marshal(wallet.PassChanged{PassID: card})
	check(l.t, err)
	check(l.t, l.packager.Handle(l.t.Context(), message))
}

// pass returns the pass.json that phones get.
func (l *line) pass() string {
	l.t.Helper()
	pkg, err := l.records.CurrentPackage(l.t.Context(), card)
	check(l.t, err)
	object, _, err := l.bucket.Open(l.t.Context(), pkg.Object)
	check(l.t, err)
	defer object.Close()
	data, err := io.ReadAll(object)
	check(l.t, err)
	contents, findings := pkpass.Read(data)
	check(l.t, findings.Err())
	return string(contents.PassJSON)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package regenerate_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/functions/regenerate"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

const message = `{"passTypeIdentifier":"pass.com.example.loyalty","serialNumber":"card-1"}`

var (
	card    = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "card-1"}
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	errDown = errors.New("down")
)

// A line is the packager between a store, a bucket and a bus that can be told to fail.
type line struct {
	*inmem.Store
	t         *testing.T
	bucket    *inmem.Bucket
	packager  regenerate.Packager
	roots     *x509.CertPool
	announced []int64 // versions

	fails, lost string // the call that fails before, or after, it was applied
	err         error
	overtaken   string // before this call, once, somebody else is faster:
	overtake    func()
}

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
	identity, err := authority.PassIdentity(card.PassTypeIdentifier, "TEAMID1234")
	return signature{identity, authority.Pool()}, err
})

func newLine(t *testing.T) *line {
	l := &line{Store: inmem.NewStore(), t: t, bucket: inmem.NewBucket()}
	clock := func() time.Time { return noon }
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	l.check(err)
	templates, err := template.Builtin()
	l.check(err)
	signing, err := signing()
	l.check(err)
	l.roots = signing.roots
	l.packager = regenerate.Packager{
		Store: l, Bucket: l, Events: l, Log: slog.New(slog.DiscardHandler), Now: clock,
		Signers: map[string]*pkpass.Signer{card.PassTypeIdentifier: pkpass.NewSigner(signing.identity, clock)},
		Renderer: document.Renderer{
			Templates: templates, Teams: map[string]string{card.PassTypeIdentifier: "TEAMID1234"}, Keys: keys, WebServiceURL: "https://passes.example.com",
		},
	}
	return l
}

func (l *line) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// around makes a call, which may fail before or after it was applied.
func (l *line) around(call string, apply func() error) error {
	if call == l.overtaken {
		l.overtaken = ""
		l.overtake()
	}
	if call == l.fails {
		return l.err
	}
	if err := apply(); err != nil || call != l.lost {
		return err
	}
	return l.err
}

func (l *line) CurrentPackage(ctx context.Context, id wallet.PassID) (pkg wallet.CurrentPackage, err error) {
	err = l.around("CurrentPackage", func() error { pkg, err = l.Store.CurrentPackage(ctx, id); return err })
	return pkg, err
}

func (l *line) Document(ctx context.Context, id wallet.PassID) (doc wallet.DocumentSnapshot, err error) {
	err = l.around("Document", func() error { doc, err = l.Store.Document(ctx, id); return err })
	return doc, err
}

func (l *line) SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (revision wallet.Revision, err error) {
	err = l.around("SavePackage", func() error { revision, err = l.Store.SavePackage(ctx, pkg); return err })
	return revision, err
}

func (l *line) Create(ctx context.Context, name string, data []byte) error {
	return l.around("Create", func() error { return l.bucket.Create(ctx, name, data) })
}

func (l *line) Open(ctx context.Context, name string) (object io.ReadCloser, size int64, err error) {
	err = l.around("Open", func() error { object, size, err = l.bucket.Open(ctx, name); return err })
	return object, size, err
}

func (l *line) PassPackaged(_ context.Context, e wallet.PassPackaged) error {
	if e.PassID != card || e.Version != l.current().Version {
		l.t.Errorf("announced %+v before it is current", e)
	}
	return l.around("PassPackaged", func() error { l.announced = append(l.announced, e.Version); return nil })
}

func (l *line) deliver() error { return l.packager.Handle(l.t.Context(), []byte(message)) }

func (l *line) current() wallet.CurrentPackage {
	pkg, err := l.Store.CurrentPackage(l.t.Context(), card)
	l.check(err)
	return pkg
}

func (l *line) objects() []string {
	names, err := l.bucket.List(l.t.Context(), "", "", 1000)
	l.check(err)
	return names
}

// write is a business that replaces the document.
func (l *line) write(change func(wallet.DocumentSnapshot) wallet.DocumentSnapshot) {
	doc, err := l.Store.Document(l.t.Context(), card)
	l.check(err)
	_, err = l.SaveDocument(l.t.Context(), change(doc))
	l.check(err)
}

func (l *line) points(n int64) { l.filled("points", n) }

func (l *line) filled(template string, points int64) {
	l.write(func(doc wallet.DocumentSnapshot) wallet.DocumentSnapshot {
		return doc.Replace(map[string]any{"template": template, "data": map[string]any{
			"programName": "Bean Club", "organizationName": "Corner Roastery", "accountId": "C-1", "fullName": "Ada Example",
			"qrCodeLink": "https://example.com/c/1", "points": points,
		}}, 0)
	})
}

// served is the package that the record points to, as a phone takes it in: the promise is that there is one, and it is whole.
func (l *line) served() string {
	l.t.Helper()
	object, _, err := l.bucket.Open(l.t.Context(), l.current().Object)
	l.check(err)
	data, err := io.ReadAll(object)
	l.check(err)
	contents, findings := pkpass.Verify(data, pkpass.VerifyOptions{Roots: l.roots, Now: noon})
	l.check(findings.Err())
	return string(contents.PassJSON)
}

// The life of one pass, one message after another.
func TestLife(t *testing.T) {
	l := newLine(t)
	for _, step := range []struct {
		name     string
		happens  func()
		version  int64
		written  bool // the record
		objects  int
		problem  string // rule of the first finding
		announce bool
		shows    string // in the pass that is served
	}{
		{"refused before the first package", func() { l.filled("nothing", 1) }, 0, true, 0, "TPL-UNKNOWN", false, ""},
		{"new", func() { l.points(1) }, 1, true, 1, "", true, `"value":1`},
		{"the same message again", func() {}, 1, false, 1, "", true, `"value":1`}, // promise 4, and redelivery re-announces
		{"changed", func() { l.points(2) }, 2, true, 2, "", true, `"value":2`},
		{"refused", func() { l.filled("nothing", 3) }, 2, true, 2, "TPL-UNKNOWN", true, `"value":2`},
		{"refused for the same reason", func() {}, 2, false, 2, "TPL-UNKNOWN", true, `"value":2`},
		{"healed", func() { l.points(2) }, 2, true, 2, "", true, `"value":2`},
		{"deleted while it is nonsense", func() { l.filled("nothing", 2); l.write(wallet.DocumentSnapshot.Delete) }, 3, true, 3, "", true, `"voided":true`},
		{"revived", func() { l.points(4) }, 4, true, 4, "", true, `"value":4`},
		{"taken away", func() { l.DeleteDocument(card) }, 5, true, 5, "", true, `"voided":true`},
	} {
		before := l.current()
		l.announced = nil
		step.happens()
		l.check(l.deliver())
		now := l.current()
		if now.Version != step.version || (now.Revision != before.Revision) != step.written || len(l.objects()) != step.objects {
			t.Errorf("%s: version %d, written %v, objects %v", step.name, now.Version, now.Revision != before.Revision, l.objects())
		}
		if (now.Problem != nil) != (step.problem != "") || now.Problem != nil && now.Problem.Findings[0].Rule != step.problem {
			t.Errorf("%s: problem %+v, want %q", step.name, now.Problem, step.problem)
		}
		if announced := slices.Equal(l.announced, []int64{step.version}); announced != step.announce || !announced && l.announced != nil {
			t.Errorf("%s: announced %v", step.name, l.announced)
		}
		if step.version > 0 && !strings.Contains(l.served(), step.shows) {
			t.Errorf("%s: the pass does not show %s: %s", step.name, step.shows, l.served())
		}
		if now.Version > before.Version && before.Version > 0 && now.LastModified != before.LastModified.Add(time.Second) { // WS-GET-5
			t.Errorf("%s: Last-Modified %v after %v", step.name, now.LastModified, before.LastModified)
		}
	}
	l.check(errors.Join(l.Violations()...))
}

func TestTheFirstRecord(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.check(l.deliver())
	pkg := l.current()
	doc, err := l.Store.Document(t.Context(), card)
	l.check(err)
	if pkg.SourceRevision != doc.Revision || pkg.DocumentGone || pkg.TemplateRevision == "" || pkg.TokenKeyVersion != 1 || !pkg.LastModified.Equal(noon) {
		t.Errorf("%+v", pkg)
	}
	if want := "packages/" + card.String() + "/1-" + pkg.ContentHash[:32] + ".pkpass"; pkg.Object != want || !slices.Equal(l.objects(), []string{want}) {
		t.Errorf("object %s, want %s", pkg.Object, want)
	}
	timeline := fmt.Sprint([]wallet.Event{{Time: doc.Revision.Time(), Kind: "written"}, {Time: noon, Kind: "packaged", Version: 1}})
	if got := fmt.Sprint(pkg.Timeline); got != timeline {
		t.Errorf("timeline %s, want %s", got, timeline)
	}
}

// The timeline has each writing of the document once, with what came of it, however often it is delivered.
func TestTheTimeline(t *testing.T) {
	l := newLine(t)
	for _, happens := range []func(){
		func() { l.points(1) },
		func() {},
		func() { l.points(2) },
		func() { l.filled("absent", 1) },
		func() {},
		func() { l.points(2) },
		func() { l.DeleteDocument(card) },
		func() {},
	} {
		happens()
		l.check(l.deliver())
		l.check(l.deliver())
	}
	var kinds []string
	for _, e := range l.current().Timeline {
		kinds = append(kinds, e.Kind)
	}
	if got, want := strings.Join(kinds, ", "), "written, packaged, written, packaged, written, refused, written, document removed, packaged"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// A document that somebody wrote past the API cannot change the style of a card that phones hold.
func TestSTY5_TheStyleStays(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.check(l.deliver())
	l.filled("simple", 1)
	l.check(l.deliver())
	if pkg := l.current(); pkg.Version != 1 || pkg.Style != "storeCard" || pkg.Problem == nil || !slices.Contains(rules(pkg.Problem.Findings), "STY-5") {
		t.Errorf("%+v", pkg)
	}
	l.DeleteDocument(card)
	l.check(l.deliver())
	if pkg := l.current(); pkg.Version != 2 || pkg.Style != "storeCard" {
		t.Errorf("taken away: %+v", pkg)
	}
}

// The record says that there is no document any more, for the sweep, and makes no version of it twice.
func TestADocumentThatIsGone(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.check(l.deliver())
	l.DeleteDocument(card)
	l.check(l.deliver())
	if gone := l.current(); !gone.DocumentGone || gone.Version != 2 {
		t.Errorf("%+v", gone)
	}
	l.announced = nil
	l.check(l.deliver())
	if l.current().Version != 2 || len(l.objects()) != 2 || !slices.Equal(l.announced, []int64{2}) {
		t.Errorf("the same absence makes a version, or is not announced: %v", l.announced)
	}
	l.points(3)
	l.check(l.deliver())
	if pkg := l.current(); pkg.DocumentGone || pkg.Version != 3 {
		t.Errorf("after it came back: %+v", pkg)
	}
}

// A worker is about to commit a document that is taken away meanwhile; the message of that ends before it, and no other will
// come. Found by the simulator.
func TestPromise1_ADocumentTakenAwayWhileItIsPackaged(t *testing.T) {
	for _, before := range []string{"Create", "SavePackage"} {
		for name, c := range map[string]struct {
			prepare func(l *line)
			version int64 // in the end
		}{
			"for the first time":           {func(*line) {}, 0},
			"after it was taken away once": {func(l *line) { l.points(1); l.check(l.deliver()); l.DeleteDocument(card); l.check(l.deliver()) }, 2},
			"after it never was":           {func(l *line) { _ = l.deliver() }, 0},
		} {
			l := newLine(t)
			c.prepare(l)
			l.points(2)
			l.overtaken = before
			l.overtake = func() { l.DeleteDocument(card); _ = l.deliver() }
			err := l.deliver()
			if pkg := l.current(); !pkg.DocumentGone || pkg.Version != c.version || (c.version == 0) != errors.Is(err, wallet.ErrNotFound) {
				t.Errorf("before %s, %s: %v, %+v", before, name, err, pkg)
			}
			if c.version > 0 && !strings.Contains(l.served(), `"voided":true`) {
				t.Errorf("before %s, %s: %s", before, name, l.served())
			}
			if c.version == 0 && (l.announced != nil || wallet.Acknowledge(t.Context(), slog.New(slog.DiscardHandler), "RegeneratePass", err) != nil) {
				t.Errorf("before %s, %s: announced %v, or delivered again: %v", before, name, l.announced, err)
			}
		}
	}
}

// A record of before there was such a mark gets it, without a new version.
func TestADocumentThatHasLongBeenGoneIsMarked(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.check(l.deliver())
	l.DeleteDocument(card)
	l.check(l.deliver())
	old := l.current().Same()
	old.DocumentGone = false
	_, err := l.Store.SavePackage(t.Context(), old)
	l.check(err)
	l.check(l.deliver())
	if pkg := l.current(); !pkg.DocumentGone || pkg.Version != 2 {
		t.Errorf("%+v", pkg)
	}
}

// Wherever an attempt ends, the message comes again, and what is served in between is whole. The second document is one
// that was taken away, so that each call takes part.
func TestEveryCallMayFail(t *testing.T) {
	for _, c := range []struct {
		call      string
		applied   bool
		committed bool // by the attempt that failed
	}{
		{"CurrentPackage", false, false}, {"Document", false, false}, {"Open", false, false}, {"Create", false, false}, {"SavePackage", false, false},
		{"Create", true, false}, {"SavePackage", true, true}, {"PassPackaged", false, true}, {"PassPackaged", true, true},
	} {
		l := newLine(t)
		l.points(1)
		l.check(l.deliver())
		l.DeleteDocument(card)
		if l.fails, l.err = c.call, errDown; c.applied {
			l.fails, l.lost = "", c.call
		}
		if err := l.deliver(); !errors.Is(err, errDown) || (l.current().Version == 2) != c.committed || strings.Contains(l.served(), `"voided":true`) != c.committed {
			t.Errorf("%+v: %v, version %d", c, err, l.current().Version)
		}
		l.fails, l.lost, l.announced = "", "", nil
		l.check(l.deliver())
		if l.current().Version != 2 || len(l.objects()) != 2 || !slices.Equal(l.announced, []int64{2}) || !strings.Contains(l.served(), `"voided":true`) {
			t.Errorf("%+v: then version %d, objects %v, announced %v", c, l.current().Version, l.objects(), l.announced)
		}
	}
}

// The object of an attempt that did not get as far as its commit is used as it is: Create says ErrExists.
func TestAnObjectThatIsThereIsUsed(t *testing.T) {
	l := newLine(t)
	l.points(1)
	l.fails, l.err = "SavePackage", errDown
	if err := l.deliver(); !errors.Is(err, errDown) || len(l.objects()) != 1 || l.current().Version != 0 {
		t.Fatalf("%v, objects %v", err, l.objects())
	}
	l.fails = ""
	l.packager.Now = func() time.Time { return noon.Add(time.Hour) }
	l.check(l.deliver())
	if pkg := l.current(); !slices.Equal(l.objects(), []string{pkg.Object}) || !pkg.LastModified.Equal(noon.Add(time.Hour)) || !slices.Equal(l.announced, []int64{1}) {
		t.Errorf("%+v, objects %v, announced %v", pkg, l.objects(), l.announced)
	}
	l.served()
}

// Promise 2: whoever is overtaken reads both again, so that the newest document wins and the pointer never moves back.
func TestSomebodyElseIsFaster(t *testing.T) {
	for _, before := range []string{"CurrentPackage", "Document", "Create", "SavePackage"} {
		for _, points := range []int64{1, 2} { // the same document or a newer one
			l := newLine(t)
			l.points(1)
			l.overtaken = before
			l.overtake = func() { l.points(points); l.check(l.deliver()) }
			l.check(l.deliver())
			if l.current().Version != 1 || !slices.Equal(l.announced, []int64{1, 1}) || !strings.Contains(l.served(), fmt.Sprintf(`"value":%d`, points)) {
				t.Errorf("before %s, %d points: version %d, announced %v: %s", before, points, l.current().Version, l.announced, l.served())
			}
			l.check(errors.Join(l.Violations()...))
		}
	}
}

func TestConflictForEverAsksForAnotherDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		l.points(1)
		l.fails, l.err = "SavePackage", wallet.ErrConflict
		if err := l.deliver(); !errors.Is(err, wallet.ErrConflict) || l.current().Version != 0 || l.announced != nil {
			t.Errorf("%v, version %d, announced %v", err, l.current().Version, l.announced)
		}
	})
}

// Metrics count refusals. A line names the rules, once for each document, and nothing of what the document says.
func TestARefusalIsLogged(t *testing.T) {
	l := newLine(t)
	var log bytes.Buffer
	l.packager.Log = slog.New(slog.NewJSONHandler(&log, nil))
	l.filled("nothing", 1)
	l.fails, l.err = "SavePackage", errDown
	if err := l.deliver(); !errors.Is(err, errDown) || log.Len() > 0 {
		t.Errorf("%v, logged before it was recorded: %s", err, &log)
	}
	l.fails = ""
	l.check(l.deliver())
	l.check(l.deliver())
	if want := `"level":"WARN","msg":"package refused","passTypeIdentifier":"pass.com.example.loyalty","serialNumber":"card-1","rules":["TPL-UNKNOWN"]}`; strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), want) {
		t.Errorf("logged %s", &log)
	}
	log.Reset()
	l.write(func(doc wallet.DocumentSnapshot) wallet.DocumentSnapshot {
		return doc.Replace(map[string]any{"template": "points", "data": map[string]any{"fullName": "Ada Example"}}, 0)
	})
	l.check(l.deliver())
	if broken := l.current().Problem.Findings; len(broken) < 2 || strings.Count(log.String(), `"`+broken[0].Rule+`"`) != 1 || strings.Contains(log.String(), "Ada") {
		t.Errorf("findings %v, logged %s", broken, &log)
	}
}

// What no document is to blame for is no problem of the document, and leaves nothing behind.
func TestWhatIsNotPackaged(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		spoil   func(*line)
		again   bool
	}{
		"no certificate":         {message, func(l *line) { l.packager.Signers = nil }, true},
		"templates out of reach": {message, func(l *line) { l.packager.Renderer.Templates = noTemplates{} }, true},
		"no JSON":                {`{`, func(*line) {}, false},
		"no pass":                {`{"passTypeIdentifier":"pass.com.example.loyalty"}`, func(*line) {}, false},
	} {
		l := newLine(t)
		l.points(1)
		c.spoil(l)
		err := l.packager.Handle(t.Context(), []byte(c.message))
		again := wallet.Acknowledge(t.Context(), slog.New(slog.DiscardHandler), "RegeneratePass", err) != nil
		if err == nil || again != c.again || l.current().Revision != 0 || len(l.objects()) != 0 || l.announced != nil {
			t.Errorf("%s: %v, delivered again %v, record %+v, objects %v", name, err, again, l.current(), l.objects())
		}
	}
}

// A document may be accepted by who has the certificate before the packager has it, too: the refusal says so, and is tried again
// by the sweep, which knows it by the revision that is missing.
func TestPromise1_ACertificateThatComesLater(t *testing.T) {
	l := newLine(t)
	l.points(1)
	signers, teams := l.packager.Signers, l.packager.Renderer.Teams
	l.packager.Signers, l.packager.Renderer.Teams = nil, nil
	l.check(l.deliver())
	if problem := l.current().Problem; problem == nil || problem.TemplateRevision != "" || problem.Findings[0].Rule != "DOC-PASS-TYPE" {
		t.Errorf("%+v", l.current())
	}
	l.packager.Signers, l.packager.Renderer.Teams = signers, teams
	l.check(l.deliver())
	if l.current().Version != 1 || l.current().Problem != nil || !strings.Contains(l.served(), `"value":1`) {
		t.Errorf("%+v", l.current())
	}
	l.packager.Signers, l.packager.Renderer.Teams = nil, nil
	l.write(wallet.DocumentSnapshot.Delete)
	if err := l.deliver(); err == nil || !strings.Contains(err.Error(), "no certificate") {
		t.Errorf("voiding it without a certificate: %v", err)
	}
}

type noTemplates struct{}

func (noTemplates) Template(context.Context, string) (*template.Template, error) { return nil, errDown }

func rules(findings wallet.Findings) []string {
	var rules []string
	for _, f := range findings {
		rules = append(rules, f.Rule)
	}
	return rules
}

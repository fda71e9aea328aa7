package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/ingest"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

const name = `"passTypeIdentifier": "pass.com.example.loyalty", "serialNumber": "card-1"`

const whole = `{` + name + `, "template": "points", "data": {"programName": "Bean Club", "organizationName": "Corner Roastery",
	"accountId": "C-1", "fullName": "Ada Example", "qrCodeLink": "https://example.com/c/1", "points": 80}}`

var (
	card = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "card-1"}
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

type fixture struct {
	t      testing.TB
	store  *inmem.Store
	handle wallet.MessageHandler
}

func newFixture(t testing.TB) fixture {
	t.Helper()
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	check(t, err)
	templates, err := template.Builtin()
	check(t, err)
	store := inmem.NewStore()
	writer := document.Writer{Store: store, Renderer: document.Renderer{
		Templates: templates, Teams: map[string]string{card.PassTypeIdentifier: "TEAMID1234"}, Keys: keys, WebServiceURL: "https://passes.example.com",
	}}
	return fixture{t, store, ingest.New(writer, store, func() time.Time { return noon })}
}

// packaged gives the pass a first package, as it has when its document was written before.
func (f fixture) packaged() {
	f.t.Helper()
	check(f.t, f.handle(f.t.Context(), []byte(whole)))
	first := wallet.CurrentPackage{ID: card}.Next(noon)
	first.Object = "packages/1.pkpass"
	_, err := f.store.SavePackage(f.t.Context(), first)
	check(f.t, err)
}

func (f fixture) document() wallet.DocumentSnapshot {
	f.t.Helper()
	s, err := f.store.Document(f.t.Context(), card)
	check(f.t, err)
	return s
}

func (f fixture) timeline() []wallet.Event {
	f.t.Helper()
	pkg, err := f.store.CurrentPackage(f.t.Context(), card)
	check(f.t, err)
	return pkg.Timeline
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestIngestWritesTheDocumentWithoutTheEnvelope(t *testing.T) {
	f := newFixture(t)
	check(t, f.handle(t.Context(), []byte(strings.Replace(whole, `"template"`, `"revision": 7, "template"`, 1))))
	s := f.document()
	if len(s.Business()) != 2 || s.Fields["template"] != "points" || s.Fields["messageRevision"] != int64(7) {
		t.Errorf("%v", s.Fields)
	}
	check(t, f.handle(t.Context(), []byte(`{`+name+`, "revision": 6, "data": {"points": 1}}`)))
	check(t, f.handle(t.Context(), []byte(`{`+name+`, "revision": 8, "data": {"points": 120}}`)))
	if got := f.document().Fields["data"].(map[string]any)["points"]; got != int64(120) {
		t.Errorf("%v points", got)
	}
}

// refusals are messages that can never succeed, and what must be said of each.
var refusals = []struct {
	name, message string
	kind          error
	says          string
	named         bool // it can be told which pass is meant
}{
	{"nothing", ``, wallet.ErrInvalid, "not a JSON object", false},
	{"not JSON", `{"serialNumber"`, wallet.ErrInvalid, "not a JSON object", false},
	{"a list", `[` + whole + `]`, wallet.ErrInvalid, "not a JSON object", false},
	{"two objects", whole + whole, wallet.ErrInvalid, "nothing may follow", false},
	{"too large", `{` + name + `, "data": {"x": "` + strings.Repeat("x", wallet.MaxDocumentSize) + `"}}`, wallet.ErrTooLarge, "bytes", false},
	{"padded", whole + strings.Repeat(" ", wallet.MaxDocumentSize), wallet.ErrTooLarge, "bytes", false},
	{"no pass", `{"template": "points"}`, wallet.ErrInvalid, "passTypeIdentifier", false},
	{"no serial number", `{"passTypeIdentifier": "pass.com.example.loyalty"}`, wallet.ErrInvalid, "serialNumber", false},
	{"a bad serial number", `{"passTypeIdentifier": "pass.com.example.loyalty", "serialNumber": "../x"}`, wallet.ErrInvalid, "serialNumber", false},
	{"a serial number that is a number", `{"passTypeIdentifier": "pass.com.example.loyalty", "serialNumber": 7}`, wallet.ErrInvalid, "MSG-TYPE /serialNumber", false},
	{"a pass type of null", `{"passTypeIdentifier": null, "serialNumber": "card-1"}`, wallet.ErrInvalid, "MSG-TYPE /passTypeIdentifier", false},
	{"a revision that is text", `{` + name + `, "revision": "7"}`, wallet.ErrInvalid, "MSG-TYPE /revision", true},
	{"a revision with a fraction", `{` + name + `, "revision": 7.5}`, wallet.ErrInvalid, "MSG-TYPE /revision", true},
	{"a revision too large", `{` + name + `, "revision": 9223372036854775808}`, wallet.ErrInvalid, "MSG-TYPE /revision", true},
	{"a member twice", `{` + name + `, "data": {"points": 1, "points": 2}}`, wallet.ErrInvalid, "JSON-DUPLICATE /data/points", true},
	{"too deep", `{` + name + `, "data": ` + strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20) + `}`, wallet.ErrInvalid, "JSON-DEPTH", true},
	{"an unknown field", `{` + name + `, "colour": "red"}`, wallet.ErrInvalid, "DOC-UNKNOWN /colour", true},
	{"a key of the server", `{` + name + `, "webServiceURL": "https://evil.example"}`, wallet.ErrInvalid, "DOC-SERVER-OWNED /webServiceURL", true},
	{"a template that there is not", `{` + name + `, "template": "nothing"}`, wallet.ErrInvalid, "TPL-UNKNOWN /template", true},
	{"a value of a wrong type", `{` + name + `, "data": {"points": "many"}}`, wallet.ErrInvalid, "R6 pass.json#/storeCard/primaryFields/0/value", true},
}

func TestIngestRefusesForGood(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			f.packaged()
			before := f.document()
			err := f.handle(t.Context(), []byte(c.message))
			if !errors.Is(err, c.kind) || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("%v, want %v that says %q", err, c.kind, c.says)
			}
			if acknowledged := wallet.Acknowledge(t.Context(), slog.New(slog.DiscardHandler), "IngestPass", f.handle(t.Context(), []byte(c.message))); acknowledged != nil {
				t.Errorf("delivered again and again: %v", acknowledged)
			}
			if after := f.document(); after.Revision != before.Revision {
				t.Errorf("the document became %v", after.Fields)
			}
		})
	}
}

// Whoever looks at a pass sees why its message did nothing, as soon as it is known which pass the message meant.
func TestIngestRecordsARefusalInTheTimeline(t *testing.T) {
	for _, c := range refusals {
		if !c.named {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			f.packaged()
			_ = f.handle(t.Context(), []byte(c.message)) // refused, as the test above says
			events := f.timeline()
			if len(events) != 1 || !events[0].Time.Equal(noon) || events[0].Kind != "message refused" || !strings.Contains(events[0].Detail, c.says) {
				t.Errorf("timeline %v, want one refusal that says %q", events, c.says)
			}
		})
	}
}

func TestIngestRecordsThatADeletedPassWasMeant(t *testing.T) {
	f := newFixture(t)
	f.packaged()
	s := f.document()
	_, err := f.store.SaveDocument(t.Context(), s.Delete())
	check(t, err)
	if err := f.handle(t.Context(), []byte(`{`+name+`, "data": {"points": 1}}`)); !errors.Is(err, wallet.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if events := f.timeline(); len(events) != 1 || events[0].Kind != "message refused" {
		t.Errorf("timeline %v", events)
	}
}

// Promise 6: the timeline is part of the record that every update of the pass writes and every phone's request reads. Firestore
// holds no record above 1 MiB, and a broken publisher must not fill it.
func TestIngestBoundsWhatARefusalLeavesBehind(t *testing.T) {
	f := newFixture(t)
	f.packaged()
	var fields strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&fields, `, "field%d": 1`, i)
	}
	if err := f.handle(t.Context(), []byte(`{`+name+fields.String()+`}`)); !errors.Is(err, wallet.ErrInvalid) {
		t.Fatal(err)
	}
	if events := f.timeline(); len(events) != 1 || len(events[0].Detail) > 8<<10 {
		t.Errorf("%d events, the last of %d bytes", len(events), len(events[len(events)-1].Detail))
	}
}

func TestIngestRecordsNothingOfAnUnknownPass(t *testing.T) {
	f := newFixture(t)
	if err := f.handle(t.Context(), []byte(`{`+name+`, "template": "points"}`)); !errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("%v", err)
	}
	if pkg, err := f.store.CurrentPackage(t.Context(), card); err != nil || pkg.Revision != 0 {
		t.Errorf("a record was made: %+v, %v", pkg, err)
	}
}

// busy is a store whose package record somebody else writes just before each of the first few saves.
type busy struct {
	*inmem.Store
	conflicts int
}

func (b *busy) SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	if b.conflicts > 0 {
		b.conflicts--
		other, err := b.Store.CurrentPackage(ctx, pkg.ID)
		if err != nil {
			return 0, err
		}
		other = other.Same()
		other.Record(wallet.Event{Kind: "packaged", Detail: fmt.Sprint(b.conflicts)})
		if _, err := b.Store.SavePackage(ctx, other); err != nil {
			return 0, err
		}
	}
	return b.Store.SavePackage(ctx, pkg)
}

func TestIngestRecordsDespiteConflicts(t *testing.T) {
	f := newFixture(t)
	f.packaged()
	handle := ingest.New(document.Writer{Store: f.store}, &busy{f.store, 2}, func() time.Time { return noon })
	if err := handle(t.Context(), []byte(`{`+name+`, "template": null}`)); !errors.Is(err, wallet.ErrInvalid) {
		t.Errorf("%v", err)
	}
	events := f.timeline()
	if len(events) != 3 || events[2].Kind != "message refused" {
		t.Errorf("timeline %v", events)
	}
}

// away is a document store that is out of reach.
type away struct{ document.Store }

func (away) Document(context.Context, wallet.PassID) (wallet.DocumentSnapshot, error) {
	return wallet.DocumentSnapshot{}, errors.New("Firestore is away")
}

func TestIngestAsksForAnotherDeliveryWhenTheStoreIsAway(t *testing.T) {
	f := newFixture(t)
	f.packaged()
	handle := ingest.New(document.Writer{Store: away{}}, f.store, func() time.Time { return noon })
	if err := wallet.Acknowledge(t.Context(), slog.New(slog.DiscardHandler), "IngestPass", handle(t.Context(), []byte(whole))); err == nil {
		t.Error("the message was acknowledged, and is lost")
	}
	if events := f.timeline(); len(events) != 0 {
		t.Errorf("recorded as refused: %v", events)
	}
}

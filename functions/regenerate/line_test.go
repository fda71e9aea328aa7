package regenerate_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
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
		}})
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

package document_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

var card = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "card-1"}

// points returns the fields of a whole document for the starter of that name, with so many points.
func points(n int64) map[string]any {
	return map[string]any{"template": "points", "data": map[string]any{
		"programName": "Bean Club", "organizationName": "Corner Roastery", "accountId": "C-1", "fullName": "Ada Example",
		"qrCodeLink": "https://example.com/c/1", "points": n,
	}}
}

// with returns a copy of the fields with one set, or without it when value is nil.
func with(fields map[string]any, key string, value any) map[string]any {
	changed := maps.Clone(fields)
	changed[key] = value
	if value == nil {
		delete(changed, key)
	}
	return changed
}

// data returns a copy of the fields with one value of data set, or without it when value is nil.
func data(fields map[string]any, key string, value any) map[string]any {
	return with(fields, "data", with(fields["data"].(map[string]any), key, value))
}

func renderer(t testing.TB) document.Renderer {
	t.Helper()
	keys, err := wallet.NewTokenKeys(2, map[int][]byte{1: []byte(strings.Repeat("a", 32)), 2: []byte(strings.Repeat("b", 32))})
	if err != nil {
		t.Fatal(err)
	}
	templates, err := template.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return document.Renderer{
		Templates: templates, Teams: map[string]string{card.PassTypeIdentifier: "TEAMID1234"}, Keys: keys, WebServiceURL: "https://passes.example.com",
	}
}

// counted is a store that notes what is asked of it, and does something of its own before a save.
type counted struct {
	*inmem.Store
	reads, saves int
	beforeSave   func(save int) error
}

func (c *counted) Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error) {
	c.reads++
	return c.Store.Document(ctx, id)
}

func (c *counted) SaveDocument(ctx context.Context, s wallet.DocumentSnapshot) (wallet.Revision, error) {
	c.saves++
	if c.beforeSave != nil {
		if err := c.beforeSave(c.saves); err != nil {
			return 0, err
		}
	}
	return c.Store.SaveDocument(ctx, s)
}

func newWriter(t testing.TB) (document.Writer, *counted) {
	t.Helper()
	store := &counted{Store: inmem.NewStore()}
	return document.Writer{Store: store, Renderer: renderer(t)}, store
}

// stored reads the document as it stands.
func stored(t testing.TB, store *counted) wallet.DocumentSnapshot {
	t.Helper()
	s, err := store.Store.Document(t.Context(), card)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// value returns a value of the document's data.
func value(s wallet.DocumentSnapshot, key string) any {
	data, _ := s.Fields["data"].(map[string]any)
	return data[key]
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

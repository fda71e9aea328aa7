// Package console is the page at the root of local mode, where a pass is designed, tried and understood: what it is made of
// (assets, no build step, nothing fetched from elsewhere), what it asks the server beside the issuer's API, and the events that
// keep it up to date.
//
// Called by a browser on the same machine. Nothing here writes a document: what the page saves goes through the issuer's API.
package console

import (
	"context"
	"io"
	"net/http"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// Store reads documents and packages.
type Store interface {
	Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error)
	CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error)
	// DocumentRevisions returns a page of at most limit documents of all pass types, in an order that stays, and where the
	// next one begins: empty after the last. after is empty for the first page.
	DocumentRevisions(ctx context.Context, after string, limit int) (page []wallet.DocumentRevision, next string, err error)
}

// Bucket opens packages.
type Bucket interface {
	// Open returns the object and its size in bytes, or [wallet.ErrNotFound].
	Open(ctx context.Context, name string) (io.ReadCloser, int64, error)
}

// A Console answers what the page asks.
type Console struct {
	Store    Store
	Bucket   Bucket
	Renderer document.Renderer
	Hub      *Hub
	Now      func() time.Time
	About    About
	// Sample is the sample document of a template, and whether there is one.
	Sample func(template string) (wallet.Document, bool)
	// Kept reports that a picture has been fetched from its source before, or would not be fetched, whatever is at fault.
	Kept func(ctx context.Context, source string) (bool, error)
	// Broken is what is wrong with those templates whose files cannot be used as they are now, by name.
	Broken func() map[string]wallet.Findings

	drafts drafts
}

// Handle adds what is under /local/ to a router, which it returns.
func (c *Console) Handle(router *webservice.Router) *webservice.Router {
	const pass = "/local/passes/{passTypeIdentifier}/{serialNumber}"
	get := func(path string, h webservice.HandlerFunc) {
		router.Handle(webservice.Route{Method: http.MethodGet, Path: path}, h)
	}
	get("/local/console/{file}", asset)
	get("/local/events", c.events)
	get("/local/templates", c.listTemplates)
	get("/local/templates/{template}/sample", c.showSample)
	get("/local/templates/{template}/drawn", c.drawSample)
	get("/local/passes", c.listPasses)
	get(pass+"/document", c.showDocument)
	get(pass+"/drawn", c.drawPass)
	get(pass+"/draft/drawn", c.drawDraft)
	return router.Handle(webservice.Route{Method: http.MethodPost, Path: pass + "/draft"}, c.draft)
}

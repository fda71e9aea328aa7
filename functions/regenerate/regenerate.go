// Package regenerate brings a pass's signed package up to its document: it renders, validates, signs and stores a new
// immutable object, moves the pointer forward, and announces it.
//
// Called by Pub/Sub with what was announced on pass-changed, at least once, in any order. The message is a hint: the
// document is read as it is now. An error asks for another delivery; a document that cannot be packaged is recorded with
// its findings and acknowledged, and the package before it keeps being served.
package regenerate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// Store reads documents, and reads and moves the pointer to the current package.
type Store interface {
	Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error)
	CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error)
	// SavePackage makes the record durable and returns its new revision. It fails with [wallet.ErrConflict], changing
	// nothing, when the stored one is not of pkg.Revision any more.
	SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Revision, error)
}

// Bucket keeps packages.
type Bucket interface {
	// Create stores a new object durably, or fails with [wallet.ErrExists] and leaves the one there as it is. It does not
	// keep data.
	Create(ctx context.Context, name string, data []byte) error
	// Open returns the object and its size in bytes, or [wallet.ErrNotFound].
	Open(ctx context.Context, name string) (io.ReadCloser, int64, error)
}

// Events announces that a package can be fetched.
type Events interface {
	// PassPackaged returns when the message is durable.
	PassPackaged(ctx context.Context, e wallet.PassPackaged) error
}

// A Packager does the work.
type Packager struct {
	Store    Store
	Bucket   Bucket
	Events   Events
	Renderer document.Renderer
	Signers  map[string]*pkpass.Signer // by pass type identifier
	Log      *slog.Logger
	Now      func() time.Time

	archives sync.Pool // of *[]byte: fresh memory is what a package costs most beside its signature
}

// Handle is the [wallet.MessageHandler] of one change. It announces the package it finds current as well as one it
// makes, for it cannot know whether the announcement before it was lost; devices that were told are not told twice.
func (p *Packager) Handle(ctx context.Context, message []byte) error {
	var event wallet.PassChanged
	if err := wallet.ParseEvent(message, &event); err != nil {
		return fmt.Errorf("regenerate: %w", err)
	}
	pkg, err := p.bringUp(ctx, event.PassID)
	if err != nil {
		return fmt.Errorf("regenerate %v: %w", event.PassID, err)
	}
	if pkg.Version == 0 {
		return nil
	}
	if err := p.Events.PassPackaged(ctx, wallet.PassPackaged{PassID: event.PassID, Version: pkg.Version}); err != nil {
		return fmt.Errorf("regenerate %v: announce version %d: %w", event.PassID, pkg.Version, err)
	}
	return nil
}

// bringUp repeats the work for as long as somebody else moves the record in the meantime.
func (p *Packager) bringUp(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	for attempt := 0; ; attempt++ {
		// The record is read before the document. So when the guarded write succeeds, nobody has committed since, and
		// the document is at least as new as the one that the record was made from: the pointer never moves back.
		current, err := p.Store.CurrentPackage(ctx, id)
		if err != nil {
			return current, err
		}
		doc, err := p.Store.Document(ctx, id)
		if err != nil {
			return current, err
		}
		next, err := p.regenerate(ctx, doc, current)
		if !errors.Is(err, wallet.ErrConflict) {
			return next, err
		}
		if err := wallet.Backoff(ctx, attempt); err != nil {
			return current, err
		}
	}
}

// regenerate returns the record as it stands after the document was taken into account.
func (p *Packager) regenerate(ctx context.Context, doc wallet.DocumentSnapshot, current wallet.CurrentPackage) (wallet.CurrentPackage, error) {
	if doc.Revision == 0 && current.Version == 0 {
		return p.absent(ctx, doc, current)
	}
	rendered, findings, err := p.render(ctx, doc, current)
	wrong := findings.Err() != nil || errors.Is(err, wallet.ErrNotReady)
	if wrong && doc.Deleted() && current.Version > 0 {
		// Whatever is wrong with the document of a deleted pass, its pictures or its template, must not keep the pass alive.
		tried := rendered
		rendered, findings, err = p.voided(ctx, current)
		rendered.Template, rendered.TemplateRevision = tried.Template, tried.TemplateRevision
	}
	if unreachable, ok := errors.AsType[*document.UnreachableError](err); ok {
		return p.postpone(ctx, doc, current, rendered, unreachable)
	}
	if err != nil {
		return current, err
	}
	if findings.Err() != nil {
		return p.refuse(ctx, doc, current, rendered, findings)
	}
	hash := pkpass.ContentHash(rendered.Source.Manifest())
	if hash == current.ContentHash {
		return p.unchanged(ctx, doc, current, rendered)
	}
	next, err := p.commit(ctx, doc, current, rendered, hash)
	if findings, ok := errors.AsType[wallet.Findings](err); ok {
		return p.refuse(ctx, doc, current, rendered, findings)
	}
	return next, err
}

// render renders the document; of one that was taken away altogether it renders the last package, voided, since devices
// still hold it.
func (p *Packager) render(ctx context.Context, doc wallet.DocumentSnapshot, current wallet.CurrentPackage) (document.Rendered, wallet.Findings, error) {
	if doc.Revision != 0 {
		return p.Renderer.Render(ctx, doc.Business(), current)
	}
	return p.voided(ctx, current)
}

// absent notes that there is neither a document nor a package. Somebody who has read the document before it was taken away may
// be about to commit its first package, and no other message would come to void that: the note makes their commit a conflict.
func (p *Packager) absent(ctx context.Context, doc wallet.DocumentSnapshot, current wallet.CurrentPackage) (wallet.CurrentPackage, error) {
	next := current.Same()
	next.SourceRevision, next.DocumentGone = max(current.SourceRevision, doc.SourceRevision()), true
	return p.save(ctx, next)
}

// commit packages the source, stores the object under a name of its own, and moves the pointer. A name that is taken is
// the same content, stored by an attempt that did not get as far as the commit.
func (p *Packager) commit(ctx context.Context, doc wallet.DocumentSnapshot, current wallet.CurrentPackage, rendered document.Rendered, hash string) (wallet.CurrentPackage, error) {
	signer, ok := p.Signers[current.ID.PassTypeIdentifier]
	if !ok { // a deleted pass is voided though its pass type has been taken away: that needs it back
		return current, fmt.Errorf("there is no certificate for the pass type %s", current.ID.PassTypeIdentifier)
	}
	now := p.Now()
	next := current.Next(now)
	next.Object = current.ObjectName(next.Version, hash[:32])
	next.ContentHash = hash
	next.SourceRevision, next.DocumentGone = doc.SourceRevision(), doc.Revision == 0
	next.Template, next.TemplateRevision = rendered.Template, rendered.TemplateRevision
	next.Style = rendered.Style
	next.RequiredPersonalizationFields = rendered.RequiredPersonalizationFields
	next.TokenKeyVersion = p.Renderer.KeyVersion(current)
	written(&next, current, doc, "")
	next.Record(wallet.Event{Time: now.UTC(), Kind: wallet.EventPackaged, Version: next.Version})
	if err := p.store(ctx, next.Object, rendered.Source, signer); err != nil {
		return current, err
	}
	return p.save(ctx, next)
}

// store packages a source and stores the object.
func (p *Packager) store(ctx context.Context, name string, source pkpass.Source, signer *pkpass.Signer) error {
	archive, ok := p.archives.Get().(*[]byte)
	if !ok {
		archive = new([]byte)
	}
	defer p.archives.Put(archive)
	data, err := pkpass.AppendPackage((*archive)[:0], source, signer)
	if err != nil {
		return err
	}
	*archive = data
	if err := p.Bucket.Create(ctx, name, data); err != nil && !errors.Is(err, wallet.ErrExists) {
		return fmt.Errorf("store %s: %w", name, err)
	}
	return nil
}

// unchanged notes that the document was looked at. Nothing is signed, stored or pushed.
func (p *Packager) unchanged(ctx context.Context, doc wallet.DocumentSnapshot, current wallet.CurrentPackage, rendered document.Rendered) (wallet.CurrentPackage, error) {
	next := current.Same()
	next.SourceRevision, next.DocumentGone = max(current.SourceRevision, doc.SourceRevision()), doc.Revision == 0
	written(&next, current, doc, "the pass stays as it is")
	next.Template, next.TemplateRevision = rendered.Template, rendered.TemplateRevision
	next.Problem = nil
	if next.SourceRevision == current.SourceRevision && next.Template == current.Template && next.TemplateRevision == current.TemplateRevision &&
		current.Problem == nil {
		return current, nil
	}
	return p.save(ctx, next)
}

// written adds to the timeline when the document was written or removed that the record did not know of before.
func written(next *wallet.CurrentPackage, current wallet.CurrentPackage, doc wallet.DocumentSnapshot, detail string) {
	switch {
	case doc.Revision > current.SourceRevision:
		next.Record(wallet.Event{Time: doc.Revision.Time(), Kind: wallet.EventWritten, Detail: detail})
	case doc.Revision == 0 && !current.DocumentGone:
		next.Record(wallet.Event{Time: doc.SourceRevision().Time(), Kind: wallet.EventDocumentRemoved, Detail: detail})
	}
}

func (p *Packager) save(ctx context.Context, next wallet.CurrentPackage) (wallet.CurrentPackage, error) {
	revision, err := p.Store.SavePackage(ctx, next)
	if err != nil {
		return next, fmt.Errorf("move the pointer to version %d: %w", next.Version, err)
	}
	next.Revision = revision
	return next, nil
}

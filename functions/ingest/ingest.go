// Package ingest takes the issuer's messages: partial documents, merged like a PATCH.
//
// Called by Pub/Sub with what was published on pass-updates, at least once, in any order. An error asks for another
// delivery. A message that can never succeed is recorded in the pass's timeline, logged, and acknowledged.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/wallet"
)

// Packages keeps the record whose timeline says why a message was refused.
type Packages interface {
	CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error)
	// SavePackage fails with [wallet.ErrConflict] when the stored record has another revision.
	SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Revision, error)
}

// New returns the handler of one message.
func New(writer document.Writer, packages Packages, now func() time.Time) wallet.MessageHandler {
	return func(ctx context.Context, text []byte) error {
		m, err := parse(text)
		if err == nil {
			_, err = writer.Ingest(ctx, m.id, m.fields, m.revision)
		}
		if refused(err) && m.id.Validate() == nil {
			err = errors.Join(err, record(ctx, packages, m.id, wallet.Event{Time: now().UTC(), Kind: wallet.EventMessageRefused, Detail: err.Error()}))
		}
		if err != nil {
			return fmt.Errorf("ingest %v: %w", m.id, err)
		}
		return nil
	}
}

// refused reports an error that another delivery would not mend.
func refused(err error) bool {
	return errors.Is(err, wallet.ErrInvalid) || errors.Is(err, wallet.ErrTooLarge) || errors.Is(err, wallet.ErrNotFound)
}

// A message of pass-updates. Its pass is there even when something else is wrong, if it can be read.
type message struct {
	id       wallet.PassID
	revision *int64 // nil for none
	fields   map[string]any
}

func parse(text []byte) (message, error) {
	if len(text) > wallet.MaxDocumentSize {
		return message{}, fmt.Errorf("%w: the message has more than %d bytes", wallet.ErrTooLarge, wallet.MaxDocumentSize)
	}
	fields, findings, err := wallet.DecodeObject(text)
	if err != nil {
		return message{}, err
	}
	m := message{fields: fields}
	m.id.PassTypeIdentifier, _ = take[string](fields, "passTypeIdentifier", "a string", &findings)
	m.id.SerialNumber, _ = take[string](fields, "serialNumber", "a string", &findings)
	if revision, ok := take[int64](fields, "revision", "a whole number", &findings); ok {
		m.revision = &revision
	}
	if err := findings.Err(); err != nil {
		return m, err
	}
	return m, m.id.Validate()
}

// take moves a member out of the fields, so that what remains is the document's.
func take[T any](fields map[string]any, key, want string, findings *wallet.Findings) (taken T, ok bool) {
	value, ok := fields[key]
	if !ok {
		return taken, false
	}
	delete(fields, key)
	if taken, ok = value.(T); !ok {
		findings.Errorf(wallet.PointerTo("", key), "MSG-TYPE", "must be %s, not %s", want, wallet.JSONType(value))
	}
	return taken, ok
}

// record adds an event to the timeline of a pass that is known; of an unknown one, only the log tells.
func record(ctx context.Context, packages Packages, id wallet.PassID, event wallet.Event) error {
	for attempt := 0; ; attempt++ {
		pkg, err := packages.CurrentPackage(ctx, id)
		if err != nil || pkg.Revision == 0 {
			return err
		}
		pkg = pkg.Same()
		pkg.Record(event)
		if _, err = packages.SavePackage(ctx, pkg); !errors.Is(err, wallet.ErrConflict) {
			return err
		}
		if err := wallet.Backoff(ctx, attempt); err != nil {
			return err
		}
	}
}

package document

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"walletpasses.example/server/shared/wallet"
)

// Store reads and writes pass documents, and reads what was made of them.
type Store interface {
	// CurrentPackage returns the pointer to the newest package, or one with only its ID when there is none.
	CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error)
	// Document returns the document as it stands; an absent one has Revision 0.
	Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error)
	// SaveDocument makes the whole document durable and returns its new revision. It fails with [wallet.ErrConflict],
	// changing nothing, when the stored one is not of the snapshot's revision any more.
	SaveDocument(ctx context.Context, s wallet.DocumentSnapshot) (wallet.Revision, error)
}

// A Writer changes documents in such a way that what it accepts can be packaged.
type Writer struct {
	Store    Store
	Renderer Renderer
}

// Written is a document after a write.
type Written struct {
	Document wallet.DocumentSnapshot
	Created  bool            // there was no such pass, or a deleted one
	Findings wallet.Findings // warnings
}

// A Condition guards a write, as If-Match does (RFC 9110, 13.1.1). The zero value always holds.
type Condition struct {
	Exists    bool              // there must be such a pass
	Revisions []wallet.Revision // the document must have one of these, when there are any
}

func (c Condition) check(s wallet.DocumentSnapshot) error {
	switch {
	case c.Exists && !s.Exists():
		return fmt.Errorf("%w: there is no pass %v", wallet.ErrPrecondition, s.ID)
	case len(c.Revisions) > 0 && (s.Revision == 0 || !slices.Contains(c.Revisions, s.Revision)):
		return fmt.Errorf("%w: the document has revision %d", wallet.ErrPrecondition, s.Revision)
	}
	return nil
}

// Put makes fields the whole document. The same fields again change nothing; after a deletion they revive the pass. A
// picture that is out of reach is a finding, since somebody waits for the answer.
func (w Writer) Put(ctx context.Context, id wallet.PassID, fields map[string]any, condition Condition) (Written, error) {
	return w.answer(ctx, id, condition, func(wallet.DocumentSnapshot) (change, error) {
		return change{fields: fields}, nil
	})
}

// Merge applies a merge patch (RFC 7396) to the document of an existing pass; [wallet.ErrNotFound] when there is none. A
// picture that is out of reach is a finding, as in Put.
func (w Writer) Merge(ctx context.Context, id wallet.PassID, patch map[string]any, condition Condition) (Written, error) {
	return w.answer(ctx, id, condition, func(s wallet.DocumentSnapshot) (change, error) {
		if !s.Exists() {
			return change{}, fmt.Errorf("%w: there is no pass %v", wallet.ErrNotFound, id)
		}
		return change{fields: merged(s, patch)}, nil
	})
}

// Ingest merges the fields of a message. It creates the pass when there is none and a template is named; without a template
// the message is [wallet.ErrNotReady], for it may have overtaken the one that makes the pass, or [wallet.ErrNotFound] when the
// pass was deleted. Of messages that carry a revision, which is nil for none, the highest wins, whatever the order of arrival; one that comes
// too late changes nothing. A picture that is out of reach is an [UnreachableError]: the message can come again.
func (w Writer) Ingest(ctx context.Context, id wallet.PassID, patch map[string]any, revision *int64) (Written, error) {
	return w.write(ctx, id, Condition{}, func(s wallet.DocumentSnapshot) (change, error) {
		if newest, ok := s.MessageRevision(); ok && revision != nil && *revision <= newest {
			return change{}, errUnchanged
		}
		if _, creates := patch["template"]; !s.Exists() && !creates {
			kind := wallet.ErrNotReady
			if s.Deleted() {
				kind = wallet.ErrNotFound
			}
			return change{}, fmt.Errorf("%w: there is no pass %v, and the message names no template to make one", kind, id)
		}
		return change{fields: merged(s, patch), messageRevision: revision}, nil
	})
}

// Delete leaves a voided tombstone for the devices that hold the pass; again changes nothing. [wallet.ErrNotFound] when
// there never was such a pass.
func (w Writer) Delete(ctx context.Context, id wallet.PassID, condition Condition) (Written, error) {
	return w.write(ctx, id, condition, func(s wallet.DocumentSnapshot) (change, error) {
		switch {
		case s.Revision == 0:
			return change{}, fmt.Errorf("%w: there is no pass %v", wallet.ErrNotFound, id)
		case s.Deleted():
			return change{}, errUnchanged
		}
		return change{delete: true}, nil
	})
}

// A change is what becomes of a document.
type change struct {
	fields          map[string]any // the business's, all of them
	messageRevision *int64         // of the message that brought them; nil for none
	delete          bool           // a tombstone instead
}

// errUnchanged is how a decision says that the document stays as it is.
var errUnchanged = errors.New("unchanged")

// answer is write for whoever cannot come back for a picture that is out of reach.
func (w Writer) answer(ctx context.Context, id wallet.PassID, condition Condition, decide func(wallet.DocumentSnapshot) (change, error)) (Written, error) {
	written, err := w.write(ctx, id, condition, decide)
	if unreachable, ok := errors.AsType[*UnreachableError](err); ok {
		return Written{}, unreachable.Findings
	}
	return written, err
}

// write reads the document, has decide say what becomes of it, checks that, and saves it on condition that nobody else
// has written since; otherwise it begins again.
func (w Writer) write(ctx context.Context, id wallet.PassID, condition Condition, decide func(wallet.DocumentSnapshot) (change, error)) (Written, error) {
	var tried Written
	for attempt := 0; ; attempt++ {
		s, err := w.Store.Document(ctx, id)
		if err != nil {
			return Written{}, err
		}
		if attempt > 0 && s.Revision != 0 && s.Equal(tried.Document) {
			// It was saved: the answer was lost, and the client's second call was in conflict with its first.
			tried.Document = s
			return tried, nil
		}
		if err := condition.check(s); err != nil {
			return Written{}, err
		}
		decided, err := decide(s)
		if errors.Is(err, errUnchanged) {
			return Written{Document: s}, nil
		}
		if err != nil {
			return Written{}, err
		}
		next, findings, err := w.apply(ctx, s, decided)
		if err != nil {
			return Written{}, err
		}
		if s.Revision != 0 && s.Equal(next) {
			return Written{Document: s, Findings: findings}, nil
		}
		tried = Written{Document: next, Created: !s.Exists() && !next.Deleted(), Findings: findings}
		tried.Document.Revision, err = w.Store.SaveDocument(ctx, next)
		if err == nil {
			return tried, nil
		}
		if err := again(ctx, err, attempt); err != nil {
			return Written{}, err
		}
	}
}

// apply returns the document after a change that has been checked, with its warnings. A tombstone is not checked: whatever
// is wrong with a document must not keep its pass alive.
func (w Writer) apply(ctx context.Context, s wallet.DocumentSnapshot, c change) (wallet.DocumentSnapshot, wallet.Findings, error) {
	if c.delete {
		return s.Delete(), nil, nil
	}
	findings, err := w.check(ctx, s.ID, c.fields)
	if c.messageRevision != nil {
		return s.ReplaceByMessage(c.fields, *c.messageRevision), findings, err
	}
	return s.Replace(c.fields), findings, err
}

// check renders the fields as the pipeline will, and returns its warnings, or its findings as the error.
func (w Writer) check(ctx context.Context, id wallet.PassID, fields map[string]any) (wallet.Findings, error) {
	if size := wallet.DocumentSize(fields); size > wallet.MaxDocumentSize {
		return nil, fmt.Errorf("%w: the document has %d bytes; at most %d", wallet.ErrTooLarge, size, wallet.MaxDocumentSize)
	}
	current, err := w.Store.CurrentPackage(ctx, id)
	if err != nil {
		return nil, err
	}
	_, findings, err := w.Renderer.Render(ctx, fields, current)
	if err != nil {
		return nil, err
	}
	return findings, findings.Err()
}

// merged applies a merge patch to the business's fields. What a tombstone held is not brought back.
func merged(s wallet.DocumentSnapshot, patch map[string]any) map[string]any {
	var before map[string]any
	if s.Exists() {
		before = s.Business()
	}
	return wallet.MergePatch(before, patch).(map[string]any)
}

// again waits for another attempt after a conflict and returns every other error.
func again(ctx context.Context, err error, attempt int) error {
	if !errors.Is(err, wallet.ErrConflict) {
		return err
	}
	return wallet.Backoff(ctx, attempt)
}

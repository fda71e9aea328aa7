package store

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"walletpasses.example/server/shared/wallet"
)

// Document returns the document as it stands. When there is none, Revision is 0; ReadAt is always set. Timestamps arrive
// as RFC 3339 text in UTC.
func (s *Store) Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error) {
	name, err := s.passName(passes, id)
	if err != nil {
		return wallet.DocumentSnapshot{}, err
	}
	doc, err := s.read(ctx, name)
	if err != nil {
		return wallet.DocumentSnapshot{}, fmt.Errorf("read document %v: %w", id, err)
	}
	snapshot := wallet.DocumentSnapshot{ID: id, Revision: doc.revision, ReadAt: doc.readAt}
	if doc.revision != 0 {
		snapshot.Fields = timesAsText(doc.fields).(map[string]any)
	}
	return snapshot, nil
}

// SaveDocument replaces the whole document and returns its new revision, or its old one when nothing changed. It fails
// with [wallet.ErrConflict], changing nothing, when the stored document is not of doc.Revision any more; Revision 0
// stands for absence. A value that Firestore does not hold is [wallet.ErrInvalid].
func (s *Store) SaveDocument(ctx context.Context, doc wallet.DocumentSnapshot) (wallet.Revision, error) {
	name, err := s.passName(passes, doc.ID)
	if err != nil {
		return 0, err
	}
	revision, err := s.replace(ctx, name, doc.Fields, doc.Revision)
	if status.Code(err) == codes.InvalidArgument { // nested arrays, reserved names, more than 20 levels or 1 MiB
		err = fmt.Errorf("%w: %w", wallet.ErrInvalid, err)
	}
	if err != nil {
		return 0, fmt.Errorf("save document %v: %w", doc.ID, err)
	}
	return revision, nil
}

// timesAsText writes the timestamps below value as a JSON document has them.
func timesAsText(value any) any {
	switch v := value.(type) {
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case []any:
		for i, element := range v {
			v[i] = timesAsText(element)
		}
	case map[string]any:
		for key, element := range v {
			v[key] = timesAsText(element)
		}
	}
	return value
}

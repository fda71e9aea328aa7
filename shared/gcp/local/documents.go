package local

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"walletpasses.example/server/shared/wallet"
)

// WatchDocuments has handle called after each write of a pass document until ctx ends, which is no error, and for the
// documents that were there before. It stands for the trigger of PassChanged, which emulators offer only to functions in
// a process of their own. A call that fails is repeated with growing gaps, and the writes after it wait.
func (p *Project) WatchDocuments(ctx context.Context, handle func(context.Context, wallet.PassID) error) error {
	snapshots := p.firestore.CollectionGroup("passes").Snapshots(ctx)
	defer snapshots.Stop()
	for {
		snapshot, err := snapshots.Next()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("watch documents: %w", err)
		}
		for _, change := range snapshot.Changes {
			if id, ok := passOf(change.Doc.Ref); ok && repeat(ctx, id, handle) != nil {
				return nil
			}
		}
	}
}

// passOf reads passTypes/{passTypeIdentifier}/passes/{serialNumber}.
func passOf(ref *firestore.DocumentRef) (wallet.PassID, bool) {
	parent := ref.Parent.Parent
	if parent == nil || parent.Parent.ID != "passTypes" {
		return wallet.PassID{}, false
	}
	id := wallet.PassID{PassTypeIdentifier: parent.ID, SerialNumber: ref.ID}
	return id, id.Validate() == nil
}

// repeat calls handle until it succeeds, or returns the error of ctx.
func repeat(ctx context.Context, id wallet.PassID, handle func(context.Context, wallet.PassID) error) error {
	for gap := minimumBackoff; handle(ctx, id) != nil; gap = min(2*gap, maximumBackoff) {
		select {
		case <-time.After(gap):
		case <-ctx.Done():
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

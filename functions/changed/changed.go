// Package changed turns the write of a pass document into a message that names the pass.
//
// Called by the Firestore trigger, at least once for each write, in any order. An error makes the platform call again.
package changed

import (
	"context"
	"fmt"

	"walletpasses.example/server/shared/wallet"
)

// Events announces that a document was written.
type Events interface {
	// PassChanged returns when the message is durable.
	PassChanged(ctx context.Context, e wallet.PassChanged) error
}

// New returns the handler of one write. It reads nothing: the message is a hint, and whoever receives it reads the
// document as it is then.
func New(events Events) func(ctx context.Context, id wallet.PassID) error {
	return func(ctx context.Context, id wallet.PassID) error {
		if err := events.PassChanged(ctx, wallet.PassChanged{PassID: id}); err != nil {
			return fmt.Errorf("changed %v: %w", id, err)
		}
		return nil
	}
}

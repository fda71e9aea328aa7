package document

import (
	"fmt"

	"walletpasses.example/server/shared/wallet"
)

// An UnreachableError says that pictures of a document are out of reach now. Whoever can come back does; to whoever waits for
// an answer, its Findings say the same, beside everything else that was found.
type UnreachableError struct {
	Findings wallet.Findings
	cause    error
}

// Error says which pictures, and why.
func (e *UnreachableError) Error() string { return fmt.Sprintf("pictures: %v", e.cause) }

// Unwrap returns the cause, which is of kind [wallet.ErrNotReady].
func (e *UnreachableError) Unwrap() error { return e.cause }

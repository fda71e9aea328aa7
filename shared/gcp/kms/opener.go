package kms

import (
	"context"
	"crypto"
	"sync"
)

// Opener returns a function that opens the key of a reference, for as long as the process lives. It connects for the first
// key, and never where none is asked for.
func Opener() func(reference string) (crypto.Signer, error) {
	ctx := context.Background() // the keys outlive whatever was going on when they were opened
	connect := sync.OnceValues(func() (*Keys, error) { return Open(ctx) })
	return func(reference string) (crypto.Signer, error) {
		keys, err := connect()
		if err != nil {
			return nil, err
		}
		return keys.Signer(ctx, reference)
	}
}

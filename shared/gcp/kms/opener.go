package kms

import (
	"context"
	"crypto"
	"sync"
)

// Opener returns a function that opens the key of a reference, for as long as the process lives. It connects for the first
// key, and never where none is asked for; a connection that could not be prepared is tried again for the next key.
func Opener() func(reference string) (crypto.Signer, error) { return opener(Open) }

func opener(open func(context.Context) (*Keys, error)) func(reference string) (crypto.Signer, error) {
	ctx := context.Background() // the keys outlive whatever was going on when they were opened
	var mu sync.Mutex
	var connected *Keys
	connect := func() (keys *Keys, err error) {
		mu.Lock()
		defer mu.Unlock()
		if connected == nil {
			connected, err = open(ctx)
		}
		return connected, err
	}
	return func(reference string) (crypto.Signer, error) {
		keys, err := connect()
		if err != nil {
			return nil, err
		}
		return keys.Signer(ctx, reference)
	}
}

package kms_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// hang is a KMS that never answers.
func hang(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// eachCall runs a test for both calls, in a bubble of its own, with the server's answers to that call alone failing.
func eachCall(t *testing.T, fail func(context.Context) error, test func(t *testing.T, call func() error)) {
	rsaKey() // made outside: the bubbles share it
	digest := sha256.Sum256(nil)
	t.Run("GetPublicKey", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := rsaServer()
			s.fail = fail
			keys, close := open(t, s)
			defer close()
			test(t, func() error { _, err := keys.Signer(t.Context(), reference); return err })
		})
	})
	t.Run("AsymmetricSign", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := rsaServer()
			keys, close := open(t, s)
			defer close()
			signer, err := keys.Signer(t.Context(), reference)
			check(t, err)
			s.fail = fail
			test(t, func() error { _, err := signer.Sign(nil, digest[:], crypto.SHA256); return err })
		})
	})
}

func TestACallEndsAfterTenSeconds(t *testing.T) {
	for name, fail := range map[string]func(context.Context) error{"no answer": hang, "not available": answer(codes.Unavailable)} {
		t.Run(name, func(t *testing.T) {
			eachCall(t, fail, func(t *testing.T, call func() error) {
				start := time.Now()
				err := call()
				if took := time.Since(start); took != 10*time.Second {
					t.Errorf("it took %v", took)
				}
				for _, want := range []string{keyVersion, "KMS did not answer in time"} {
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("%v, want %q", err, want)
					}
				}
			})
		})
	}
}

func TestAMomentOfUnavailabilityIsBridged(t *testing.T) {
	calls := 0
	eachCall(t, func(context.Context) error {
		if calls++; calls%3 != 0 {
			return status.Error(codes.Unavailable, "try again")
		}
		return nil
	}, func(t *testing.T, call func() error) { check(t, call()) })
	if calls != 6 {
		t.Errorf("%d calls", calls)
	}
}

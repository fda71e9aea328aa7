// Package call bounds the calls to Google's services, and tells a service that is away from one that says no.
//
// Google's clients repeat what failed for as long as the context lasts. So the context is what ends a call, be it that the
// service hangs, refuses every repetition, or that too many calls are waiting for their turn on the connection.
package call

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"walletpasses.example/server/shared/wallet"
)

// Limit is how long one call may take, its repetitions included. Most take some tens of milliseconds; one that hangs leaves even
// the least patient function time to say so.
const Limit = 20 * time.Second

// Bound returns the context of one call.
func Bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, Limit)
}

// Failure returns the error of a call, as [wallet.ErrUnavailable] when the same call may well succeed later.
func Failure(err error) error {
	if !passing(err) {
		return err
	}
	return fmt.Errorf("%w: %w", wallet.ErrUnavailable, err)
}

// passing reports that no answer came, or one that says: not now. A caller who left counts, since nobody knows what the answer
// would have been.
func passing(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	if answer, ok := errors.AsType[*googleapi.Error](err); ok {
		return answer.Code >= 500 || answer.Code == http.StatusTooManyRequests || answer.Code == http.StatusRequestTimeout
	}
	if _, ok := errors.AsType[*url.Error](err); ok { // how net/http says that no answer came
		return true
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.ResourceExhausted, codes.Aborted:
		return true
	default:
		return false
	}
}

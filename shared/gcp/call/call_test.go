package call_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"walletpasses.example/server/shared/gcp/call"
	"walletpasses.example/server/shared/wallet"
)

func TestFailure(t *testing.T) {
	said := func(code codes.Code) error { return status.Error(code, "said Firestore") }
	answered := func(code int) error { return &googleapi.Error{Code: code} }
	for _, c := range []struct {
		err    error
		passes bool
	}{
		{context.DeadlineExceeded, true}, {context.Canceled, true},
		{said(codes.Unavailable), true}, {said(codes.DeadlineExceeded), true}, {said(codes.Canceled), true},
		{said(codes.ResourceExhausted), true}, {said(codes.Aborted), true},
		{answered(503), true}, {answered(500), true}, {answered(429), true}, {answered(408), true},
		{&url.Error{Op: "Get", URL: "https://storage.googleapis.com/", Err: io.ErrUnexpectedEOF}, true},

		{said(codes.InvalidArgument), false}, {said(codes.PermissionDenied), false}, {said(codes.NotFound), false},
		{said(codes.FailedPrecondition), false}, {said(codes.Internal), false}, {said(codes.Unknown), false},
		{answered(400), false}, {answered(403), false}, {answered(404), false}, {answered(412), false},
		{errors.New("a field of another type"), false},
	} {
		for form, err := range map[string]error{"plain": c.err, "wrapped": fmt.Errorf("read: %w", c.err)} {
			failure := call.Failure(err)
			if errors.Is(failure, wallet.ErrUnavailable) != c.passes || !errors.Is(failure, c.err) {
				t.Errorf("%v, %s: %v", c.err, form, failure)
			}
		}
	}
	if call.Failure(nil) != nil {
		t.Error("no error is a failure")
	}
}

func TestACallEndsAtItsLimitOrBeforeIt(t *testing.T) {
	for request, want := range map[time.Duration]time.Duration{time.Hour: call.Limit, time.Second: time.Second} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), request)
			defer cancel()
			ctx, done := call.Bound(ctx)
			defer done()
			<-ctx.Done()
			if took := time.Since(start); took != want {
				t.Errorf("a call in a request of %v ended after %v, want %v", request, took, want)
			}
		})
	}
}

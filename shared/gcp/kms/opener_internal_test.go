package kms

import (
	"context"
	"errors"
	"testing"

	cloudkms "cloud.google.com/go/kms/apiv1"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// A server of credentials that is away for a moment keeps no process from signing for the rest of its life.
func TestTheConnectionIsPreparedUntilItSucceeds(t *testing.T) {
	away := errors.New("no credentials")
	opened := 0
	open := opener(func(ctx context.Context) (*Keys, error) {
		if opened++; opened == 1 {
			return nil, away
		}
		connection, err := grpc.NewClient("passthrough:///kms", grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUnaryInterceptor(absent))
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { connection.Close() })
		client, err := cloudkms.NewKeyManagementClient(ctx, option.WithGRPCConn(connection))
		return New(client), err
	})
	const reference = "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"
	if _, err := open(reference); !errors.Is(err, away) {
		t.Errorf("without credentials: %v", err)
	}
	for range 2 {
		if _, err := open(reference); status.Code(err) != codes.NotFound {
			t.Errorf("connected: %v", err)
		}
	}
	if opened != 2 {
		t.Errorf("%d connections were prepared, want one that failed and one that is kept", opened)
	}
}

// absent answers every call: there is no such key.
func absent(context.Context, string, any, any, *grpc.ClientConn, grpc.UnaryInvoker, ...grpc.CallOption) error {
	return status.Error(codes.NotFound, "there is none")
}

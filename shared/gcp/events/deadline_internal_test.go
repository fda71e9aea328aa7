package events

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"walletpasses.example/server/shared/gcp/call"
	"walletpasses.example/server/shared/wallet"
)

// A trouble is a Pub/Sub that does the same to every message.
type trouble struct {
	pb.UnimplementedPublisherServer
	do func(context.Context) error
}

func (s trouble) Publish(ctx context.Context, _ *pb.PublishRequest) (*pb.PublishResponse, error) {
	return nil, s.do(ctx)
}

// openOver connects to the server over memory, until close is called.
func openOver(t *testing.T, server pb.PublisherServer) (e *Events, close func()) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	listener := bufconn.Listen(1 << 16)
	g := grpc.NewServer()
	pb.RegisterPublisherServer(g, server)
	served := make(chan error)
	go func() { served <- g.Serve(listener) }()
	connection, err := grpc.NewClient("passthrough:///pubsub", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	check(err)
	client, err := pubsub.NewClient(t.Context(), "test-project", option.WithGRPCConn(connection))
	check(err)
	e = &Events{client: client, passChanged: publisher(client, "changed")}
	return e, func() {
		check(e.Close())
		g.Stop()
		check(<-served)
	}
}

// However many messages hang, each of their publishers is told in time, and nothing is left behind.
func TestAPublicationEndsAsUnavailable(t *testing.T) {
	for how, do := range map[string]func(context.Context) error{
		"hanging":                func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"refused for the moment": func(context.Context) error { return status.Error(codes.ResourceExhausted, "too many") },
	} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, close := openOver(t, trouble{do: do})
				defer close()
				start := time.Now()
				var all sync.WaitGroup
				for range 500 {
					all.Go(func() {
						err := e.PassChanged(t.Context(), wallet.PassChanged{})
						if took := time.Since(start); took > call.Limit || !errors.Is(err, wallet.ErrUnavailable) {
							t.Errorf("after %v: %v; want unavailable within %v", took, err, call.Limit)
						}
					})
				}
				all.Wait()
			})
		})
	}
}

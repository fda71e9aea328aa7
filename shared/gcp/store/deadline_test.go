package store_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	firestore "cloud.google.com/go/firestore/apiv1"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"walletpasses.example/server/shared/gcp/call"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/wallet"
)

// A trouble is a Firestore that does the same to every call.
type trouble struct {
	pb.UnimplementedFirestoreServer
	do func(context.Context) error
}

func (s trouble) Commit(ctx context.Context, _ *pb.CommitRequest) (*pb.CommitResponse, error) {
	return nil, s.do(ctx)
}

func (s trouble) BatchGetDocuments(_ *pb.BatchGetDocumentsRequest, stream pb.Firestore_BatchGetDocumentsServer) error {
	return s.do(stream.Context())
}

func (s trouble) RunQuery(_ *pb.RunQueryRequest, stream pb.Firestore_RunQueryServer) error {
	return s.do(stream.Context())
}

func (s trouble) RunAggregationQuery(_ *pb.RunAggregationQueryRequest, stream pb.Firestore_RunAggregationQueryServer) error {
	return s.do(stream.Context())
}

// hang never answers.
func hang(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// saying answers every call with a code.
func saying(code codes.Code) func(context.Context) error {
	return func(context.Context) error { return status.Error(code, "said Firestore") }
}

// openOver connects a store to the server over memory, until close is called.
func openOver(t *testing.T, server pb.FirestoreServer) (s *store.Store, close func()) {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	g := grpc.NewServer()
	pb.RegisterFirestoreServer(g, server)
	served := make(chan error)
	go func() { served <- g.Serve(listener) }()
	connection, err := grpc.NewClient("passthrough:///firestore", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	check(t, err)
	client, err := firestore.NewClient(t.Context(), option.WithGRPCConn(connection))
	check(t, err)
	s = store.New(client, project, database)
	return s, func() {
		check(t, s.Close())
		g.Stop()
		check(t, <-served)
	}
}

// methods are all that call Firestore.
var methods = map[string]func(context.Context, *store.Store) error{
	"Document": func(ctx context.Context, s *store.Store) error { _, err := s.Document(ctx, hot); return err },
	"SaveDocument": func(ctx context.Context, s *store.Store) error {
		_, err := s.SaveDocument(ctx, wallet.DocumentSnapshot{ID: hot})
		return err
	},
	"CurrentPackage": func(ctx context.Context, s *store.Store) error { _, err := s.CurrentPackage(ctx, hot); return err },
	"SavePackage": func(ctx context.Context, s *store.Store) error {
		_, err := s.SavePackage(ctx, wallet.CurrentPackage{ID: hot})
		return err
	},
	"Personalization": func(ctx context.Context, s *store.Store) error { _, err := s.Personalization(ctx, hot); return err },
	"SavePersonalization": func(ctx context.Context, s *store.Store) error {
		_, err := s.SavePersonalization(ctx, wallet.Personalization{ID: hot}, wallet.CurrentPackage{ID: hot})
		return err
	},
	"Device": func(ctx context.Context, s *store.Store) error {
		_, err := s.Device(ctx, deviceID(hot, "d"))
		return err
	},
	"SaveDevice": func(ctx context.Context, s *store.Store) error {
		_, err := s.SaveDevice(ctx, wallet.Device{ID: deviceID(hot, "d")})
		return err
	},
	"RegisteredDevices": func(ctx context.Context, s *store.Store) error {
		for _, err := range s.RegisteredDevices(ctx, hot, wallet.Shard{}) {
			return err
		}
		return nil
	},
	"CountDevices": func(ctx context.Context, s *store.Store) error {
		_, err := s.CountDevices(ctx, hot, wallet.Shard{}, 10)
		return err
	},
	"DevicesDue": func(ctx context.Context, s *store.Store) error {
		for _, err := range s.DevicesDue(ctx, time.Unix(1, 0)) {
			return err
		}
		return nil
	},
	"DocumentRevisions": func(ctx context.Context, s *store.Store) error {
		_, _, err := s.DocumentRevisions(ctx, "", 10)
		return err
	},
	"CurrentPackages": func(ctx context.Context, s *store.Store) error {
		for _, err := range s.CurrentPackages(ctx, "", "") {
			return err
		}
		return nil
	},
	"Walk": func(ctx context.Context, s *store.Store) error {
		_, err := s.Walk(ctx, wallet.WalkDocuments)
		return err
	},
	"SaveWalk": func(ctx context.Context, s *store.Store) error {
		_, err := s.SaveWalk(ctx, wallet.Walk{Name: "w"})
		return err
	},
}

var hot = wallet.PassID{PassTypeIdentifier: "pass.com.example", SerialNumber: "card-1"}

// failsWith runs a test of each method, in a bubble of its own, over a Firestore in trouble.
func failsWith(t *testing.T, do func(context.Context) error, test func(t *testing.T, took time.Duration, err error)) {
	for name, method := range methods {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, close := openOver(t, trouble{do: do})
				defer close()
				start := time.Now()
				err := method(t.Context(), s)
				test(t, time.Since(start), err)
			})
		})
	}
}

// Each call ends by itself, whatever time its request has left, and leaves no goroutine behind.
func TestACallThatHangsEndsAsUnavailable(t *testing.T) {
	failsWith(t, hang, func(t *testing.T, took time.Duration, err error) {
		if took != call.Limit || !errors.Is(err, wallet.ErrUnavailable) {
			t.Errorf("after %v: %v; want unavailable after %v", took, err, call.Limit)
		}
	})
}

// The client repeats what was refused for the moment; that, too, has an end.
func TestFirestoreThatHasTooMuchToDoIsUnavailable(t *testing.T) {
	for _, code := range []codes.Code{codes.Unavailable, codes.ResourceExhausted} {
		t.Run(code.String(), func(t *testing.T) {
			failsWith(t, saying(code), func(t *testing.T, took time.Duration, err error) {
				if took > call.Limit || !errors.Is(err, wallet.ErrUnavailable) {
					t.Errorf("after %v: %v; want unavailable within %v", took, err, call.Limit)
				}
			})
		})
	}
}

// A call that is wrong in itself is no outage.
func TestARefusalIsNotUnavailable(t *testing.T) {
	failsWith(t, saying(codes.PermissionDenied), func(t *testing.T, took time.Duration, err error) {
		if took != 0 || err == nil || errors.Is(err, wallet.ErrUnavailable) {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

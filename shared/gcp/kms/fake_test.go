package kms_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"hash/crc32"
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"

	cloudkms "cloud.google.com/go/kms/apiv1"
	"cloud.google.com/go/kms/apiv1/kmspb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"walletpasses.example/server/shared/gcp/kms"
)

const (
	keyVersion = "projects/my-project/locations/europe-west1/keyRings/passes/cryptoKeys/loyalty/cryptoKeyVersions/1"
	reference  = "gcpkms://" + keyVersion
)

// A server stands for Cloud KMS with one key version. The fields below the first two are for answers that something is
// wrong with.
type server struct {
	kmspb.UnimplementedKeyManagementServiceServer
	key       crypto.Signer
	algorithm kmspb.CryptoKeyVersion_CryptoKeyVersionAlgorithm

	fail             func(context.Context) error // in place of the answer, when it returns an error
	changePublicKey  func(*kmspb.PublicKey)
	changeSignature  func(*kmspb.AsymmetricSignResponse)
	mu               sync.Mutex
	publicKeyCalls   int
	signatureDemands []*kmspb.AsymmetricSignRequest
}

func (s *server) GetPublicKey(ctx context.Context, request *kmspb.GetPublicKeyRequest) (*kmspb.PublicKey, error) {
	s.mu.Lock()
	s.publicKeyCalls++
	s.mu.Unlock()
	if err := s.admit(ctx, request.GetName()); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(s.key.Public())
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	answer := &kmspb.PublicKey{Name: request.GetName(), Algorithm: s.algorithm, Pem: string(text), PemCrc32C: crc32c(text)}
	if s.changePublicKey != nil {
		s.changePublicKey(answer)
	}
	return answer, nil
}

func (s *server) AsymmetricSign(ctx context.Context, request *kmspb.AsymmetricSignRequest) (*kmspb.AsymmetricSignResponse, error) {
	s.mu.Lock()
	s.signatureDemands = append(s.signatureDemands, proto.CloneOf(request))
	s.mu.Unlock()
	if err := s.admit(ctx, request.GetName()); err != nil {
		return nil, err
	}
	digest := request.GetDigest().GetSha256()
	verified := request.GetDigestCrc32C() != nil
	if verified && request.GetDigestCrc32C().GetValue() != crc32c(digest).GetValue() {
		return nil, status.Error(codes.InvalidArgument, "the checksum in field digest_crc32c did not match")
	}
	signature, err := s.key.Sign(rand.Reader, digest, crypto.SHA256)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	answer := &kmspb.AsymmetricSignResponse{
		Name: request.GetName(), Signature: signature, SignatureCrc32C: crc32c(signature), VerifiedDigestCrc32C: verified,
	}
	if s.changeSignature != nil {
		s.changeSignature(answer)
	}
	return answer, nil
}

// admit refuses what Cloud KMS refuses, and what the test wants refused.
func (s *server) admit(ctx context.Context, name string) error {
	incoming, _ := metadata.FromIncomingContext(ctx)
	if !slices.Contains(incoming["x-goog-request-params"], "name="+url.QueryEscape(name)) {
		return status.Error(codes.InvalidArgument, "the call does not say where to go")
	}
	if name != keyVersion {
		return status.Errorf(codes.NotFound, "%s not found.", name)
	}
	if s.fail != nil {
		return s.fail(ctx)
	}
	return nil
}

func crc32c(data []byte) *wrapperspb.Int64Value {
	return wrapperspb.Int64(int64(crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))))
}

// open connects Google's client to the server over memory, until close is called.
func open(t *testing.T, s *server) (keys *kms.Keys, close func()) {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	g := grpc.NewServer()
	kmspb.RegisterKeyManagementServiceServer(g, s)
	served := make(chan error)
	go func() { served <- g.Serve(listener) }()
	connection, err := grpc.NewClient("passthrough:///kms", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	check(t, err)
	client, err := cloudkms.NewKeyManagementClient(t.Context(), option.WithGRPCConn(connection))
	check(t, err)
	keys = kms.New(client)
	return keys, func() {
		check(t, keys.Close())
		g.Stop()
		check(t, <-served)
	}
}

// keysOf is open until the test ends.
func keysOf(t *testing.T, s *server) *kms.Keys {
	t.Helper()
	keys, close := open(t, s)
	t.Cleanup(close)
	return keys
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

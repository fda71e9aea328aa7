package web_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	firestore "cloud.google.com/go/firestore/apiv1"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/timestamppb"

	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/tools/bench/ratio"
)

// BenchmarkBesideFirestore asks each endpoint that needs Firestore, which is an emulator here, beside Google's client that makes
// the same reads and writes and nothing of them. One phone asks after the other.
func BenchmarkBesideFirestore(b *testing.B) {
	address := emulator.Firestore(b)
	b.Setenv("FIRESTORE_EMULATOR_HOST", address)
	project := "beside-" + strings.ToLower(rand.Text()[:16])
	records, err := store.Open(b.Context(), project, "(default)")
	check(b, err)
	b.Cleanup(func() { check(b, records.Close()) })
	service := newBesideService(b, records)

	bare := newBareClient(b, address, project)
	const passes, phones = "packages/", "devices/"
	same := map[string]func(){
		"register_again":                    func() { bare.confirm(b, bare.read(b, phones+"phone-1")) },
		"unregister_what_is_not_registered": func() { bare.read(b, phones+"phone-2") },
		"list_of_nothing_new":               func() { bare.read(b, phones+"phone-1") },
		"list_of_a_pass":                    func() { bare.read(b, phones+"phone-1") },
		"latest_not_modified":               func() { bare.read(b, passes+card.SerialNumber) },
		"latest_of_60_kB":                   func() { bare.read(b, passes+card.SerialNumber) },
	}
	for _, q := range service.questions() {
		if bare, ok := same[q.name]; ok {
			b.Run(q.name, func(b *testing.B) {
				ratio.Of(b, 1, bare, func() {
					if answer := q.ask(service); answer.Code != q.status {
						b.Errorf("%d %s, want %d", answer.Code, answer.Body, q.status)
					}
				})
			})
		}
	}
}

// A bareClient is Google's client of Firestore, as it is generated.
type bareClient struct {
	*firestore.Client
	database string
}

func newBareClient(b *testing.B, address, project string) bareClient {
	b.Helper()
	connection, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(b, err)
	client, err := firestore.NewClient(b.Context(), option.WithGRPCConn(connection))
	check(b, err)
	b.Cleanup(func() { check(b, client.Close()) })
	return bareClient{client, "projects/" + project + "/databases/(default)"}
}

// read reads one document of the pass type; nil when there is none.
func (c bareClient) read(b *testing.B, name string) *pb.Document {
	ctx, cancel := context.WithCancel(b.Context()) // ends the stream
	defer cancel()
	stream, err := c.BatchGetDocuments(ctx, &pb.BatchGetDocumentsRequest{
		Database: c.database, Documents: []string{c.database + "/documents/passTypes/" + card.PassTypeIdentifier + "/" + name},
	})
	if err != nil {
		b.Error(err)
		return nil
	}
	answer, err := stream.Recv()
	if err != nil {
		b.Error(err)
		return nil
	}
	return answer.GetFound()
}

// confirm writes a document back with the time of a push token's confirmation, if nobody else has written it meanwhile.
func (c bareClient) confirm(b *testing.B, doc *pb.Document) {
	doc.Fields["tokenConfirmed"] = &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: timestamppb.Now()}}
	_, err := c.Commit(b.Context(), &pb.CommitRequest{Database: c.database, Writes: []*pb.Write{{
		Operation:       &pb.Write_Update{Update: &pb.Document{Name: doc.Name, Fields: doc.Fields}},
		CurrentDocument: &pb.Precondition{ConditionType: &pb.Precondition_UpdateTime{UpdateTime: doc.UpdateTime}},
	}}})
	if err != nil {
		b.Error(err)
	}
}

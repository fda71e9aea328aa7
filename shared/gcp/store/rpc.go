package store

import (
	"context"
	"errors"
	"fmt"
	"io"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"walletpasses.example/server/shared/gcp/call"
	"walletpasses.example/server/shared/wallet"
)

// A stored document as one read saw it.
type stored struct {
	name     string         // the resource name, whole
	fields   map[string]any // nil when there is none
	revision wallet.Revision
	readAt   wallet.Revision
}

// read gets one document, or finds that there is none; either way at a known time. It is a batch of one, since a plain
// get does not say when it found nothing.
func (s *Store) read(ctx context.Context, name string) (stored, error) {
	ctx, done := s.call(ctx)
	defer done()
	request := &pb.BatchGetDocumentsRequest{Database: s.database, Documents: []string{name}}
	stream, err := s.client.BatchGetDocuments(ctx, request)
	if err != nil {
		return stored{}, call.Failure(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		return stored{}, call.Failure(err)
	}
	if _, err := stream.Recv(); err != nil && !errors.Is(err, io.EOF) { // the stream is done with when it has ended
		return stored{}, call.Failure(err)
	}
	return newStored(answer.GetFound(), answer.GetReadTime()), nil
}

// newStored takes over a document, or the absence of one.
func newStored(doc *pb.Document, readTime *timestamppb.Timestamp) stored {
	if doc == nil {
		return stored{readAt: revisionOf(readTime)}
	}
	return stored{
		name:     doc.GetName(),
		fields:   decodeFields(doc.GetFields()),
		revision: revisionOf(doc.GetUpdateTime()),
		readAt:   revisionOf(readTime),
	}
}

// replace writes a whole document where revision stands, and returns its new one. A write that changes nothing returns
// the old revision: Firestore then keeps the update time.
func (s *Store) replace(ctx context.Context, name string, fields map[string]any, revision wallet.Revision) (wallet.Revision, error) {
	write, err := replacement(name, fields, revision)
	if err != nil {
		return 0, err
	}
	return s.commit(ctx, write)
}

// replacement is the write of a whole document where revision stands.
func replacement(name string, fields map[string]any, revision wallet.Revision) (*pb.Write, error) {
	values, err := encodeFields(fields)
	update := &pb.Write_Update{Update: &pb.Document{Name: name, Fields: values}} // no mask: the whole document
	return &pb.Write{Operation: update, CurrentDocument: standsAt(revision)}, err
}

// remove deletes a document where revision stands.
func (s *Store) remove(ctx context.Context, name string, revision wallet.Revision) error {
	_, err := s.commit(ctx, &pb.Write{Operation: &pb.Write_Delete{Delete: name}, CurrentDocument: standsAt(revision)})
	return err
}

// standsAt is the condition that a document is still of the revision that was read, 0 for none.
func standsAt(revision wallet.Revision) *pb.Precondition {
	if revision == 0 {
		return &pb.Precondition{ConditionType: &pb.Precondition_Exists{Exists: false}}
	}
	return &pb.Precondition{ConditionType: &pb.Precondition_UpdateTime{UpdateTime: updateTime(revision)}}
}

// commit makes writes on their conditions, all or none, and returns the new revision of the first one's document.
//
// The client repeats a commit whose answer was lost. The repetition of one that had succeeded is a conflict: callers read
// again, find their change in place, and repeat what costs nothing.
func (s *Store) commit(ctx context.Context, writes ...*pb.Write) (wallet.Revision, error) {
	ctx, done := s.call(ctx)
	defer done()
	answer, err := s.client.Commit(ctx, &pb.CommitRequest{Database: s.database, Writes: writes})
	switch status.Code(err) {
	case codes.OK:
	case codes.AlreadyExists, codes.NotFound, codes.FailedPrecondition, codes.Aborted:
		// Without Firestore's own words, which name the document and so the device.
		return 0, fmt.Errorf("%w: the document is not of the revision any more that was read", wallet.ErrConflict)
	default:
		return 0, call.Failure(err)
	}
	if n := len(answer.GetWriteResults()); n != len(writes) {
		return 0, fmt.Errorf("%d results for %d writes", n, len(writes))
	}
	return revisionOf(answer.GetWriteResults()[0].GetUpdateTime()), nil
}

// revisionOf and updateTime turn Firestore's times into revisions and back. Both count microseconds, which is exactly
// how Firestore keeps its times: a revision stands for one update time and no other.
// https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#google.firestore.v1.Precondition
func revisionOf(t *timestamppb.Timestamp) wallet.Revision {
	return wallet.Revision(t.AsTime().UnixMicro())
}

func updateTime(r wallet.Revision) *timestamppb.Timestamp {
	return timestamppb.New(r.Time())
}

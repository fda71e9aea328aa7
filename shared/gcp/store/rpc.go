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
	request := &pb.BatchGetDocumentsRequest{Database: s.database, Documents: []string{name}}
	stream, err := s.client.BatchGetDocuments(s.routed(ctx), request)
	if err != nil {
		return stored{}, err
	}
	answer, err := stream.Recv()
	if err != nil {
		return stored{}, err
	}
	if _, err := stream.Recv(); err != nil && !errors.Is(err, io.EOF) { // the stream is done with when it has ended
		return stored{}, err
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
	values, err := encodeFields(fields)
	if err != nil {
		return 0, err
	}
	update := &pb.Write_Update{Update: &pb.Document{Name: name, Fields: values}} // no mask: the whole document
	result, err := s.commit(ctx, &pb.Write{Operation: update}, revision)
	if err != nil {
		return 0, err
	}
	return revisionOf(result.GetUpdateTime()), nil
}

// remove deletes a document where revision stands.
func (s *Store) remove(ctx context.Context, name string, revision wallet.Revision) error {
	_, err := s.commit(ctx, &pb.Write{Operation: &pb.Write_Delete{Delete: name}}, revision)
	return err
}

// commit makes one write on condition that the document is still of the revision that was read, 0 for none.
//
// The client repeats a commit whose answer was lost. The repetition of one that had succeeded is a conflict: callers read
// again, find their change in place, and repeat what costs nothing.
func (s *Store) commit(ctx context.Context, write *pb.Write, revision wallet.Revision) (*pb.WriteResult, error) {
	write.CurrentDocument = &pb.Precondition{ConditionType: &pb.Precondition_Exists{Exists: false}}
	if revision != 0 {
		write.CurrentDocument = &pb.Precondition{ConditionType: &pb.Precondition_UpdateTime{UpdateTime: updateTime(revision)}}
	}
	answer, err := s.client.Commit(s.routed(ctx), &pb.CommitRequest{Database: s.database, Writes: []*pb.Write{write}})
	switch status.Code(err) {
	case codes.OK:
	case codes.AlreadyExists, codes.NotFound, codes.FailedPrecondition, codes.Aborted:
		// Without Firestore's own words, which name the document and so the device.
		return nil, fmt.Errorf("%w: the document is not of revision %d any more", wallet.ErrConflict, revision)
	default:
		return nil, err
	}
	if n := len(answer.GetWriteResults()); n != 1 {
		return nil, fmt.Errorf("%d results for one write", n)
	}
	return answer.GetWriteResults()[0], nil
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

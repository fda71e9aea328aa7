package store

import (
	"context"
	"errors"
	"fmt"
	"io"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"walletpasses.example/server/shared/gcp/call"
	"walletpasses.example/server/shared/wallet"
)

// CountDevices returns how many devices registered the pass, and limit where there are more. Firestore charges one read for
// each thousand that it counts.
// https://cloud.google.com/firestore/native/docs/query-data/aggregation-queries
func (s *Store) CountDevices(ctx context.Context, id wallet.PassID, limit int) (int, error) {
	if err := id.Validate(); err != nil {
		return 0, err
	}
	ctx, done := s.call(ctx)
	defer done()
	stream, err := s.client.RunAggregationQuery(ctx, &pb.RunAggregationQueryRequest{
		Parent: s.parent(id.PassTypeIdentifier),
		QueryType: &pb.RunAggregationQueryRequest_StructuredAggregationQuery{
			StructuredAggregationQuery: countQuery(id.SerialNumber, limit),
		},
	})
	if err != nil {
		return 0, fmt.Errorf("count devices of %v: %w", id, call.Failure(err))
	}
	answer, err := stream.Recv()
	if err != nil {
		return 0, fmt.Errorf("count devices of %v: %w", id, call.Failure(err))
	}
	if _, err := stream.Recv(); err != nil && !errors.Is(err, io.EOF) { // the stream is done with when it has ended
		return 0, fmt.Errorf("count devices of %v: %w", id, call.Failure(err))
	}
	return int(answer.GetResult().GetAggregateFields()[counted].GetIntegerValue()), nil
}

// counted is the name of the answer to a countQuery.
const counted = "devices"

func countQuery(serialNumber string, limit int) *pb.StructuredAggregationQuery {
	upTo := &pb.StructuredAggregationQuery_Aggregation_Count{UpTo: wrapperspb.Int64(int64(limit))}
	return &pb.StructuredAggregationQuery{
		QueryType: &pb.StructuredAggregationQuery_StructuredQuery{StructuredQuery: &pb.StructuredQuery{
			From:  []*pb.StructuredQuery_CollectionSelector{{CollectionId: devices}},
			Where: registers(serialNumber),
		}},
		Aggregations: []*pb.StructuredAggregationQuery_Aggregation{{
			Alias: counted, Operator: &pb.StructuredAggregationQuery_Aggregation_Count_{Count: upTo},
		}},
	}
}

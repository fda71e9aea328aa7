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

// CountDevices returns how many devices of a shard registered the pass, and limit where there are more. Firestore charges one
// read for each thousand that it counts.
// https://cloud.google.com/firestore/native/docs/query-data/aggregation-queries
func (s *Store) CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error) {
	query, err := s.registered(id, shard)
	if err != nil {
		return 0, err
	}
	n, err := s.count(ctx, s.parent(id.PassTypeIdentifier), countQuery(query, wrapperspb.Int64(int64(limit))))
	if err != nil {
		return 0, fmt.Errorf("count devices of %v: %w", id, err)
	}
	return int(n), nil
}

// CountTemplatePackages returns how many packages were made with a campaign's template, at the price of [Store.CountDevices].
func (s *Store) CountTemplatePackages(ctx context.Context, id wallet.CampaignID) (int64, error) {
	if err := id.Validate(); err != nil {
		return 0, err
	}
	query := &pb.StructuredQuery{
		From:  []*pb.StructuredQuery_CollectionSelector{{CollectionId: packages}},
		Where: madeWith(id.Template),
	}
	n, err := s.count(ctx, s.parent(id.PassTypeIdentifier), countQuery(query, nil))
	if err != nil {
		return 0, fmt.Errorf("count packages of %v: %w", id, err)
	}
	return n, nil
}

// count answers a countQuery below a document.
func (s *Store) count(ctx context.Context, parent string, query *pb.StructuredAggregationQuery) (int64, error) {
	ctx, done := s.call(ctx)
	defer done()
	stream, err := s.client.RunAggregationQuery(ctx, &pb.RunAggregationQueryRequest{
		Parent:    parent,
		QueryType: &pb.RunAggregationQueryRequest_StructuredAggregationQuery{StructuredAggregationQuery: query},
	})
	if err != nil {
		return 0, call.Failure(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		return 0, call.Failure(err)
	}
	if _, err := stream.Recv(); err != nil && !errors.Is(err, io.EOF) { // the stream is done with when it has ended
		return 0, call.Failure(err)
	}
	return answer.GetResult().GetAggregateFields()[counted].GetIntegerValue(), nil
}

// counted is the name of the answer to a countQuery.
const counted = "counted"

// countQuery counts what a query finds, up to a number, or all of it where that is nil.
func countQuery(query *pb.StructuredQuery, upTo *wrapperspb.Int64Value) *pb.StructuredAggregationQuery {
	return &pb.StructuredAggregationQuery{
		QueryType: &pb.StructuredAggregationQuery_StructuredQuery{StructuredQuery: query},
		Aggregations: []*pb.StructuredAggregationQuery_Aggregation{{
			Alias: counted,
			Operator: &pb.StructuredAggregationQuery_Aggregation_Count_{
				Count: &pb.StructuredAggregationQuery_Aggregation_Count{UpTo: upTo},
			},
		}},
	}
}

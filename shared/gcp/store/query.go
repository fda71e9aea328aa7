package store

import (
	"context"
	"errors"
	"io"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"

	"walletpasses.example/server/shared/gcp/call"
)

// documentName is what Firestore calls a document's name where a query asks for a field.
const documentName = "__name__"

// query reads all that a query below a document, or below [Store.documents], finds.
func (s *Store) query(ctx context.Context, parent string, query *pb.StructuredQuery) ([]stored, error) {
	ctx, done := s.call(ctx)
	defer done()
	stream, err := s.client.RunQuery(ctx, &pb.RunQueryRequest{
		Parent:    parent,
		QueryType: &pb.RunQueryRequest_StructuredQuery{StructuredQuery: query},
	})
	if err != nil {
		return nil, call.Failure(err)
	}
	var found []stored
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, call.Failure(err)
		}
		if answer.GetDocument() != nil { // an answer may hold the time of the read alone
			found = append(found, newStored(answer.GetDocument(), answer.GetReadTime()))
		}
	}
}

func field(name string) *pb.StructuredQuery_FieldReference {
	return &pb.StructuredQuery_FieldReference{FieldPath: name}
}

func where(name string, op pb.StructuredQuery_FieldFilter_Operator, value *pb.Value) *pb.StructuredQuery_Filter {
	return &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_FieldFilter{
		FieldFilter: &pb.StructuredQuery_FieldFilter{Field: field(name), Op: op, Value: value},
	}}
}

// both is where two filters hold.
func both(one, other *pb.StructuredQuery_Filter) *pb.StructuredQuery_Filter {
	return &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_CompositeFilter{
		CompositeFilter: &pb.StructuredQuery_CompositeFilter{
			Op: pb.StructuredQuery_CompositeFilter_AND, Filters: []*pb.StructuredQuery_Filter{one, other},
		},
	}}
}

// orderBy is the ascending order of fields.
func orderBy(names ...string) []*pb.StructuredQuery_Order {
	orders := make([]*pb.StructuredQuery_Order, len(names))
	for i, name := range names {
		orders[i] = &pb.StructuredQuery_Order{Field: field(name), Direction: pb.StructuredQuery_ASCENDING}
	}
	return orders
}

// startAfter is the place in the order after the document with a resource name, whose values of the fields ordered by
// before its name are given; the beginning when the name is empty.
func startAfter(name string, values ...*pb.Value) *pb.Cursor {
	if name == "" {
		return nil
	}
	return &pb.Cursor{Values: append(values, &pb.Value{ValueType: &pb.Value_ReferenceValue{ReferenceValue: name}})}
}

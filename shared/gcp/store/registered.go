package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"walletpasses.example/server/shared/wallet"
)

// devicePage is how many devices one query reads: few enough to be worked through before anything times out, many
// enough that the pages cost little.
const devicePage = 300

// RegisteredDevices yields every device that registered the pass, ordered by identifier, each with all that a guarded
// write needs, so that none is read twice. Devices are read in pages, one query each: one that registers meanwhile may be
// met or not, as its ReadAt tells. A record that cannot be read is a [wallet.ErrInvalid] in its place; any other error ends
// the sequence.
func (s *Store) RegisteredDevices(ctx context.Context, id wallet.PassID) iter.Seq2[wallet.Device, error] {
	return func(yield func(wallet.Device, error) bool) {
		var after string
		for {
			page, err := s.registered(ctx, id, after)
			if err != nil {
				yield(wallet.Device{}, fmt.Errorf("read devices of %v: %w", id, err))
				return
			}
			for _, doc := range page {
				d, err := decodeDevice(deviceID(id.PassTypeIdentifier, doc.name), doc)
				if err != nil {
					err = fmt.Errorf("%w: %w", wallet.ErrInvalid, err)
				}
				if !yield(d, err) {
					return
				}
			}
			if len(page) < devicePage {
				return
			}
			after = page[len(page)-1].name
		}
	}
}

func deviceID(passTypeIdentifier, name string) wallet.DeviceID {
	return wallet.DeviceID{
		PassTypeIdentifier:      passTypeIdentifier,
		DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(name),
	}
}

// registered reads the page of devices after a name that registered the pass.
func (s *Store) registered(ctx context.Context, id wallet.PassID, after string) ([]stored, error) {
	if err := id.Validate(); err != nil {
		return nil, err
	}
	parent := s.parent(id.PassTypeIdentifier)
	stream, err := s.client.RunQuery(ctx, &pb.RunQueryRequest{
		Parent:    parent,
		QueryType: &pb.RunQueryRequest_StructuredQuery{StructuredQuery: registeredQuery(parent, id.SerialNumber, after)},
	})
	if err != nil {
		return nil, err
	}
	var page []stored
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return page, nil
		}
		if err != nil {
			return nil, err
		}
		if answer.GetDocument() != nil { // an answer may hold the time of the read alone
			page = append(page, newStored(answer.GetDocument(), answer.GetReadTime()))
		}
	}
}

// registeredQuery needs no index but the one that Firestore keeps for every array: names are its last order anyway.
func registeredQuery(parent, serialNumber, after string) *pb.StructuredQuery {
	name := &pb.StructuredQuery_FieldReference{FieldPath: "__name__"}
	registered := &pb.StructuredQuery_FieldFilter{
		Field: &pb.StructuredQuery_FieldReference{FieldPath: serialNumbers},
		Op:    pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS,
		Value: &pb.Value{ValueType: &pb.Value_StringValue{StringValue: serialNumber}},
	}
	query := &pb.StructuredQuery{
		From:    []*pb.StructuredQuery_CollectionSelector{{CollectionId: devices}},
		Where:   &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_FieldFilter{FieldFilter: registered}},
		OrderBy: []*pb.StructuredQuery_Order{{Field: name, Direction: pb.StructuredQuery_ASCENDING}},
		Limit:   wrapperspb.Int32(devicePage),
	}
	if after != "" {
		query.StartAt = &pb.Cursor{Values: []*pb.Value{{
			ValueType: &pb.Value_ReferenceValue{ReferenceValue: parent + "/" + devices + "/" + after},
		}}}
	}
	return query
}

package store

import (
	"context"
	"fmt"
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
				if !yield(decodeFound(deviceID(id.PassTypeIdentifier, lastSegment(doc.name)), doc)) {
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

// decodeFound is decodeDevice for one of many: a record that cannot be read is a [wallet.ErrInvalid].
func decodeFound(id wallet.DeviceID, doc stored) (wallet.Device, error) {
	d, err := decodeDevice(id, doc)
	if err != nil {
		err = fmt.Errorf("%w: %w", wallet.ErrInvalid, err)
	}
	return d, err
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
	return s.query(ctx, s.parent(id.PassTypeIdentifier), registeredQuery(id.SerialNumber, after))
}

// registeredQuery needs no index but the one that Firestore keeps for every array: names are its last order anyway.
func registeredQuery(serialNumber, after string) *pb.StructuredQuery {
	return &pb.StructuredQuery{
		From:    []*pb.StructuredQuery_CollectionSelector{{CollectionId: devices}},
		Where:   registers(serialNumber),
		OrderBy: orderBy(documentName),
		StartAt: startAfter(after),
		Limit:   wrapperspb.Int32(devicePage),
	}
}

// registers finds the devices that registered a pass.
func registers(serialNumber string) *pb.StructuredQuery_Filter {
	value := &pb.Value{ValueType: &pb.Value_StringValue{StringValue: serialNumber}}
	return where(serialNumbers, pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS, value)
}

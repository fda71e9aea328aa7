package store

import (
	"cmp"
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

// RegisteredDevices yields the devices of a shard that registered the pass, ordered by identifier, each with all that a
// guarded write needs, so that none is read twice. Devices are read in pages, one query each: one that registers meanwhile
// may be met or not, as its ReadAt tells. A record that cannot be read is a [wallet.ErrInvalid] in its place; any other
// error ends the sequence.
func (s *Store) RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error] {
	return func(yield func(wallet.Device, error) bool) {
		query, err := s.registered(id, shard)
		if err != nil {
			yield(wallet.Device{}, err)
			return
		}
		query.Limit = wrapperspb.Int32(devicePage)
		for {
			page, err := s.query(ctx, s.parent(id.PassTypeIdentifier), query)
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
			query.StartAt = startAfter(page[len(page)-1].name)
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

// registered is the query for the devices of a shard that registered the pass, by identifier. It needs no index but the one
// that Firestore keeps for every array: names are its last order anyway.
func (s *Store) registered(id wallet.PassID, shard wallet.Shard) (*pb.StructuredQuery, error) {
	if err := cmp.Or(id.Validate(), shard.Validate()); err != nil {
		return nil, err
	}
	serial := &pb.Value{ValueType: &pb.Value_StringValue{StringValue: id.SerialNumber}}
	query := &pb.StructuredQuery{
		From:    []*pb.StructuredQuery_CollectionSelector{{CollectionId: devices}},
		Where:   where(serialNumbers, pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS, serial),
		OrderBy: orderBy(documentName),
	}
	all := s.parent(id.PassTypeIdentifier) + "/" + devices + "/"
	if shard.After != "" {
		query.StartAt = startAfter(all + string(shard.After))
	}
	if shard.Until != "" {
		query.EndAt = &pb.Cursor{Values: startAfter(all + string(shard.Until)).Values} // and not before: it belongs to the shard
	}
	return query, nil
}

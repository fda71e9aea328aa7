package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"iter"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"walletpasses.example/server/shared/wallet"
)

// pushDue is the field that finds the devices with a push due. It rises with time, and an index of it alone would take some 500
// writes a second, all at its end. So the index begins with pushShard, which spreads them over so many places.
// https://firebase.google.com/docs/firestore/solutions/shard-timestamp
const (
	pushDue    = "pushDue"
	pushShard  = "pushShard"
	pushShards = 16 // at most 30, which one query may ask for; a query of fewer finds nothing of the others
)

// shardOf is the same for a device at all times.
func shardOf(id wallet.DeviceID) int64 {
	h := fnv.New32a()
	h.Write([]byte(id.DeviceLibraryIdentifier))
	return int64(h.Sum32() % pushShards)
}

// anyShard is all values of pushShard.
func anyShard() *pb.Value {
	shards := make([]*pb.Value, pushShards)
	for n := range shards {
		shards[n] = &pb.Value{ValueType: &pb.Value_IntegerValue{IntegerValue: int64(n)}}
	}
	return &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: shards}}}
}

// DevicesDue yields the devices of every pass type whose push was due by a time, the longest due first, under the rules of
// [Store.RegisteredDevices]. It needs an index of the fields pushShard and pushDue, ascending, over the collection group devices.
func (s *Store) DevicesDue(ctx context.Context, by time.Time) iter.Seq2[wallet.Device, error] {
	return func(yield func(wallet.Device, error) bool) {
		var after *pb.Cursor
		for {
			page, err := s.query(ctx, s.documents(), dueQuery(by, after))
			if err != nil {
				yield(wallet.Device{}, fmt.Errorf("read devices with a push due: %w", err))
				return
			}
			for _, doc := range page {
				passType, name, ours := s.split(doc.name)
				if id := deviceID(passType, name); ours && id.Validate() == nil && !yield(decodeFound(id, doc)) {
					return
				}
			}
			if len(page) < devicePage {
				return
			}
			last := page[len(page)-1]
			after = startAfter(last.name, timestamp(last.fields[pushDue].(time.Time))) // the query finds no other kind
		}
	}
}

func dueQuery(by time.Time, after *pb.Cursor) *pb.StructuredQuery {
	return &pb.StructuredQuery{
		From: []*pb.StructuredQuery_CollectionSelector{{CollectionId: devices, AllDescendants: true}},
		Where: both(
			where(pushShard, pb.StructuredQuery_FieldFilter_IN, anyShard()),
			where(pushDue, pb.StructuredQuery_FieldFilter_LESS_THAN_OR_EQUAL, timestamp(by)),
		),
		OrderBy: orderBy(pushDue, documentName),
		StartAt: after,
		Limit:   wrapperspb.Int32(devicePage),
	}
}

func timestamp(t time.Time) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: timestamppb.New(t)}}
}

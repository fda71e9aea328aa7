package store

import (
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"walletpasses.example/server/shared/wallet"
)

// Values that Firestore knows and JSON does not. They have types of their own, so that [wallet.ParseDocument] refuses
// them by path, and by a name that a person recognises. All are text, so that whoever shows a document as JSON can show them.
type (
	reference  string // to another document
	geoPoint   string // latitude and longitude
	notANumber string // or an infinite one
)

// encodeFields turns JSON values and times into Firestore's. Anything else is refused as [wallet.ErrInvalid], by path.
func encodeFields(fields map[string]any) (map[string]*pb.Value, error) {
	return encodeMap(fields, "")
}

func encodeMap(object map[string]any, path string) (map[string]*pb.Value, error) {
	values := make(map[string]*pb.Value, len(object))
	for key, element := range object {
		at := wallet.PointerTo(path, key)
		if !utf8.ValidString(key) {
			return nil, fmt.Errorf("%w: %q: the name is not UTF-8", wallet.ErrInvalid, at)
		}
		value, err := encode(element, at)
		if err != nil {
			return nil, err
		}
		values[key] = value
	}
	return values, nil
}

func encodeArray(array []any, path string) ([]*pb.Value, error) {
	values := make([]*pb.Value, len(array))
	for i, element := range array {
		value, err := encode(element, wallet.PointerTo(path, strconv.Itoa(i)))
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

func encode(value any, path string) (*pb.Value, error) {
	switch v := value.(type) {
	case nil:
		return &pb.Value{ValueType: &pb.Value_NullValue{NullValue: structpb.NullValue_NULL_VALUE}}, nil
	case bool:
		return &pb.Value{ValueType: &pb.Value_BooleanValue{BooleanValue: v}}, nil
	case int64:
		return &pb.Value{ValueType: &pb.Value_IntegerValue{IntegerValue: v}}, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%w: %s: %v is not a JSON number", wallet.ErrInvalid, path, v)
		}
		return &pb.Value{ValueType: &pb.Value_DoubleValue{DoubleValue: v}}, nil
	case string:
		if !utf8.ValidString(v) {
			return nil, fmt.Errorf("%w: %s: the text is not UTF-8", wallet.ErrInvalid, path)
		}
		return &pb.Value{ValueType: &pb.Value_StringValue{StringValue: v}}, nil
	case time.Time:
		return &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: timestamppb.New(v.Truncate(time.Microsecond))}}, nil
	case []any:
		values, err := encodeArray(v, path)
		return &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: values}}}, err
	case map[string]any:
		values, err := encodeMap(v, path)
		return &pb.Value{ValueType: &pb.Value_MapValue{MapValue: &pb.MapValue{Fields: values}}}, err
	default:
		return nil, fmt.Errorf("%w: %s: a %T is not a JSON value", wallet.ErrInvalid, path, value)
	}
}

// decodeFields turns Firestore's values into JSON values, times, and the foreign types above.
func decodeFields(values map[string]*pb.Value) map[string]any {
	fields := make(map[string]any, len(values))
	for key, value := range values {
		fields[key] = decode(value)
	}
	return fields
}

func decode(value *pb.Value) any {
	switch v := value.GetValueType().(type) {
	case *pb.Value_NullValue:
		return nil
	case *pb.Value_BooleanValue:
		return v.BooleanValue
	case *pb.Value_IntegerValue:
		return v.IntegerValue
	case *pb.Value_DoubleValue:
		if math.IsNaN(v.DoubleValue) || math.IsInf(v.DoubleValue, 0) {
			return notANumber(strconv.FormatFloat(v.DoubleValue, 'g', -1, 64))
		}
		return v.DoubleValue
	case *pb.Value_StringValue:
		return v.StringValue
	case *pb.Value_TimestampValue:
		return v.TimestampValue.AsTime()
	case *pb.Value_BytesValue:
		return v.BytesValue
	case *pb.Value_ReferenceValue:
		return reference(v.ReferenceValue)
	case *pb.Value_GeoPointValue:
		return geoPoint(fmt.Sprintf("%v, %v", v.GeoPointValue.GetLatitude(), v.GeoPointValue.GetLongitude()))
	case *pb.Value_ArrayValue:
		array := make([]any, len(v.ArrayValue.GetValues()))
		for i, element := range v.ArrayValue.GetValues() {
			array[i] = decode(element)
		}
		return array
	case *pb.Value_MapValue:
		return decodeFields(v.MapValue.GetFields())
	default:
		return value // of a type newer than this program: foreign too
	}
}

package store

import (
	"fmt"
	"time"
)

// put sets a field of a record unless the value is zero: an absent field and a zero one are the same.
func put[T comparable](fields map[string]any, name string, value T) {
	var zero T
	if value != zero {
		fields[name] = value
	}
}

// putTime is put for a time, of which Firestore keeps the microseconds and no zone.
func putTime(fields map[string]any, name string, value time.Time) {
	put(fields, name, value.UTC().Truncate(time.Microsecond))
}

// A record reads the fields of one of our own documents. A field of another type than we write is an error, kept until
// the end of the record.
type record struct {
	fields map[string]any
	err    error
}

// get returns a field, or zero when it is absent.
func get[T any](r *record, name string) T {
	var none T
	value, there := r.fields[name]
	if !there {
		return none
	}
	v, ok := value.(T)
	if !ok {
		r.fail(fmt.Errorf("field %s holds %T, want %T", name, value, none))
	}
	return v
}

// each reads the elements of an array of maps.
func each(r *record, name string, read func(*record)) {
	for _, element := range get[[]any](r, name) {
		fields, ok := element.(map[string]any)
		if !ok {
			r.fail(fmt.Errorf("field %s holds %T, want maps", name, element))
			return
		}
		r.within(name, fields, read)
	}
}

// within reads a map inside the record.
func (r *record) within(name string, fields map[string]any, read func(*record)) {
	inner := &record{fields: fields}
	read(inner)
	if inner.err != nil {
		r.fail(fmt.Errorf("%s: %w", name, inner.err))
	}
}

func (r *record) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// encodeTexts and decodeTexts are for an array of strings.
func encodeTexts(texts []string) []any {
	array := make([]any, len(texts))
	for i, text := range texts {
		array[i] = text
	}
	return array
}

func decodeTexts(r *record, name string) []string {
	var texts []string
	for _, element := range get[[]any](r, name) {
		text, ok := element.(string)
		if !ok {
			r.fail(fmt.Errorf("field %s holds %T, want strings", name, element))
		}
		texts = append(texts, text)
	}
	return texts
}

package passjson

import (
	"fmt"
	"math"
	"strings"
)

// A shape is a type of the table, read: exactly one of its members is set.
type shape struct {
	elements *shape  // of an array
	object   *object // of the table
	scalar   *scalar
}

// parseShape reads "array<T>", the name of an object, or the name of a scalar.
func (t *table) parseShape(text string) (shape, error) {
	if inner, ok := strings.CutPrefix(text, "array<"); ok {
		elements, err := t.parseShape(strings.TrimSuffix(inner, ">"))
		return shape{elements: &elements}, err
	}
	if o, ok := t.Objects[text]; ok {
		return shape{object: o}, nil
	}
	if s, ok := scalars[text]; ok {
		return shape{scalar: &s}, nil
	}
	return shape{}, fmt.Errorf("unknown type %q", text)
}

// A scalar is a type whose values are not looked into further.
type scalar struct {
	want  string         // what a message asks for: "a string"
	holds func(any) bool // whether a value has the right JSON type
	// format says what is wrong with the text of a value, or "".
	format func(string) string
	rule   string // of the format
}

var scalars = map[string]scalar{
	"string":             {want: "a string", holds: isString},
	"localizable-string": {want: "a string", holds: isString},
	"phone":              {want: "a string", holds: isString},
	"number":             {want: "a number", holds: isNumber},
	"integer":            {want: "a whole number", holds: isInteger},
	"boolean":            {want: "true or false", holds: isBoolean},
	"object":             {want: "an object", holds: isObject},
	"string|number|date": {want: "a string or a number", holds: isStringOrNumber},
	"uint16":             {want: "a whole number", holds: isInteger}, // its limits are set when the table is read
	"date":               {want: "a date string", holds: isString, format: dateFault, rule: "REJ-12"},
	"color":              {want: "a colour string", holds: isString, format: colorFault, rule: "KEY-FORMAT"},
	"url":                {want: "a string with an https:// address", holds: isString, format: urlFault, rule: "KEY-FORMAT"},
	"uri":                {want: "a string with an address", holds: isString, format: uriFault, rule: "KEY-FORMAT"},
	"email":              {want: "a string with an e-mail address", holds: isString, format: emailFault, rule: "KEY-FORMAT"},
	"uuid":               {want: "a string with a UUID", holds: isString, format: uuidFault, rule: "KEY-FORMAT"},
	"iana-time-zone":     {want: "a string with a time zone", holds: isString, format: timeZoneFault, rule: "KEY-FORMAT"},
}

func isString(v any) bool  { _, ok := v.(string); return ok }
func isBoolean(v any) bool { _, ok := v.(bool); return ok }
func isObject(v any) bool  { _, ok := v.(map[string]any); return ok }
func isNumber(v any) bool  { _, ok := number(v); return ok }

func isStringOrNumber(v any) bool { return isString(v) || isNumber(v) }

// isInteger also takes 1.0 and 1e3, which are whole numbers in JSON, but none beyond 64 bits.
func isInteger(v any) bool {
	n, ok := number(v)
	return ok && n == math.Trunc(n) && math.Abs(n) <= math.MaxInt64
}

// number returns the value of a JSON number.
func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	default:
		return 0, false
	}
}

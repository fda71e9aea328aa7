package wallet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// MaxDepth is how deeply a document may nest.
const MaxDepth = 16

// DecodeObject reads one JSON object (RFC 8259) strictly: nothing after it, no member named twice, no nesting beyond
// [MaxDepth], no number that cannot be stored. Numbers become int64 where they are whole and fit, float64 otherwise,
// which is also what Firestore gives back. The error is a [SyntaxError] when the text is not a JSON object at all;
// everything else wrong is in the findings.
func DecodeObject(text []byte) (map[string]any, Findings, error) {
	d := decoder{json: json.NewDecoder(bytes.NewReader(text))}
	d.json.UseNumber()
	value, err := d.value()
	if err == nil {
		if _, extra := d.json.Token(); !errors.Is(extra, io.EOF) {
			err = errors.New("text after the end of the object")
		}
	}
	if err != nil {
		return nil, nil, syntaxError(text, err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, nil, &SyntaxError{Line: 1, Column: 1, Problem: "this has to be an object, in { and }"}
	}
	return object, d.findings, nil
}

// maxDecodeFindings bounds what is said of one text: whoever has mended these asks again.
const maxDecodeFindings = 100

// A decoder knows where it is as a stack of member names and indexes, and writes that as a path only for a finding: a path for
// each value would cost a long name's length again and again.
type decoder struct {
	json     *json.Decoder
	place    []string
	findings Findings
}

func (d *decoder) errorf(rule, format string, args ...any) {
	if len(d.findings) == maxDecodeFindings {
		return
	}
	path := ""
	for _, step := range d.place {
		path = PointerTo(path, step)
	}
	d.findings.Errorf(path, rule, format, args...)
}

// within reads the value of a member or an element.
func (d *decoder) within(step string) (any, error) {
	d.place = append(d.place, step)
	value, err := d.value()
	d.place = d.place[:len(d.place)-1]
	return value, err
}

func (d *decoder) value() (any, error) {
	token, err := d.json.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if len(d.place) == MaxDepth {
			d.errorf("JSON-DEPTH", "nested more than %d deep", MaxDepth)
		}
		if len(d.place) >= 10*MaxDepth {
			return nil, fmt.Errorf("nested more than %d deep", 10*MaxDepth)
		}
		if t == '{' {
			return d.object()
		}
		return d.array()
	case json.Number:
		return d.number(t), nil
	default:
		return t, nil
	}
}

func (d *decoder) object() (any, error) {
	object := make(map[string]any)
	for d.json.More() {
		token, err := d.json.Token()
		if err != nil {
			return nil, err
		}
		key := token.(string) // the decoder accepts nothing else here
		_, twice := object[key]
		if object[key], err = d.within(key); err != nil {
			return nil, err
		}
		if twice {
			d.place = append(d.place, key)
			d.errorf("JSON-DUPLICATE", "the member %.100q appears twice; keep one", key)
			d.place = d.place[:len(d.place)-1]
		}
	}
	_, err := d.json.Token()
	return object, err
}

func (d *decoder) array() (any, error) {
	array := []any{}
	for d.json.More() {
		v, err := d.within(strconv.Itoa(len(array)))
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	_, err := d.json.Token()
	return array, err
}

func (d *decoder) number(n json.Number) any {
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err == nil {
		return i
	}
	f, err := n.Float64()
	if whole := !strings.ContainsAny(n.String(), ".eE"); err != nil || whole || math.IsInf(f, 0) {
		d.errorf("JSON-NUMBER", "the number %.40s is too large to be kept digit by digit; send it as a string", n)
		return float64(0)
	}
	return f
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// PointerTo appends one member name or index to a JSON Pointer (RFC 6901).
func PointerTo(path, key string) string { return path + "/" + pointerEscape.Replace(key) }

// MergePatch returns target with patch applied as RFC 7396 says: members are replaced, null removes, objects merge.
// Neither argument is changed.
func MergePatch(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	merged := make(map[string]any)
	if object, ok := target.(map[string]any); ok {
		for k, v := range object {
			merged[k] = v
		}
	}
	for k, v := range changes {
		if v == nil {
			delete(merged, k)
		} else {
			merged[k] = MergePatch(merged[k], v)
		}
	}
	return merged
}

// JSONType names the JSON type of a decoded value for a message, for example "a number". It never shows the value, which may be
// a secret.
func JSONType(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case int64, float64:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	default:
		return fmt.Sprintf("a %T", v)
	}
}

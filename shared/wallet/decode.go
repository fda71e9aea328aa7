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
// which is also what Firestore gives back. The error is of kind [ErrInvalid] when the text is not a JSON object at all;
// everything else wrong is in the findings.
func DecodeObject(text []byte) (map[string]any, Findings, error) {
	d := decoder{json: json.NewDecoder(bytes.NewReader(text))}
	d.json.UseNumber()
	value, err := d.value("", 1)
	if err == nil {
		if _, extra := d.json.Token(); !errors.Is(extra, io.EOF) {
			err = errors.New("text after the end of the object")
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: not JSON: %v (at byte %d)", ErrInvalid, err, d.json.InputOffset())
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, nil, fmt.Errorf("%w: the body is not a JSON object", ErrInvalid)
	}
	return object, d.findings, nil
}

type decoder struct {
	json     *json.Decoder
	findings Findings
}

func (d *decoder) value(path string, depth int) (any, error) {
	token, err := d.json.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if depth == MaxDepth+1 {
			d.findings.Errorf(path, "JSON-DEPTH", "nested more than %d deep", MaxDepth)
		}
		if depth > 10*MaxDepth {
			return nil, fmt.Errorf("nested more than %d deep", 10*MaxDepth)
		}
		if t == '{' {
			return d.object(path, depth)
		}
		return d.array(path, depth)
	case json.Number:
		return d.number(path, t), nil
	default:
		return t, nil
	}
}

func (d *decoder) object(path string, depth int) (any, error) {
	object := make(map[string]any)
	for d.json.More() {
		token, err := d.json.Token()
		if err != nil {
			return nil, err
		}
		key := token.(string) // the decoder accepts nothing else here
		at := PointerTo(path, key)
		if _, twice := object[key]; twice {
			d.findings.Errorf(at, "JSON-DUPLICATE", "the member %q appears twice; keep one", key)
		}
		if object[key], err = d.value(at, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.json.Token()
	return object, err
}

func (d *decoder) array(path string, depth int) (any, error) {
	array := []any{}
	for d.json.More() {
		v, err := d.value(PointerTo(path, strconv.Itoa(len(array))), depth+1)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	_, err := d.json.Token()
	return array, err
}

func (d *decoder) number(path string, n json.Number) any {
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err == nil {
		return i
	}
	f, err := n.Float64()
	if whole := !strings.ContainsAny(n.String(), ".eE"); err != nil || whole || math.IsInf(f, 0) {
		d.findings.Errorf(path, "JSON-NUMBER", "the number %.40s is too large to be kept digit by digit; send it as a string", n)
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

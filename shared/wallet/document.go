package wallet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxDocumentSize bounds a pass document, as JSON, in bytes.
const MaxDocumentSize = 100 << 10

// A DocumentSnapshot is a pass document as it stands in the store, written by whichever business app. Nothing about it is
// sure until [ParseDocument] has read its fields.
type DocumentSnapshot struct {
	ID PassID
	// Fields holds JSON values only: nil, bool, int64, float64, string, []any and map[string]any. A Firestore timestamp
	// arrives as RFC 3339 text; any other foreign type as a value that ParseDocument refuses by path, and that encoding/json
	// can show.
	Fields   map[string]any
	Revision Revision // 0 when there is no such document
	ReadAt   Revision // when the store was read: what absence is worth
}

// SourceRevision orders what can be read of one document, its absence included.
func (s DocumentSnapshot) SourceRevision() Revision {
	if s.Revision == 0 {
		return s.ReadAt
	}
	return s.Revision
}

// Fields that the server keeps in a document beside the business's own.
const (
	fieldDeleted         = "deleted"         // true: a tombstone, left by DELETE for the devices that hold the pass
	fieldMessageRevision = "messageRevision" // the newest revision that a message of pass-updates carried
)

// Deleted reports a tombstone.
func (s DocumentSnapshot) Deleted() bool { return s.Fields[fieldDeleted] == true }

// Exists reports that there is a document and it is not a tombstone.
func (s DocumentSnapshot) Exists() bool { return s.Revision != 0 && !s.Deleted() }

// MessageRevision is the newest revision that a message of pass-updates carried; ok is false when none did.
func (s DocumentSnapshot) MessageRevision() (n int64, ok bool) {
	n, ok = s.Fields[fieldMessageRevision].(int64)
	return n, ok
}

// Business returns the fields that belong to the business: what a PUT sent and a GET shows.
func (s DocumentSnapshot) Business() map[string]any {
	fields := maps.Clone(s.Fields)
	delete(fields, fieldDeleted)
	delete(fields, fieldMessageRevision)
	if fields == nil {
		fields = map[string]any{}
	}
	return fields
}

// Replace returns the snapshot to be saved with these business fields. It revives a tombstone, and keeps the message revision.
func (s DocumentSnapshot) Replace(business map[string]any) DocumentSnapshot {
	n, ok := s.MessageRevision()
	s.Fields = maps.Clone(business)
	if ok {
		s.Fields[fieldMessageRevision] = n
	}
	return s
}

// ReplaceByMessage is Replace by a message of pass-updates that carries a revision: the newest that any has.
func (s DocumentSnapshot) ReplaceByMessage(business map[string]any, revision int64) DocumentSnapshot {
	s = s.Replace(business)
	s.Fields[fieldMessageRevision] = revision
	return s
}

// Delete returns the snapshot to be saved as a voided tombstone. It keeps the business's fields; but where there is something among
// them that a store may not take back, which must not keep the pass alive, only the name of the template, by which its campaign
// knows the pass.
func (s DocumentSnapshot) Delete() DocumentSnapshot {
	var findings Findings
	checkValues(s.Fields, "", 1, &findings)
	if findings == nil && DocumentSize(s.Fields) <= MaxDocumentSize {
		s.Fields = maps.Clone(s.Fields)
	} else {
		business := make(map[string]any)
		if name, ok := s.Fields["template"].(string); ok && word(name, 100, "._-") {
			business["template"] = name
		}
		s = s.Replace(business)
	}
	s.Fields["voided"] = true
	s.Fields[fieldDeleted] = true
	return s
}

// Equal reports that saving other over s would change nothing.
func (s DocumentSnapshot) Equal(other DocumentSnapshot) bool {
	return reflect.DeepEqual(s.Fields, other.Fields)
}

// A Document is what a pass should say, in the business's words.
type Document struct {
	Template       string            // name of a template, for example "stamps"
	Data           map[string]any    // values for its placeholders
	Images         map[string]string // image name to an https:// or gs:// source
	Pass           map[string]any    // JSON merge patch (RFC 7396) over the template's pass.json
	Voided         bool
	ExpirationDate string // RFC 3339 with offset; empty for none
}

// ServerOwned are the keys that no document may set, at its top or inside its pass: with any of them a business could
// point a phone elsewhere.
var ServerOwned = []string{"formatVersion", "passTypeIdentifier", "teamIdentifier", "serialNumber", "authenticationToken", "webServiceURL"}

var documentFields = []string{"template", "data", "images", "pass", "voided", "expirationDate"}

// ParseDocument reads the business's fields of a document and returns everything wrong with them at once. The fields may
// come from JSON or from a store.
func ParseDocument(fields map[string]any) (Document, Findings) {
	var doc Document
	var fs Findings
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if slices.Contains(ServerOwned, key) || key == fieldDeleted || key == fieldMessageRevision {
			fs.Errorf(PointerTo("", key), "DOC-SERVER-OWNED", "%s belongs to the server; leave it out", key)
		} else if !slices.Contains(documentFields, key) {
			fs.Errorf(PointerTo("", key), "DOC-UNKNOWN", "unknown field; a document has %s", strings.Join(documentFields, ", "))
		}
	}
	if v, ok := fields["template"]; !ok || v == "" {
		fs.Errorf("/template", "DOC-TEMPLATE", "name a template, for example \"stamps\"")
	} else if doc.Template, ok = v.(string); !ok {
		fs.Errorf("/template", "DOC-TEMPLATE", "must be a string, not %s", JSONType(v))
	}
	doc.Data = object(fields, "data", &fs)
	doc.Pass = object(fields, "pass", &fs)
	for _, key := range ServerOwned {
		if _, ok := doc.Pass[key]; ok {
			fs.Errorf(PointerTo("/pass", key), "DOC-SERVER-OWNED", "%s belongs to the server; leave it out", key)
		}
	}
	images := object(fields, "images", &fs)
	for _, name := range slices.Sorted(maps.Keys(images)) {
		source, ok := images[name].(string)
		if !ok || !strings.HasPrefix(source, "https://") && !strings.HasPrefix(source, "gs://") {
			fs.Errorf(PointerTo("/images", name), "DOC-IMAGE", "must be an https:// or gs:// address")
			continue
		}
		if doc.Images == nil {
			doc.Images = make(map[string]string)
		}
		doc.Images[name] = source
	}
	if v, ok := fields["voided"]; ok {
		if doc.Voided, ok = v.(bool); !ok {
			fs.Errorf("/voided", "DOC-TYPE", "must be true or false, not %s", JSONType(v))
		}
	}
	if v, ok := fields["expirationDate"]; ok {
		doc.ExpirationDate, _ = v.(string)
		if _, err := time.Parse(time.RFC3339, doc.ExpirationDate); err != nil {
			fs.Errorf("/expirationDate", "DOC-DATE", "must be RFC 3339 with an offset, for example 2027-01-31T18:00:00+01:00")
		}
	}
	checkValues(fields, "", 1, &fs)
	if size := DocumentSize(fields); size > MaxDocumentSize {
		fs.Errorf("", "DOC-SIZE", "the document has %d bytes of JSON; at most %d", size, MaxDocumentSize)
	}
	return doc, fs
}

// DocumentSize is the length of the fields as JSON, in bytes; 0 when a value has no JSON, which ParseDocument finds.
func DocumentSize(fields map[string]any) int {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(fields) != nil {
		return 0
	}
	return text.Len() - len("\n")
}

// object reads an optional member that must be an object.
func object(fields map[string]any, key string, fs *Findings) map[string]any {
	v, ok := fields[key]
	if !ok {
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		fs.Errorf(PointerTo("", key), "DOC-TYPE", "must be an object, not %s", JSONType(v))
	}
	return m
}

// maxPath bounds the path of a value, without its first slash, in bytes. Firestore counts the names on the way and a dot between
// two, which are never more.
// https://firebase.google.com/docs/firestore/quotas#limits
const maxPath = 1500

// checkValues finds what JSON or Firestore could not hold: foreign types, arrays directly inside arrays, names that are
// reserved or too long.
func checkValues(v any, path string, depth int, fs *Findings) {
	switch v := v.(type) {
	case nil, bool, int64, string:
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			fs.Errorf(path, "JSON-NUMBER", "%v is no number of JSON; send it as a string", v)
		}
	case []any:
		for i, e := range v {
			at := PointerTo(path, strconv.Itoa(i))
			if _, nested := e.([]any); nested {
				fs.Errorf(at, "DOC-ARRAY", "Firestore holds no array directly inside an array; wrap it in an object")
				continue
			}
			checkValues(e, at, depth+1, fs)
		}
	case map[string]any:
		if depth > MaxDepth {
			fs.Errorf(path, "JSON-DEPTH", "nested more than %d deep", MaxDepth)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			at := PointerTo(path, key)
			if key == "" || strings.HasPrefix(key, "__") && strings.HasSuffix(key, "__") {
				fs.Errorf(at, "DOC-NAME", "Firestore reserves the name %q; choose another", key)
			}
			if len(at) > len("/")+maxPath {
				fs.Errorf(at, "DOC-NAME", "Firestore holds a name of at most %d bytes, together with those around it; choose a shorter one", maxPath)
				continue
			}
			checkValues(v[key], at, depth+1, fs)
		}
	default:
		fs.Errorf(path, "DOC-TYPE", "a %s has no place in a pass; use text, numbers, true, false, lists and maps", strings.TrimPrefix(fmt.Sprintf("%T", v), "*"))
	}
}

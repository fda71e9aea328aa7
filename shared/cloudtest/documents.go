package cloudtest

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

func readDocument(t *testing.T, s Store, id wallet.PassID) wallet.DocumentSnapshot {
	t.Helper()
	doc, err := s.Document(t.Context(), id)
	ok(t, err)
	return doc
}

// writeDocument replaces the document whatever it is, and returns it as it then stands.
func writeDocument(t *testing.T, s Store, id wallet.PassID, fields map[string]any) wallet.DocumentSnapshot {
	t.Helper()
	doc := readDocument(t, s, id)
	doc.Fields = fields
	revision, err := s.SaveDocument(t.Context(), doc)
	ok(t, err)
	saved := readDocument(t, s, id)
	if saved.Revision != revision {
		t.Fatalf("saved as revision %d, read as %d", revision, saved.Revision)
	}
	return saved
}

func wantFields(t *testing.T, s Store, id wallet.PassID, want map[string]any) {
	t.Helper()
	if got := readDocument(t, s, id).Fields; !reflect.DeepEqual(got, want) {
		t.Errorf("fields %#v, want %#v", got, want)
	}
}

func documentAbsent(t *testing.T, s Store) {
	id := freshPass()
	doc := readDocument(t, s, id)
	if doc.ID != id || doc.Revision != 0 || doc.ReadAt == 0 || doc.Exists() || len(doc.Fields) != 0 {
		t.Errorf("absent document %+v", doc)
	}
}

func documentCreate(t *testing.T, s Store) {
	id := freshPass()
	doc := writeDocument(t, s, id, map[string]any{"template": "stamps"})
	if doc.ID != id || doc.Revision == 0 || !doc.Exists() {
		t.Errorf("created document %+v", doc)
	}
	_, err := s.SaveDocument(t.Context(), wallet.DocumentSnapshot{ID: id, Fields: map[string]any{"template": "coupon"}})
	wantKind(t, "second creation", err, wallet.ErrConflict)
	wantFields(t, s, id, map[string]any{"template": "stamps"})
}

func documentConflict(t *testing.T, s Store) {
	id := freshPass()
	first := writeDocument(t, s, id, map[string]any{"n": int64(1)})
	second := writeDocument(t, s, id, map[string]any{"n": int64(2)})

	first.Fields = map[string]any{"n": int64(3)}
	_, err := s.SaveDocument(t.Context(), first)
	wantKind(t, "write on an old revision", err, wallet.ErrConflict)
	if now := readDocument(t, s, id); now.Revision != second.Revision || !now.Equal(second) {
		t.Errorf("after the conflict %+v, want %+v", now, second)
	}

	absent := freshPass()
	_, err = s.SaveDocument(t.Context(), wallet.DocumentSnapshot{ID: absent, Fields: first.Fields, Revision: first.Revision})
	wantKind(t, "write on a revision of what is not there", err, wallet.ErrConflict)
	if now := readDocument(t, s, absent); now.Revision != 0 {
		t.Errorf("the conflict created %+v", now)
	}
}

func documentUnchanged(t *testing.T, s Store) {
	id := freshPass()
	fields := map[string]any{"template": "stamps", "data": map[string]any{"points": int64(7), "tags": []any{"a"}}}
	doc := writeDocument(t, s, id, fields)
	revision, err := s.SaveDocument(t.Context(), doc)
	ok(t, err)
	if revision != doc.Revision {
		t.Errorf("saved unchanged: revision %d, want the old one %d", revision, doc.Revision)
	}
	if again := readDocument(t, s, id); again.Revision != doc.Revision {
		t.Errorf("read after a save of nothing: revision %d, want %d", again.Revision, doc.Revision)
	}
}

func documentReplaced(t *testing.T, s Store) {
	id := freshPass()
	writeDocument(t, s, id, map[string]any{
		"template": "stamps", "removed": "x", "a.b": int64(1), "strange `key` 日本": true,
		"data": map[string]any{"kept": int64(1), "removed": int64(2)},
	})
	want := map[string]any{"template": "stamps", "data": map[string]any{"kept": int64(1)}}
	writeDocument(t, s, id, want)
	wantFields(t, s, id, want)
	writeDocument(t, s, id, map[string]any{})
	if doc := readDocument(t, s, id); !doc.Exists() || len(doc.Fields) != 0 {
		t.Errorf("emptied document %+v", doc)
	}
}

// jsonValues has every kind of value that a document may hold.
func jsonValues() map[string]any {
	return map[string]any{
		"null":                                nil,
		"true":                                true,
		"false":                               false,
		"whole":                               int64(1),
		"fraction":                            1.5,
		"double":                              float64(1), // stays a double beside "whole"
		"zero":                                int64(0),
		"negative":                            int64(math.MinInt64),
		"large":                               int64(math.MaxInt64),
		"tiny":                                math.SmallestNonzeroFloat64,
		"text":                                "Grüße, 日本 🎟️\n\u2028\x00",
		"empty":                               "",
		"time":                                "2027-01-31T18:00:00+01:00", // text that looks like a timestamp stays text
		"object":                              map[string]any{"a": map[string]any{"b": []any{map[string]any{"c": nil}}}},
		"no object":                           map[string]any{},
		"list":                                []any{int64(1), 2.5, "three", nil, true, map[string]any{"four": int64(4)}},
		"no list":                             []any{},
		"a.b":                                 "dotted",
		"with `backticks` and spaces/slashes": int64(2),
		"日本":                                  map[string]any{"ключ.с.точками": "x"},
		strings.Repeat("n", 1500):             int64(1),
		"names":                               map[string]any{strings.Repeat("n", 1500-len("names.")): []any{int64(1)}},
	}
}

func documentValues(t *testing.T, s Store) {
	id := freshPass()
	writeDocument(t, s, id, jsonValues())
	got := readDocument(t, s, id).Fields
	for key, want := range jsonValues() {
		if !reflect.DeepEqual(got[key], want) {
			t.Errorf("%q: %#v, want %#v", key, got[key], want)
		}
	}
	if len(got) != len(jsonValues()) {
		t.Errorf("%d fields, want %d", len(got), len(jsonValues()))
	}
}

func documentForeignValues(t *testing.T, s Store) {
	deep := any("x")
	for range 25 {
		deep = map[string]any{"k": deep}
	}
	for what, value := range map[string]any{
		"int":             1,
		"bytes":           []byte("x"),
		"not a number":    math.NaN(),
		"infinity":        math.Inf(1),
		"broken text":     "\xff",
		"array in array":  []any{[]any{"x"}},
		"typed map":       map[string]string{"a": "b"},
		"reserved name":   map[string]any{"__x__": int64(1)},
		"empty name":      map[string]any{"": int64(1)},
		"broken name":     map[string]any{"\xff": int64(1)},
		"nested too deep": deep,
		"name too long":   map[string]any{strings.Repeat("n", 1501): int64(1)},
		"names too long":  map[string]any{strings.Repeat("n", 1501-len("data.value.")): int64(1)},
	} {
		id := freshPass()
		fields := map[string]any{"data": map[string]any{"value": value}}
		_, err := s.SaveDocument(t.Context(), wallet.DocumentSnapshot{ID: id, Fields: fields})
		wantKind(t, what, err, wallet.ErrInvalid)
		if doc := readDocument(t, s, id); doc.Exists() {
			t.Errorf("%s: stored all the same", what)
		}
	}
}

// A snapshot may hold what a business app wrote with Firestore's own API, and no store takes back.
func documentTombstone(t *testing.T, s Store) {
	for what, value := range map[string]any{
		"good":          "text",
		"bytes":         []byte("x"),
		"not a number":  math.NaN(),
		"reserved name": map[string]any{"__type__": "__vector__"},
		"too large":     strings.Repeat("x", 1<<20),
	} {
		id := freshPass()
		doc := writeDocument(t, s, id, map[string]any{"template": "stamps", "messageRevision": int64(7)})
		doc.Fields["data"] = map[string]any{"value": value}
		_, err := s.SaveDocument(t.Context(), doc.Delete())
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		want := map[string]any{"template": "stamps", "voided": true, "deleted": true, "messageRevision": int64(7)}
		if what == "good" {
			want["data"] = map[string]any{"value": value}
		}
		wantFields(t, s, id, want)
	}
}

func documentCopied(t *testing.T, s Store) {
	id := freshPass()
	data := map[string]any{"points": int64(1)}
	tags := []any{"a"}
	writeDocument(t, s, id, map[string]any{"data": data, "tags": tags})
	data["points"], tags[0] = int64(2), "b"
	read := readDocument(t, s, id)
	read.Fields["data"].(map[string]any)["points"] = int64(3)
	wantFields(t, s, id, map[string]any{"data": map[string]any{"points": int64(1)}, "tags": []any{"a"}})
}

func absenceOrder(t *testing.T, s Store) {
	id := freshPass()
	before := readDocument(t, s, id)
	doc := writeDocument(t, s, id, map[string]any{"template": "stamps"})
	if before.SourceRevision() >= doc.SourceRevision() {
		t.Errorf("absence was read at %d, not before the creation at %d", before.SourceRevision(), doc.SourceRevision())
	}
	if doc.ReadAt < doc.Revision {
		t.Errorf("the document of revision %d was read at %d, before it was there", doc.Revision, doc.ReadAt)
	}
}

func revisionOrder(t *testing.T, s Store) {
	pass := freshPass()
	deviceID := wallet.DeviceID{PassTypeIdentifier: pass.PassTypeIdentifier, DeviceLibraryIdentifier: "device-1"}
	var last wallet.Revision
	rises := func(what string, r wallet.Revision) {
		t.Helper()
		if r <= last {
			t.Errorf("%s has revision %d, not after %d", what, r, last)
		}
		last = r
	}
	for n := range int64(3) {
		rises("the document", writeDocument(t, s, pass, map[string]any{"n": n}).Revision)
		rises("the package", writePackage(t, s, wallet.CurrentPackage{ID: pass, SourceRevision: last}).Revision)
		device := readDevice(t, s, deviceID)
		if device.ReadAt < last {
			t.Errorf("the device was read at %d, before the write at %d was visible", device.ReadAt, last)
		}
		device.Register(pass.SerialNumber, wallet.NewPushToken("token"), someTime.AddDate(0, 0, int(n)))
		rises("the device", writeDevice(t, s, device).Revision)
	}
}

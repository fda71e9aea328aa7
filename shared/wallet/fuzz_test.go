package wallet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
)

// What a message names can be a pass, says the same when it is written again, and what is refused is never delivered again.
func FuzzParseEvent(f *testing.F) {
	for _, seed := range []string{
		`{"passTypeIdentifier":"pass.com.example.loyalty","serialNumber":"card-1","version":3,"deviceLibraryIdentifier":"phone-1"}`,
		`{"passTypeIdentifier":"pass.a","serialNumber":"__a__","newer":[{}]}`, `{"PASSTYPEIDENTIFIER":"pass.a","serialnumber":"a"}`,
		`{"passTypeIdentifier":"pass.a","serialNumber":"a","version":1e3}`, `{"passTypeIdentifier":"pass.a","serialNumber":"\ud800"}`,
		`{"serialNumber":1}`, `[]`, `null`, ``, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		checkEvent(t, message, func(e wallet.PassChanged) wallet.PassID { return e.PassID })
		checkEvent(t, message, func(e wallet.PassPackaged) wallet.PassID { return e.PassID })
		checkEvent(t, message, func(e wallet.PassPersonalized) wallet.PassID { return e.PassID })
	})
}

func checkEvent[E interface {
	comparable
	Validate() error
}](t *testing.T, message []byte, pass func(E) wallet.PassID) {
	t.Helper()
	var event, again E
	if err := wallet.ParseEvent(message, &event); err != nil {
		if !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%T %q: %v", event, message, err)
		}
		return
	}
	if err := pass(event).Validate(); err != nil {
		t.Errorf("%T %q names what is no pass: %v", event, message, err)
	}
	written, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	if err := wallet.ParseEvent(written, &again); err != nil || again != event {
		t.Errorf("%q is read as %+v, which is written as %q and read as %+v, %v", message, event, written, again, err)
	}
}

// A document that is accepted says what another reader of JSON reads in it, can be stored, and comes back as it was.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`{"template":"stamps","data":{"stamps":3,"rate":1.5,"big":9223372036854775808},"images":{"strip":"https://example.com/a.png"}}`,
		`{"template":"points","pass":{"logoText":null,"userInfo":[{"a":[1]},"\u0000"]},"voided":true,"expirationDate":"2027-01-31T18:00:00+01:00"}`,
		`{"template":"points","data":{"__a__":1,"":2,"a":[[1]]},"serialNumber":"x","deleted":true}`, `{"template":"\ud800","data":{"n":-0,"m":1e-400}}`,
		`{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}}}}}`,
		`{"template":"points","data":{"__a__":1}}`, `{"template":"points","data":{"a":[[1]]}}`, `{"template":1,"template":"points"}`, `{}`, `[]`, "\xef\xbb\xbf{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fields, findings, err := wallet.DecodeObject(text)
		if err != nil {
			syntax, ok := errors.AsType[*wallet.SyntaxError](err)
			if !ok || syntax.Line < 1 || syntax.Line > bytes.Count(text, []byte("\n"))+1 || syntax.Column < 1 || syntax.Column > len(text)+1 {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if findings.Err() != nil {
			return
		}
		if got, want := reread(t, fields), jsonObject(t, text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as %v, not %v", text, got, want)
		}
		if got, want := countRead(fields), countWritten(text); got != want {
			t.Errorf("%q has %d names and values, and is read as %v", text, want, fields)
		}
		if _, findings := wallet.ParseDocument(fields); findings.Err() == nil {
			checkStored(t, fields)
		}
	})
}

// jsonObject reads an object as encoding/json does.
func jsonObject(t *testing.T, text []byte) (object map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &object); err != nil {
		t.Errorf("%q is accepted: %v", text, err)
	}
	return object
}

// countWritten counts the names and values of a JSON text, whether or not a name comes twice.
func countWritten(text []byte) (n int) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			return n // the end: the text is JSON, as was seen
		}
		if _, bracket := token.(json.Delim); !bracket {
			n++
		}
	}
}

// countRead counts the names and values of what was read.
func countRead(value any) (n int) {
	switch v := value.(type) {
	case map[string]any:
		for _, element := range v {
			n += 1 + countRead(element)
		}
	case []any:
		for _, element := range v {
			n += countRead(element)
		}
	default:
		n = 1
	}
	return n
}

func reread(t *testing.T, fields map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return jsonObject(t, text)
}

// checkStored holds accepted fields against a store that is as strict as Firestore.
func checkStored(t *testing.T, fields map[string]any) {
	t.Helper()
	for _, key := range append([]string{"deleted", "messageRevision"}, wallet.ServerOwned...) {
		if _, there := fields[key]; there {
			t.Errorf("a document with %s is accepted", key)
		}
	}
	store := inmem.NewStore()
	doc, err := store.Document(t.Context(), card)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.SaveDocument(t.Context(), doc.Replace(fields)); err != nil {
		t.Errorf("%v is accepted, and cannot be stored: %v", fields, err)
		return
	}
	if doc, err = store.Document(t.Context(), card); err != nil || !reflect.DeepEqual(doc.Business(), fields) {
		t.Errorf("%v is stored as %v, %v", fields, doc.Business(), err)
	}
}

// Each member is what RFC 7396 makes of it, and both arguments stay as they were.
func FuzzMergePatch(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"data":{"points":80,"name":"Ada"}}`, `{"data":{"points":120,"name":null},"voided":true}`},
		{`{"a":[1,{"b":null}],"c":{"d":1}}`, `{"a":{"b":null},"c":[],"e":{"f":{"g":null}}}`}, {`{"a":null}`, `{"a":{}}`}, {`{}`, `{"":null}`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, before, change []byte) {
		target, _, err := wallet.DecodeObject(before)
		if err != nil {
			return
		}
		patch, _, err := wallet.DecodeObject(change)
		if err != nil {
			return
		}
		checkMerged(t, "", wallet.MergePatch(target, patch), target, patch)
		if again, _, _ := wallet.DecodeObject(before); !reflect.DeepEqual(target, again) {
			t.Errorf("%q is changed", before)
		}
		if again, _, _ := wallet.DecodeObject(change); !reflect.DeepEqual(patch, again) {
			t.Errorf("%q is changed", change)
		}
	})
}

func checkMerged(t *testing.T, at string, merged, target any, patch map[string]any) {
	t.Helper()
	got, isObject := merged.(map[string]any)
	if !isObject {
		t.Fatalf("%s: %v", at, merged)
	}
	before, _ := target.(map[string]any) // what is no object has no members
	for name, value := range before {
		if _, changes := patch[name]; !changes && !reflect.DeepEqual(got[name], value) {
			t.Errorf("%s/%s: %v is lost", at, name, value)
		}
	}
	for name, value := range patch {
		result, there := got[name]
		switch inner, isObject := value.(map[string]any); {
		case isObject:
			checkMerged(t, at+"/"+name, result, before[name], inner)
		case there != (value != nil) || !reflect.DeepEqual(result, value):
			t.Errorf("%s/%s: %v, want %v", at, name, result, value)
		}
	}
	for name := range got {
		_, was := before[name]
		if _, changes := patch[name]; !was && !changes {
			t.Errorf("%s/%s comes from nowhere", at, name)
		}
	}
}

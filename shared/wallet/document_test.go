package wallet_test

import (
	"errors"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

func paths(fs wallet.Findings) []string {
	var list []string
	for _, f := range fs {
		list = append(list, f.Path+" "+f.Rule)
	}
	return list
}

func TestDecodeObjectFindsEverything(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17)
	text := `{"x": 1, "x": 2, "list": [{"y": 1, "y": 1}], "a/b": {"~": 1, "~": 1}, "big": 1e999, "digits": 12345678901234567890, "deep": ` + deep + `}`
	_, findings, err := wallet.DecodeObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got := paths(findings)
	for _, want := range []string{"/x JSON-DUPLICATE", "/list/0/y JSON-DUPLICATE", "/a~1b/~0 JSON-DUPLICATE", "/big JSON-NUMBER", "/digits JSON-NUMBER"} {
		if !slices.Contains(got, want) {
			t.Errorf("no finding %s in %v", want, got)
		}
	}
	if !slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, "JSON-DEPTH") }) {
		t.Errorf("no finding about the depth in %v", got)
	}
}

func TestDecodeObjectRefuses(t *testing.T) {
	for _, text := range []string{"", "{", "[]", "1", "null", `{"a":1}{}`, `{"a":1,}`, "\xef\xbb\xbf{}", `{'a':1}`, "{\"a\":\"\n\"}", strings.Repeat("[", 100000)} {
		if _, _, err := wallet.DecodeObject([]byte(text)); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestDecodeObjectNumbers(t *testing.T) {
	got, _, err := wallet.DecodeObject([]byte(`{"i": 120, "f": 1.5, "whole": 1.0, "big": 1.5e20, "neg": -3}`))
	want := map[string]any{"i": int64(120), "f": 1.5, "whole": 1.0, "big": 1.5e20, "neg": int64(-3)}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestMergePatch(t *testing.T) { // the examples of RFC 7396, appendix A
	for _, c := range [][3]string{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
	} {
		decode := func(s string) map[string]any {
			m, _, err := wallet.DecodeObject([]byte(s))
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		target, patch := decode(c[0]), decode(c[1])
		if got := wallet.MergePatch(target, patch); !reflect.DeepEqual(got, any(decode(c[2]))) {
			t.Errorf("%s with %s gives %v", c[0], c[1], got)
		}
		if !reflect.DeepEqual(target, decode(c[0])) || !reflect.DeepEqual(patch, decode(c[1])) {
			t.Errorf("%s with %s changes its arguments", c[0], c[1])
		}
	}
}

func TestParseDocumentReportsAllAtOnce(t *testing.T) {
	_, findings := wallet.ParseDocument(map[string]any{
		"template": int64(1), "data": "x", "voided": "yes", "expirationDate": "tomorrow", "colour": "red",
		"authenticationToken": "x", "webServiceURL": "x", "deleted": true, "messageRevision": int64(1),
		"pass":   map[string]any{"nan": math.NaN(), "teamIdentifier": "x", "serialNumber": "y", "list": []any{[]any{int64(1)}}, "__x__": int64(1), "t": time.Now()},
		"images": map[string]any{"strip": "http://plain.example", "logo": int64(1)},
	})
	got := paths(findings)
	for _, want := range []string{
		"/template DOC-TEMPLATE", "/data DOC-TYPE", "/voided DOC-TYPE", "/expirationDate DOC-DATE", "/colour DOC-UNKNOWN",
		"/authenticationToken DOC-SERVER-OWNED", "/webServiceURL DOC-SERVER-OWNED", "/deleted DOC-SERVER-OWNED", "/messageRevision DOC-SERVER-OWNED",
		"/pass/teamIdentifier DOC-SERVER-OWNED", "/pass/serialNumber DOC-SERVER-OWNED", "/pass/list/0 DOC-ARRAY", "/pass/__x__ DOC-NAME", "/pass/t DOC-TYPE", "/pass/nan JSON-NUMBER",
		"/images/strip DOC-IMAGE", "/images/logo DOC-IMAGE",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no finding %s in\n%s", want, strings.Join(got, "\n"))
		}
	}
}

// Firestore's limit is on all names of a path together.
func TestParseDocumentBoundsNames(t *testing.T) {
	for length, found := range map[int]bool{1500: false, 1501: true, 50_000: true} {
		name := strings.Repeat("n", length-len("data/list/0/"))
		inner := map[string]any{name: map[string]any{}}
		_, findings := wallet.ParseDocument(map[string]any{"template": "points", "data": map[string]any{"list": []any{inner}}})
		if got, want := strings.Join(paths(findings), "\n"), "/data/list/0/"+name+" DOC-NAME"; (got == want) != found || !found && got != "" {
			t.Errorf("%d bytes: %.100q", length, got)
		}
	}
}

func TestParseDocumentTakesAGoodOne(t *testing.T) {
	doc, findings := wallet.ParseDocument(map[string]any{
		"template": "points", "data": map[string]any{"points": int64(1)}, "voided": true, "expirationDate": "2027-01-31T18:00:00+01:00",
		"images": map[string]any{"strip": "https://example.com/strip.png"}, "pass": map[string]any{"logoText": nil},
	})
	want := wallet.Document{
		Template: "points", Data: map[string]any{"points": int64(1)}, Voided: true, ExpirationDate: "2027-01-31T18:00:00+01:00",
		Images: map[string]string{"strip": "https://example.com/strip.png"}, Pass: map[string]any{"logoText": nil},
	}
	if len(findings) != 0 || !reflect.DeepEqual(doc, want) {
		t.Errorf("%+v\n%v", doc, findings)
	}
}

func TestParseDocumentBoundsSize(t *testing.T) {
	_, findings := wallet.ParseDocument(map[string]any{"template": "x", "data": map[string]any{"a": strings.Repeat("x", wallet.MaxDocumentSize)}})
	if got := paths(findings); !slices.Contains(got, " DOC-SIZE") {
		t.Errorf("%v", got)
	}
}

func TestPassIDValidate(t *testing.T) { // P-21
	good := []string{"a", "A-1_2.3", strings.Repeat("x", 64)}
	bad := []string{"", ".", "..", "__x__", "a/b", "a b", "ä", "a%2Fb", "a+b", strings.Repeat("x", 65), "a\n"}
	for _, serial := range good {
		if err := (wallet.PassID{PassTypeIdentifier: "pass.a", SerialNumber: serial}).Validate(); err != nil {
			t.Errorf("%q: %v", serial, err)
		}
	}
	for _, serial := range bad {
		if err := (wallet.PassID{PassTypeIdentifier: "pass.a", SerialNumber: serial}).Validate(); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%q: %v", serial, err)
		}
	}
	for _, passType := range []string{"", "pass.", "com.example", "pass.a/b", "pass.a b"} {
		if err := wallet.ValidatePassType(passType); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%q: %v", passType, err)
		}
	}
}

// A long name over many elements, and over much that is wrong, costs what its bytes cost and not their product.
func TestDecodeObjectIsBounded(t *testing.T) {
	name := strings.Repeat("n", wallet.MaxDocumentSize/2)
	for what, element := range map[string]string{"elements": "0", "findings": "1e999", "members twice": `{"a":0,"a":0}`} {
		text := []byte(`{"` + name + `":[` + strings.TrimSuffix(strings.Repeat(element+",", len(name)/len(element)), ",") + `]}`)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, findings, err := wallet.DecodeObject(text)
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; err != nil || len(findings) > 100 || allocated > 32<<20 {
			t.Errorf("%s: %v, %d findings, %d bytes allocated", what, err, len(findings), allocated)
		}
	}
}

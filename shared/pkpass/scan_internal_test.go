package pkpass

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzScanObject holds the scanner to encoding/json: they agree on what is an object, and on what its members are.
func FuzzScanObject(f *testing.F) {
	for _, text := range []string{
		`{}`, " {\t\"a\" : [ ] ,\r\n\"b\":{} } ", `{"a":"\"\\\/\b\f\n\r\t\u00e9\uD83d","b":[1,-0,0.5,1e9,-1.5E+10,2e-3,true,false,null,["é",{}]]}`,
		``, `[]`, `"{}"`, `null`, `{}x`, "{}\x00", `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{a:1}`, `{1:1}`, `{"a":}`,
		`{"a":[}`, `{"a":[1,]}`, `{"a":[1 2]}`, `{"a":[`, `{"a":01}`, `{"a":-}`, `{"a":.5}`, `{"a":1.}`, `{"a":1e}`, `{"a":1e+}`, `{"a":+1}`, `{"a":tru}`,
		`{"a":True}`, `{"a":nul`, `{"a":"`, `{"a":"\`, `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"\u12`, "{\"a\":\"\t\"}", "{\"a\":\"\xff\x7f\"}", "\ufeff{}",
		`{"a":` + strings.Repeat("[", maxNesting-1) + strings.Repeat("]", maxNesting-1) + `}`, `{"a":` + strings.Repeat("[", maxNesting) + strings.Repeat("]", maxNesting) + `}`,
		`{"a":` + strings.Repeat(`{"a":`, maxNesting-1) + "1" + strings.Repeat("}", maxNesting), `{"a":` + strings.Repeat(`{"a":`, maxNesting) + "1" + strings.Repeat("}", maxNesting+1),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		members := make(map[string]string)
		isObject := scanObject(text, func(name, value []byte) {
			var key string
			if err := json.Unmarshal(name, &key); err != nil {
				t.Errorf("%q is no name: %v", name, err)
			}
			members[key] = string(value)
		})
		var want map[string]json.RawMessage
		err := json.Unmarshal(text, &want)
		if isObject != (err == nil && want != nil) {
			t.Fatalf("%.100q is an object: %v; encoding/json: %v", text, isObject, err)
		}
		if isObject && len(members) != len(want) {
			t.Errorf("%d members, want %d", len(members), len(want))
		}
		for name, value := range want {
			if isObject && members[name] != string(value) {
				t.Errorf("%q is %q, want %q", name, members[name], value)
			}
		}
	})
}

package passjson_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/wallet"
)

// inPassOnly leaves out the one object that stands in a file of its own, personalization.json.
func (table keyTable) inPassOnly() keyTable {
	all := maps.Clone(table)
	delete(all, "Personalization")
	return all
}

// eachKey runs a test for every key of the table, and fails when keys are out of reach.
func eachKey(t *testing.T, test func(t *testing.T, table keyTable, r route, k tableKey)) {
	table := readTable(t)
	routes := table.routes()
	tested := 0
	for name, keys := range table.inPassOnly() {
		r, ok := routes[name]
		if !ok {
			t.Errorf("no pass can hold a %s", name)
			continue
		}
		for _, k := range keys {
			tested++
			t.Run(name+"."+k.Name, func(t *testing.T) { test(t, table, r.forKey(k), k) })
		}
	}
	if tested < 290 {
		t.Errorf("only %d keys were tested", tested)
	}
}

// Every key of every object takes a value of its kind without a word, in a pass of a style that reads it; and each value of
// another kind, or past a limit of the table, is an error where it stands.
func TestEveryKeyOfTheTable(t *testing.T) {
	eachKey(t, func(t *testing.T, table keyTable, r route, k tableKey) {
		at := passjson.Root + r.path + "/" + k.Name
		if got := under(at, passjson.Validate(table.passWith(t, r, k, table.right(k.Type, k)), passjson.Options{})); len(got) != 0 {
			t.Errorf("right value: %v", got)
		}
		for _, w := range wrong(table, k.Type, k) {
			got := passjson.Validate(table.passWith(t, r, k, w.value), passjson.Options{})
			isThere := func(f wallet.Finding) bool { return f.Path == at+w.under && f.Severity == wallet.SeverityError }
			if !slices.ContainsFunc(got, isThere) {
				t.Errorf("wrong value %#v: no error at %s, but %v", w.value, at+w.under, got)
			}
		}
	})
}

// Each value that the table lists for a key is none too many.
func TestEveryValueOfTheTable(t *testing.T) {
	values := 0
	eachKey(t, func(t *testing.T, table keyTable, r route, k tableKey) {
		at := passjson.Root + r.path + "/" + k.Name
		for _, value := range k.Enum {
			values++
			if _, isArray := elementOf(k.Type); isArray {
				value = []any{value}
			}
			got := under(at, passjson.Validate(table.passWith(t, r, k, value), passjson.Options{}))
			if got.Err() != nil {
				t.Errorf("%v: %v", value, got)
			}
		}
	})
	if values < 60 {
		t.Errorf("only %d values were tested", values)
	}
}

// The keys of the sign-up form, which stands in a file of its own.
func TestEveryKeyOfPersonalization(t *testing.T) {
	table := readTable(t)
	pass := patched(t, `{"nfc": {"message": "1", "encryptionPublicKey": "`+nfcKey+`"}}`)
	for _, k := range table["Personalization"] {
		form := func(value any) map[string]any {
			whole := table.right("Personalization", tableKey{}).(map[string]any)
			whole[k.Name] = value
			return whole
		}
		if got := passjson.ValidatePersonalization(form(table.right(k.Type, k)), pass); len(got) != 0 {
			t.Errorf("%s: %v", k.Name, got)
		}
		for _, w := range wrong(table, k.Type, k) {
			at := passjson.PersonalizationRoot + "/" + k.Name + w.under
			got := passjson.ValidatePersonalization(form(w.value), pass)
			if !slices.ContainsFunc(got, func(f wallet.Finding) bool { return f.Path == at && f.Severity == wallet.SeverityError }) {
				t.Errorf("%s: wrong value %#v: no error at %s, but %v", k.Name, w.value, at, got)
			}
		}
	}
}

// A required key that is not there, and a key without those that it needs beside it, are errors.
func TestEveryRequiredKeyOfTheTable(t *testing.T) {
	eachKey(t, func(t *testing.T, table keyTable, r route, k tableKey) {
		pass := table.passWith(t, r, k, table.right(k.Type, k))
		object := resolve(t, pass, r.path)
		if k.Required == true {
			delete(object, k.Name)
			got := under(passjson.Root+r.path+"/"+k.Name, passjson.Validate(pass, passjson.Options{}))
			if len(got) != 1 || got[0].Severity != wallet.SeverityError {
				t.Errorf("without it: %v", got)
			}
		}
		for _, other := range k.Requires {
			pass := table.passWith(t, r, k, table.right(k.Type, k))
			delete(resolve(t, pass, r.path), other)
			if got := under(passjson.Root+r.path+"/"+k.Name, passjson.Validate(pass, passjson.Options{})); got.Err() == nil {
				t.Errorf("without %s: %v", other, got)
			}
		}
	})
}

// No key of the table is lost, and none that nobody knows, on the way through text; an unknown one earns a warning.
func TestNoKeyIsLost(t *testing.T) {
	eachKey(t, func(t *testing.T, table keyTable, r route, k tableKey) {
		pass := table.passWith(t, r, k, table.right(k.Type, k))
		resolve(t, pass, r.path)["keyOfNextYear"] = map[string]any{"a": []any{nil, 1.5, int64(2), "<&>"}}
		text, err := json.Marshal(passjson.WithFallbacks(pass))
		if err != nil {
			t.Fatal(err)
		}
		again := decode(t, string(text))
		if want := numbersAsDecoded(pass); !reflect.DeepEqual(again, want) {
			t.Errorf("%v became %v", want, again)
		}
		got := under(passjson.Root+r.path+"/keyOfNextYear", passjson.Validate(again, passjson.Options{}))
		if len(got) != 1 || got[0].Rule != "KEY-UNKNOWN" || got[0].Severity != wallet.SeverityWarning {
			t.Errorf("unknown key: %v", got)
		}
	})
}

// numbersAsDecoded turns the float64 constants of the table into the int64 that a decoder makes of them.
func numbersAsDecoded(v any) any {
	switch v := v.(type) {
	case map[string]any:
		all := make(map[string]any, len(v))
		for name, member := range v {
			all[name] = numbersAsDecoded(member)
		}
		return all
	case []any:
		all := make([]any, len(v))
		for i, element := range v {
			all[i] = numbersAsDecoded(element)
		}
		return all
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	}
	return v
}

// The name in Apple's own tool is known and checked like the documented one.
func TestEveryAliasOfTheTable(t *testing.T) {
	aliases := 0
	eachKey(t, func(t *testing.T, table keyTable, r route, k tableKey) {
		if k.Alias == "" {
			return
		}
		aliases++
		pass := table.passWith(t, r, k, table.right(k.Type, k))
		object := resolve(t, pass, r.path)
		object[k.Alias] = object[k.Name]
		delete(object, k.Name)
		if got := passjson.Validate(pass, passjson.Options{}); len(got) != 0 {
			t.Errorf("as %s: %v", k.Alias, got)
		}
		object[k.Alias] = int64(7)
		if got := under(passjson.Root+r.path+"/"+k.Alias, passjson.Validate(pass, passjson.Options{})); got.Err() == nil {
			t.Errorf("wrong value of %s: %v", k.Alias, got)
		}
	})
	if aliases == 0 {
		t.Error("the table has no alias")
	}
}

// The samples of the three kinds of ticket have nothing wrong, so that what the tests find is theirs.
func TestSamplesAreRight(t *testing.T) {
	for name, patch := range map[string]string{"store card": `{}`, "poster event ticket": posterTicket, "semantic boarding pass": airTicket} {
		if got := passjson.Validate(patched(t, patch), passjson.Options{}); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// resolve follows a JSON Pointer to an object of the pass.
func resolve(t *testing.T, pass map[string]any, pointer string) map[string]any {
	var v any = pass
	for _, step := range strings.Split(pointer, "/")[1:] {
		switch container := v.(type) {
		case map[string]any:
			v = container[step]
		case []any:
			v = container[0]
		}
	}
	object, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("no object at %s", pointer)
	}
	return object
}

// under keeps the findings at a path and below it.
func under(path string, findings wallet.Findings) wallet.Findings {
	return slices.DeleteFunc(findings, func(f wallet.Finding) bool { return f.Path != path && !strings.HasPrefix(f.Path, path+"/") })
}

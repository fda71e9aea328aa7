package passjson_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/wallet"
)

// A tableKey is one key of pass-keys.json as these tests read it, apart from the package's own reader.
type tableKey struct {
	Name, Type string
	Required   any
	Const      any
	Enum       []any
	Pattern    string
	Requires   []string
}

// A keyTable is the keys of every object.
type keyTable map[string][]tableKey

func readTable(t *testing.T) keyTable {
	text, err := os.ReadFile("pass-keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Objects map[string]struct{ Keys []tableKey }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	table := make(keyTable)
	for name, object := range file.Objects {
		table[name] = object.Keys
	}
	return table
}

// Every key of every object takes a value of its type, and one of another type is found where it stands.
func TestEveryKeyOfTheTable(t *testing.T) {
	table := readTable(t)
	routes := table.routes()
	tested := 0
	for name, keys := range table {
		if name == "Personalization" {
			continue // stands in personalization.json, not in a pass
		}
		r, ok := routes[name]
		if !ok {
			t.Errorf("no pass can hold a %s", name)
			continue
		}
		for _, k := range keys {
			tested++
			t.Run(name+"."+k.Name, func(t *testing.T) {
				at := r.path + "/" + k.Name
				if got := errorsUnder(table.passWith(r, k, table.right(k.Type, k)), at); len(got) != 0 {
					t.Errorf("right value: %v", got)
				}
				for _, w := range wrong(table, k.Type) {
					got := errorsUnder(table.passWith(r, k, w.value), at)
					if !slices.ContainsFunc(got, func(f wallet.Finding) bool { return f.Path == at+w.under }) {
						t.Errorf("wrong value %#v: nothing found at %s, but %v", w.value, at+w.under, got)
					}
				}
			})
		}
	}
	if tested < 290 {
		t.Errorf("only %d keys were tested", tested)
	}
}

// A route leads from a pass to an object in it.
type route struct {
	object string
	path   string
	place  func(object map[string]any) map[string]any // makes the pass around it
}

// routes finds a way to every object that a pass can hold, breadth first. Fields are reached where every key of theirs is
// allowed, the rows of an event ticket.
func (table keyTable) routes() map[string]route {
	pass := route{"Pass", passjson.Root, func(object map[string]any) map[string]any { return object }}
	field := route{"PassFieldContent", passjson.Root + "/eventTicket/auxiliaryFields/0", func(object map[string]any) map[string]any {
		return map[string]any{"eventTicket": map[string]any{"auxiliaryFields": []any{object}}}
	}}
	found := map[string]route{pass.object: pass, field.object: field}
	for queue := []route{pass, field}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		for _, k := range table[from.object] {
			name, isArray := elementOf(k.Type)
			if _, known := found[name]; known || table[name] == nil {
				continue
			}
			to := route{name, from.path + "/" + k.Name, func(object map[string]any) map[string]any { return table.passWith(from, k, object) }}
			if isArray {
				to.path += "/0"
				to.place = func(object map[string]any) map[string]any { return table.passWith(from, k, []any{object}) }
			}
			found[name] = to
			queue = append(queue, to)
		}
	}
	return found
}

func elementOf(typ string) (name string, isArray bool) {
	name, isArray = strings.CutPrefix(typ, "array<")
	return strings.TrimSuffix(name, ">"), isArray
}

// passWith makes a pass with nothing but the way to the key, a value of it, and the keys that it needs beside it.
func (table keyTable) passWith(r route, k tableKey, value any) map[string]any {
	object := map[string]any{k.Name: value}
	for _, other := range table[r.object] {
		if slices.Contains(k.Requires, other.Name) {
			object[other.Name] = table.right(other.Type, other)
		}
	}
	return r.place(object)
}

// right makes a value of a type for a key.
func (table keyTable) right(typ string, k tableKey) any {
	if name, isArray := elementOf(typ); isArray {
		return []any{table.right(name, k)}
	}
	if keys := table[typ]; keys != nil {
		object := make(map[string]any)
		for _, member := range keys {
			if member.Required == true || member.Required == k.Name || member.Required == "date-or-interval" && member.Requires == nil {
				object[member.Name] = table.right(member.Type, member)
			}
		}
		return object
	}
	if k.Const != nil {
		return k.Const
	}
	if k.Enum != nil {
		return k.Enum[0]
	}
	return map[string]any{
		"": "0123456789abcdef", `^[A-Z]{3}$`: "EUR", `^pass\.[A-Za-z0-9.-]+$`: "pass.com.example", // by pattern
		"number": 1.5, "integer": int64(7), "uint16": int64(65535), "boolean": true, "object": map[string]any{"a": nil},
		"date": "2027-01-31T18:00:00Z", "color": "rgb(1, 2, 3)", "url": "https://example.com", "uri": "tel:1", "email": "a@example.com",
		"uuid": "6E3AF1B2-1B0E-4C66-9C1D-0A2B3C4D5E6F", "iana-time-zone": "Europe/Berlin",
	}[sampleName(typ, k)]
}

func sampleName(typ string, k tableKey) string {
	switch typ {
	case "string", "localizable-string", "phone", "string|number|date":
		return k.Pattern
	default:
		return typ
	}
}

// A wrongValue is a value of another type, and where under the key that is to be found.
type wrongValue struct {
	value any
	under string
}

func wrong(table keyTable, typ string) []wrongValue {
	if name, isArray := elementOf(typ); isArray {
		all := []wrongValue{{nil, ""}, {"x", ""}, {map[string]any{}, ""}}
		for _, w := range wrong(table, name) {
			all = append(all, wrongValue{[]any{w.value}, "/0" + w.under})
		}
		return all
	}
	values := []any{nil, true, int64(7), []any{}, map[string]any{}, "nonsense"}
	switch typ {
	case "string", "localizable-string", "phone":
		values = []any{nil, true, int64(7), 1.5, []any{}, map[string]any{}}
	case "string|number|date":
		values = []any{nil, true, []any{}, map[string]any{}}
	case "number":
		values = []any{nil, true, "1.5", "x", []any{}, map[string]any{}}
	case "integer":
		values = []any{nil, true, "7", 1.5, []any{}, map[string]any{}}
	case "uint16":
		values = []any{nil, true, "7", 1.5, int64(-1), int64(65536)}
	case "boolean":
		values = []any{nil, "true", int64(0), int64(1), []any{}, map[string]any{}}
	default:
		if typ == "object" || table[typ] != nil {
			values = []any{nil, true, int64(7), "x", []any{}}
		}
	}
	var all []wrongValue
	for _, v := range values {
		all = append(all, wrongValue{v, ""})
	}
	return all
}

func errorsUnder(pass map[string]any, path string) wallet.Findings {
	return slices.DeleteFunc(passjson.Validate(pass, passjson.Options{}), func(f wallet.Finding) bool {
		return f.Severity != wallet.SeverityError || f.Path != path && !strings.HasPrefix(f.Path, path+"/")
	})
}

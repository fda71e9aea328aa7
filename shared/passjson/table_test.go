package passjson_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// A tableKey is one key of pass-keys.json as these tests read it, apart from the package's own reader.
type tableKey struct {
	Name, Type, Pattern, Alias, Group, AppliesTo string
	Required, Const                              any
	Enum                                         []any
	Requires, Styles                             []string
	Minimum, Maximum                             *float64
	MinLength, MaxBytes, MaxItems                int
}

// A keyTable is the keys of every object.
type keyTable map[string][]tableKey

func readTable(t testing.TB) keyTable {
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

// A route leads from a pass to an object in it.
type route struct {
	object string
	path   string                                     // a JSON Pointer
	place  func(object map[string]any) map[string]any // makes the pass around it
}

// routes finds a way to every object that a pass can hold, breadth first. Fields are reached where most keys of theirs are
// allowed, the rows of an event ticket.
func (table keyTable) routes() map[string]route {
	pass := route{"Pass", "", func(object map[string]any) map[string]any { return object }}
	field := route{"PassFieldContent", "/eventTicket/auxiliaryFields/0", func(object map[string]any) map[string]any {
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
			to := route{name, from.path + "/" + k.Name, func(object map[string]any) map[string]any { return table.around(from, k, object) }}
			if isArray {
				to.path += "/0"
				to.place = func(object map[string]any) map[string]any { return table.around(from, k, []any{object}) }
			}
			found[name] = to
			queue = append(queue, to)
		}
	}
	return found
}

// around makes what a pass needs to hold a value of the key: the way to it, and the keys that stand beside it.
func (table keyTable) around(r route, k tableKey, value any) map[string]any {
	object := make(map[string]any)
	if r.object != "Pass" { // which has all that it requires
		object = table.right(r.object, tableKey{Name: k.Name}).(map[string]any)
	}
	for name, v := range beside(r.object, k) {
		object[name] = v
	}
	for _, other := range table[r.object] {
		if slices.Contains(k.Requires, other.Name) {
			object[other.Name] = table.right(other.Type, other)
		}
	}
	object[k.Name] = value
	return r.place(object)
}

// passWith makes a whole pass of the style that reads the key, with a value of it.
func (table keyTable) passWith(t testing.TB, r route, k tableKey, value any) map[string]any {
	return overlay(decode(t, storeCard), baseFor(t, r, k), table.around(r, k, value)).(map[string]any)
}

// overlay lays objects over each other like merge patches, save that the last one's null stands.
func overlay(target any, patch map[string]any, last any) any {
	object, ok := last.(map[string]any)
	if !ok {
		return last
	}
	merged, _ := wallet.MergePatch(target, patch).(map[string]any)
	merged = maps.Clone(merged)
	for name, v := range object {
		if merged == nil {
			merged = make(map[string]any)
		}
		merged[name] = overlay(merged[name], map[string]any{}, v)
	}
	return merged
}

// forKey leads to the objects in which a key has an effect, where the table has several of the kind.
func (r route) forKey(k tableKey) route {
	switch {
	case r.object == "PassFieldContent" && k.Name == "dataDetectorTypes":
		return route{r.object, "/eventTicket/backFields/0", func(object map[string]any) map[string]any {
			return map[string]any{"eventTicket": map[string]any{"backFields": []any{object}}}
		}}
	case r.object == "PassFields":
		style := "eventTicket"
		if k.Styles != nil {
			style, _, _ = strings.Cut(k.Styles[0], ":")
		}
		return route{r.object, "/" + style, func(object map[string]any) map[string]any { return map[string]any{style: object} }}
	default:
		return r
	}
}

// baseFor is a patch over the store card that makes it a pass in which the key has an effect, with nothing wrong.
func baseFor(t testing.TB, r route, k tableKey) map[string]any {
	readers := strings.Join(k.Styles, " ") + " " + k.AppliesTo
	switch {
	case k.Name == "posterGeneric", k.Name == "footerFields":
		return decode(t, `{"posterGeneric": {}}`)
	case k.Required == "one-of-style", k.Name == "transitType":
		return decode(t, `{"storeCard": null}`)
	case strings.Contains(readers, "store card"), r.object == "Action", k.Name == "featuredActions":
		return map[string]any{}
	case !strings.Contains(readers, "event") && strings.Contains(strings.ToLower(readers), "boarding"):
		return decode(t, airTicket)
	default:
		return decode(t, posterTicket)
	}
}

func elementOf(typ string) (name string, isArray bool) {
	name, isArray = strings.CutPrefix(typ, "array<")
	return strings.TrimSuffix(name, ">"), isArray
}

package passjson_test

import (
	"maps"
	"strings"
)

const sampleDate = "2027-01-31T18:00:00Z"

// samples are values of the types that have but one form, and of the keys that want more than their type says.
var samples = map[string]any{
	"string": "text", "localizable-string": "text", "phone": "+49 30 1234", "string|number|date": "text",
	"number": 1.5, "integer": int64(7), "uint16": int64(65535), "boolean": true, "object": map[string]any{"a": true},
	"date": sampleDate, "color": "rgb(1, 2, 3)", "url": "https://example.com", "uri": "tel:1", "email": "a@example.com",
	"uuid": "6E3AF1B2-1B0E-4C66-9C1D-0A2B3C4D5E6F", "iana-time-zone": "Europe/Berlin",

	"passTypeIdentifier": "pass.com.example", "authenticationToken": "0123456789abcdef", "currencyCode": "EUR", "amount": "12.50",
	"SHA256": strings.Repeat("0f", 32), "encryptionPublicKey": nfcKey, "messageEncoding": "utf-8", "changeMessage": "Now %@",
	"airlineCode": "EX", "departureAirportCode": "MUC", "destinationAirportCode": "SFO",
	"preferredStyleSchemes": []any{"posterEventTicket", "eventTicket"},
}

// right makes a value of a type for a key.
func (table keyTable) right(typ string, k tableKey) any {
	if keys := table[typ]; keys != nil {
		object := make(map[string]any)
		for _, member := range keys {
			if member.Required == true || member.Required == k.Name || member.Required == "date-or-interval" && member.Requires == nil && !isInterval(k) {
				object[member.Name] = table.right(member.Type, member)
			}
		}
		return object
	}
	if v, ok := samples[k.Name]; ok {
		return v
	}
	if name, isArray := elementOf(typ); isArray {
		return []any{table.right(name, k)}
	}
	if k.Const != nil {
		return k.Const
	}
	if k.Enum != nil {
		return k.Enum[0]
	}
	return samples[typ]
}

func isInterval(k tableKey) bool { return k.Name == "startDate" || k.Name == "endDate" }

// beside is what a key of an object needs beside it to have an effect.
func beside(object string, k tableKey) map[string]any {
	if object != "PassFieldContent" {
		return nil
	}
	date := map[string]any{"value": sampleDate, "dateStyle": "PKDateStyleShort", "timeStyle": "PKDateStyleNone"}
	switch k.Name {
	case "dateStyle", "timeStyle", "isRelative", "ignoresTimeZone":
		return maps.Clone(date)
	case "currencyCode", "numberStyle":
		return map[string]any{"value": 12.5}
	default:
		return nil
	}
}

// A wrongValue is a value that must be refused, and where under the key that is to be found.
type wrongValue struct {
	value any
	under string
}

// wrong makes values of other types than the key's, and such that break what else the table says of it.
func wrong(table keyTable, typ string, k tableKey) []wrongValue {
	if name, isArray := elementOf(typ); isArray {
		all := []wrongValue{{nil, ""}, {"x", ""}, {map[string]any{}, ""}}
		if k.MaxItems > 0 {
			var tooMany []any
			for range k.MaxItems + 1 {
				tooMany = append(tooMany, table.right(name, tableKey{}))
			}
			all = append(all, wrongValue{tooMany, ""})
		}
		for _, w := range wrong(table, name, k) {
			all = append(all, wrongValue{[]any{w.value}, "/0" + w.under})
		}
		return all
	}
	var all []wrongValue
	for _, v := range append(ofOtherTypes(table, typ), beyond(k)...) {
		all = append(all, wrongValue{v, ""})
	}
	return all
}

func ofOtherTypes(table keyTable, typ string) []any {
	switch typ {
	case "string", "localizable-string", "phone":
		return []any{nil, true, int64(7), 1.5, []any{}, map[string]any{}}
	case "string|number|date":
		return []any{nil, true, []any{}, map[string]any{}}
	case "number":
		return []any{nil, true, "1.5", "x", []any{}, map[string]any{}}
	case "integer":
		return []any{nil, true, "7", 1.5, []any{}, map[string]any{}}
	case "uint16":
		return []any{nil, true, "7", 1.5, int64(-1), int64(65536)}
	case "boolean":
		return []any{nil, "true", int64(0), int64(1), []any{}, map[string]any{}}
	}
	if typ == "object" || table[typ] != nil {
		return []any{nil, true, int64(7), "x", []any{}}
	}
	return []any{nil, true, int64(7), []any{}, map[string]any{}, "nonsense"}
}

// beyond makes values of the right type past each limit of the key.
func beyond(k tableKey) []any {
	var all []any
	if k.Minimum != nil {
		all = append(all, *k.Minimum-1)
	}
	if k.Maximum != nil {
		all = append(all, *k.Maximum+1)
	}
	if k.MinLength > 0 {
		all = append(all, strings.Repeat("x", k.MinLength-1))
	}
	if k.MaxBytes > 0 {
		all = append(all, strings.Repeat("x", k.MaxBytes+1))
	}
	if k.Pattern != "" {
		all = append(all, "~")
	}
	if n, ok := k.Const.(float64); ok {
		all = append(all, n+1)
	}
	switch {
	case k.Enum == nil:
	case k.Type == "integer":
		all = append(all, int64(99))
	default:
		all = append(all, "PKNonsense")
	}
	return all
}

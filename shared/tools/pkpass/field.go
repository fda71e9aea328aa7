package main

import (
	"fmt"
	"strconv"
)

// The styles and their groups of fields, in the order in which one reads a pass.
// https://developer.apple.com/documentation/walletpasses/passfields
var (
	styles = []string{"boardingPass", "coupon", "eventTicket", "generic", "storeCard", "posterGeneric"}
	groups = []string{"headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields", "additionalInfoFields", "footerFields"}
)

// A field is one field of a pass.
type field struct {
	style, group string
	content      map[string]any
}

// fields returns all fields of a pass in the order of the styles and groups.
func (p passFile) fields() []field {
	var all []field
	for _, style := range styles {
		for _, group := range groups {
			for _, v := range list(object(p.pass[style])[group]) {
				if content := object(v); content != nil {
					all = append(all, field{style, group, content})
				}
			}
		}
	}
	return all
}

func (f field) text(key string) string {
	text, _ := f.content[key].(string)
	return text
}

// value is the field's value as it can be shown without a locale: the device formats numbers and dates in its own.
func (f field) value() string {
	text := plain(f.content["value"])
	if currency := f.text("currencyCode"); currency != "" {
		text += " " + currency
	}
	if f.text("numberStyle") == "PKNumberStylePercent" {
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return strconv.FormatFloat(100*n, 'f', -1, 64) + "%"
		}
	}
	return text
}

// plain writes a JSON value as text, numbers without exponent.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// quoted is plain with quotation marks around text, for a terminal.
func quoted(v any) string {
	if text, ok := v.(string); ok {
		return `"` + printable(text) + `"`
	}
	return printable(plain(v))
}

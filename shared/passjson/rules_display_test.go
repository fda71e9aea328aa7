package passjson_test

import (
	"strings"
	"testing"
)

func TestFLD_Display(t *testing.T) {
	const at = "/storeCard/backFields/0/"
	for _, tt := range []ruleCase{
		{"FLD-1 a date without style", fieldWith(`"value": "2027-01-31T18:00:00Z"`), []string{"warning FLD-1 " + at + "value"}},
		{"FLD-1 and without zone", fieldWith(`"value": "2027-01-31T18:00"`), []string{"warning FLD-1 " + at + "value"}},
		{"FLD-1 a day is text", fieldWith(`"value": "2027-01-31"`), nil},
		{"FLD-3 no time", fieldWith(`"value": "2027-01-31T18:00:00Z", "dateStyle": "PKDateStyleShort"`), []string{"warning FLD-3 " + at + "dateStyle"}},
		{"FLD-3 no day", fieldWith(`"value": "2027-01-31T18:00:00Z", "timeStyle": "PKDateStyleShort"`), []string{"warning FLD-3 " + at + "timeStyle"}},
		{"FLD-4 relative", fieldWith(`"value": 1, "isRelative": true`), []string{"warning FLD-4 " + at + "isRelative"}},
		{"FLD-4 time zone", fieldWith(`"value": 1, "ignoresTimeZone": true`), []string{"warning FLD-4 " + at + "ignoresTimeZone"}},
		{"FLD-4 off", fieldWith(`"value": 1, "isRelative": false, "ignoresTimeZone": false`), nil},
		{"FLD-5 a link", fieldWith(`"value": "a", "attributedValue": "<a href='https://example.com'>a</a>, 1 < 2 > 0"`), nil},
		{"FLD-5 bold", fieldWith(`"value": "a", "attributedValue": "<b href=''>a</b>"`), []string{"warning FLD-5 " + at + "attributedValue"}},
		{"FLD-5 a link to nowhere", fieldWith(`"value": "a", "attributedValue": "<a>a</a>"`), []string{"warning FLD-5 " + at + "attributedValue"}},
		{"FLD-5 in value", fieldWith(`"value": "<a href='https://example.com'>a</a>"`), []string{"warning FLD-5 " + at + "value"}},
		{"FLD-5 bold behind links", fieldWith(`"value": "a", "attributedValue": "<a href='x'>a</a><i>b</i>"`), []string{"warning FLD-5 " + at + "attributedValue"}},
		{"FLD-8 a line break", fieldWith(`"value": "a\nb"`), nil},
		{"FLD-8 escaped twice", fieldWith(`"value": "a\\nb"`), []string{"warning FLD-8 " + at + "value"}},
		{"FLD-8 of HTML", fieldWith(`"value": "a<br />b"`), []string{"warning FLD-8 " + at + "value"}},
		{"FLD-6 on the back", fieldWith(`"value": "a", "dataDetectorTypes": []`), nil},
		{"FLD-6 in front", `{"storeCard": {"headerFields": [{"key": "k", "value": 1, "dataDetectorTypes": []}]}}`,
			[]string{"warning FLD-6 /storeCard/headerFields/0/dataDetectorTypes"}},
	} {
		tt.run(t)
	}
}

func TestTextCut(t *testing.T) {
	fields := func(group string, texts ...string) string {
		var all []string
		for i, s := range texts {
			all = append(all, `{"key": "`+group+string(rune('a'+i))+`", "value": `+s+`}`)
		}
		return `{"storeCard": {"auxiliaryFields": [], "` + group + `": [` + strings.Join(all, ",") + `]}}`
	}
	quoted := func(n int) string { return `"` + strings.Repeat("x", n) + `"` }
	for _, tt := range []ruleCase{
		{"header", fields("headerFields", quoted(16), quoted(16)), nil},
		{"long header", fields("headerFields", quoted(16), quoted(17)), []string{"warning TEXT-CUT /storeCard/headerFields/1/value"}},
		{"primary", fields("primaryFields", quoted(40)), nil},
		{"long primary", fields("primaryFields", quoted(41)), []string{"warning TEXT-CUT /storeCard/primaryFields/0/value"}},
		{"row", fields("secondaryFields", quoted(32), quoted(32)), nil},
		{"long row", fields("secondaryFields", quoted(33), quoted(32)), []string{"warning TEXT-CUT /storeCard/secondaryFields/0/value"}},
		{"a row of two groups", `{"storeCard": {"secondaryFields": [{"key": "s", "value": ` + quoted(32) + `}], "auxiliaryFields": [{"key": "a", "value": ` + quoted(33) + `}]}}`,
			[]string{"warning TEXT-CUT /storeCard/auxiliaryFields/0/value"}},
		{"two rows of two groups", `{"storeCard": null, "boardingPass": {"transitType": "PKTransitTypeBus", "secondaryFields": [{"key": "s", "value": ` + quoted(64) + `}],
			"auxiliaryFields": [{"key": "a", "value": ` + quoted(64) + `}]}}`, nil},
		{"wide characters", fields("primaryFields", `"`+strings.Repeat("字", 21)+`"`), []string{"warning TEXT-CUT /storeCard/primaryFields/0/value"}},
		{"wide characters of four scripts", fields("primaryFields", `"`+strings.Repeat("字한ひカ", 5)+`"`), nil},
		{"one more of them", fields("primaryFields", `"`+strings.Repeat("字한ひカ", 5)+`x"`), []string{"warning TEXT-CUT /storeCard/primaryFields/0/value"}},
		{"a date is as long as its style", `{"storeCard": {"headerFields": [{"key": "a", "value": "2027-01-31T18:00:00.000+01:00", "dateStyle": "PKDateStyleShort",
			"timeStyle": "PKDateStyleNone"}, {"key": "b", "value": "sixteen and some"}]}}`, nil},
		{"the back scrolls", fields("backFields", quoted(5000)), nil},
		{"a long label", `{"storeCard": {"primaryFields": [{"key": "balance", "label": ` + quoted(41) + `, "value": 1}]}}`,
			[]string{"warning TEXT-CUT /storeCard/primaryFields/0/label"}},
		{"rows of a ticket", ticketRows(quoted(60), quoted(60)), nil},
		{"one row of a ticket", ticketRows(quoted(60), quoted(65)), []string{"warning TEXT-CUT /eventTicket/auxiliaryFields/1/value"}},
		{"lines of posterGeneric", `{"posterGeneric": {"primaryFields": [{"key": "a", "value": ` + quoted(40) + `}, {"key": "b", "value": ` + quoted(40) + `}]}}`, nil},
		{"logoText", `{"logoText": ` + quoted(40) + `}`, nil},
		{"long logoText", `{"logoText": ` + quoted(41) + `}`, []string{"warning TEXT-CUT /logoText"}},
	} {
		tt.run(t)
	}
}

func ticketRows(first, second string) string {
	return `{"storeCard": null, "eventTicket": {"auxiliaryFields": [{"key": "a", "row": 0, "value": ` + first + `}, {"key": "b", "row": 1, "value": ` + second + `}]}}`
}

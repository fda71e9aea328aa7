package passjson_test

import (
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
)

func TestScenario20_R1(t *testing.T) {
	for _, tt := range []ruleCase{
		{"both", `{}`, nil},
		{"neither", `{"webServiceURL": null, "authenticationToken": null}`, nil},
		{"address alone", `{"authenticationToken": null}`, []string{"error R1 /webServiceURL"}},
		{"token alone", `{"webServiceURL": null}`, []string{"error R1 /authenticationToken"}},
	} {
		tt.run(t)
	}
}

func TestScenario20_R2(t *testing.T) {
	for _, tt := range []ruleCase{
		{"with store identifiers", `{"appLaunchURL": "example:open", "associatedStoreIdentifiers": [1234567890]}`, nil},
		{"identifiers alone", `{"associatedStoreIdentifiers": [1234567890]}`, nil},
		{"without", `{"appLaunchURL": "example:open"}`, []string{"error R2 /appLaunchURL"}},
		{"none listed", `{"appLaunchURL": "example:open", "associatedStoreIdentifiers": []}`, []string{"error R2 /appLaunchURL"}},
	} {
		tt.run(t)
	}
}

func TestScenario20_R3(t *testing.T) {
	for _, tt := range []ruleCase{
		{"one", `{}`, nil},
		{"with poster", `{"posterGeneric": {}}`, nil},
		{"none", `{"storeCard": null}`, []string{"error R3 "}},
		{"two", `{"coupon": {}}`, []string{"error R3 /storeCard"}},
		{"three", `{"coupon": {}, "generic": {}}`, []string{"error R3 /generic", "error R3 /storeCard"}},
		{"boarding pass with poster", `{"storeCard": null, "boardingPass": {"transitType": "PKTransitTypeBus"}, "posterGeneric": {}}`,
			[]string{"error R3 /posterGeneric"}},
		{"STY-2 poster alone", `{"storeCard": null, "logoText": null, "posterGeneric": {}}`, []string{"warning STY-2 /posterGeneric"}},
		{"KEY-STYLE poster alone draws no logoText", `{"storeCard": null, "posterGeneric": {}}`,
			[]string{"warning STY-2 /posterGeneric", "warning KEY-STYLE /logoText"}},
	} {
		tt.run(t)
	}
}

func TestScenario20_R4(t *testing.T) {
	for _, tt := range []ruleCase{
		{"boarding pass", `{"storeCard": null, "boardingPass": {"transitType": "PKTransitTypeBus"}}`, nil},
		{"REJ-15 boarding pass without", `{"storeCard": null, "boardingPass": {}}`, []string{"error R4 /boardingPass/transitType"}},
		{"store card", `{"storeCard": {"transitType": "PKTransitTypeBus"}}`, []string{"error R4 /storeCard/transitType"}},
		{"unknown", `{"storeCard": null, "boardingPass": {"transitType": "PKTransitTypeSled"}}`,
			[]string{"error KEY-ENUM /boardingPass/transitType"}},
	} {
		tt.run(t)
	}
}

func TestScenario20_R5(t *testing.T) {
	const entry = `{"identifier": "e", "name": "E", "type": "event", "backFields": [{"key": "same", "value": 1}]}`
	event := func(entries ...string) string {
		return strings.Replace(posterTicket, `"eventTicket": {}`, `"eventTicket": {"backFields": [{"key": "same", "value": 1}]},
			"upcomingPassInformation": [`+strings.Join(entries, ",")+`]`, 1)
	}
	for _, tt := range []ruleCase{
		{"unique", `{"storeCard": {"backFields": [{"key": "a", "value": 1}, {"key": "b", "value": 1}]}}`, nil},
		{"in one group", `{"storeCard": {"backFields": [{"key": "a", "value": 1}, {"key": "a", "value": 1}]}}`,
			[]string{"error R5 /storeCard/backFields/1/key"}},
		{"in two groups", `{"storeCard": {"backFields": [{"key": "points", "value": 1}]}}`,
			[]string{"error R5 /storeCard/backFields/0/key"}},
		{"in two styles", `{"posterGeneric": {"headerFields": [{"key": "points", "value": 1}]}}`,
			[]string{"error R5 /posterGeneric/headerFields/0/key"}},
		{"each upcoming event has its own", event(entry, strings.Replace(entry, `"e"`, `"f"`, 1)), nil},
		{"within an upcoming event", event(strings.Replace(entry, `[{`, `[{"key": "same", "value": 1}, {`, 1)),
			[]string{"error R5 /upcomingPassInformation/0/backFields/1/key"}},
	} {
		tt.run(t)
	}
}

func TestScenario20_R6(t *testing.T) {
	for _, tt := range []ruleCase{
		{"amount", fieldWith(`"value": 12.5, "currencyCode": "EUR"`), nil},
		{"number", fieldWith(`"value": 12, "numberStyle": "PKNumberStylePercent"`), nil},
		{"both", fieldWith(`"value": 12, "currencyCode": "EUR", "numberStyle": "PKNumberStylePercent"`), []string{"error R6 /storeCard/backFields/0/numberStyle"}},
		{"amount as text", fieldWith(`"value": "12.5", "currencyCode": "EUR"`), []string{"error R6 /storeCard/backFields/0/value"}},
		{"number as text", fieldWith(`"value": "12", "numberStyle": "PKNumberStylePercent"`), []string{"error R6 /storeCard/backFields/0/value"}},
		{"lower-case currency", fieldWith(`"value": 12.5, "currencyCode": "eur"`), []string{"error KEY-FORMAT /storeCard/backFields/0/currencyCode"}},
	} {
		tt.run(t)
	}
}

func TestScenario20_R7(t *testing.T) {
	const at = "error R7 /storeCard/backFields/0/value"
	date := func(value string) string {
		return fieldWith(`"value": ` + value + `, "dateStyle": "PKDateStyleShort", "timeStyle": "PKDateStyleNone"`)
	}
	for _, tt := range []ruleCase{
		{"date", date(`"2027-01-31T18:00:00.5-05:00"`), nil},
		{"without seconds", date(`"2027-01-31T18:00Z"`), nil},
		{"P-36 no zone", date(`"2027-01-31T18:00:00"`), []string{at}},
		{"P-36 zone without colon", date(`"2027-01-31T18:00:00+0100"`), []string{at}},
		{"day alone", date(`"2027-01-31"`), []string{at}},
		{"number", date(`1800000000`), []string{at}},
		{"of timeStyle alone", fieldWith(`"value": "noon", "timeStyle": "PKDateStyleShort"`), []string{at, "warning FLD-3 /storeCard/backFields/0/timeStyle"}},
	} {
		tt.run(t)
	}
}

func TestScenario20_R8(t *testing.T) {
	const aligned = `[{"key": "k", "value": 1, "textAlignment": "PKTextAlignmentLeft"}]`
	for _, tt := range []ruleCase{
		{"header", `{"storeCard": {"headerFields": ` + aligned + `}}`, nil},
		{"primary", `{"storeCard": {"primaryFields": ` + aligned + `}}`, []string{"error R8 /storeCard/primaryFields/0/textAlignment"}},
		{"back", `{"storeCard": {"backFields": ` + aligned + `}}`, []string{"error R8 /storeCard/backFields/0/textAlignment"}},
	} {
		tt.run(t)
	}
}

func TestScenario20_R9(t *testing.T) {
	ticket := func(group, fields string) string {
		return `{"storeCard": null, "eventTicket": {"` + group + `": [` + fields + `]}}`
	}
	const twoRows = `{"key": "a", "value": 1}, {"key": "b", "value": 1}, {"key": "c", "value": 1, "row": 0}, {"key": "d", "value": 1, "row": 0},
		{"key": "e", "value": 1, "row": 1}, {"key": "f", "value": 1, "row": 1}, {"key": "g", "value": 1, "row": 1}, {"key": "h", "value": 1, "row": 1}`
	for _, tt := range []ruleCase{
		{"two rows of four", ticket("auxiliaryFields", twoRows), nil},
		{"five in the first row", ticket("auxiliaryFields", twoRows+`, {"key": "i", "value": 1}`), []string{"error R9 /eventTicket/auxiliaryFields/8"}},
		{"six in the second row", ticket("auxiliaryFields", twoRows+`, {"key": "i", "value": 1, "row": 1}, {"key": "j", "value": 1, "row": 1}`),
			[]string{"error R9 /eventTicket/auxiliaryFields/8"}},
		{"third row", ticket("auxiliaryFields", `{"key": "a", "value": 1, "row": 2}`), []string{"error R9 /eventTicket/auxiliaryFields/0/row"}},
		{"other group", ticket("secondaryFields", `{"key": "a", "value": 1, "row": 1}`), []string{"error R9 /eventTicket/secondaryFields/0/row"}},
		{"other style", `{"storeCard": {"auxiliaryFields": [{"key": "a", "value": 1, "row": 1}]}}`, []string{"error R9 /storeCard/auxiliaryFields/0/row"}},
	} {
		tt.run(t)
	}
}

func TestScenario20_R10(t *testing.T) {
	for _, tt := range []ruleCase{
		{"with the value", fieldWith(`"value": 1, "changeMessage": "Now %@"`), nil},
		{"without", fieldWith(`"value": 1, "changeMessage": "Changed"`), []string{"warning R10 /storeCard/backFields/0/changeMessage"}},
		{"twice", fieldWith(`"value": 1, "changeMessage": "%@ and %@"`), []string{"warning R10 /storeCard/backFields/0/changeMessage"}},
		{"of another system", fieldWith(`"value": 1, "changeMessage": "%@ of %d"`), []string{"warning R10 /storeCard/backFields/0/changeMessage"}},
		{"numbered", fieldWith(`"value": 1, "changeMessage": "Now %1$@"`), []string{"warning R10 /storeCard/backFields/0/changeMessage"}},
		{"a percentage is none", fieldWith(`"value": 1, "changeMessage": "%@, 5% or 50%off"`), nil},
	} {
		tt.run(t)
	}
}

func TestScenario20_R11(t *testing.T) {
	const location = `{"latitude": 1, "longitude": 2}`
	const beacon = `{"proximityUUID": "6E3AF1B2-1B0E-4C66-9C1D-0A2B3C4D5E6F"}`
	const action = `{"identifier": "i", "type": "call", "url": "tel:+49301234"}`
	times := func(key, entry string, n int) string {
		return `{"` + key + `": [` + strings.TrimSuffix(strings.Repeat(entry+",", n), ",") + `]}`
	}
	for _, tt := range []ruleCase{
		{"ten locations", times("locations", location, 10), nil},
		{"eleven locations", times("locations", location, 11), []string{"error R11 /locations"}},
		{"ten beacons", times("beacons", beacon, 10), nil},
		{"eleven beacons", times("beacons", beacon, 11), []string{"error R11 /beacons"}},
		{"two actions", times("featuredActions", action, 2), nil},
		{"three actions", times("featuredActions", action, 3), []string{"error R11 /featuredActions"}},
	} {
		tt.run(t)
	}
}

func TestScenario20_R14(t *testing.T) {
	nfc := func(message string) string {
		return `{"nfc": {"message": "` + message + `", "encryptionPublicKey": "` + nfcKey + `"}}`
	}
	for _, tt := range []ruleCase{
		{"64 bytes", nfc(strings.Repeat("é", 32)), nil},
		{"65 bytes in 33 characters", nfc(strings.Repeat("é", 32) + "e"), []string{"error R14 /nfc/message"}},
	} {
		tt.run(t)
	}
}

func TestScenario20_R15(t *testing.T) {
	barcodes := func(formats ...string) string {
		var entries []string
		for _, format := range formats {
			entries = append(entries, `{"format": "PKBarcodeFormat`+format+`", "message": "4006381333931", "messageEncoding": "iso-8859-1"}`)
		}
		return `{"barcodes": [` + strings.Join(entries, ",") + `]}`
	}
	for _, tt := range []ruleCase{
		{"old", barcodes("Code128"), nil},
		{"new with fallback", barcodes("EAN13", "Code39", "QR"), nil},
		{"P-40 new alone", barcodes("EAN13"), []string{"error R15 /barcodes/0"}},
		{"new after new", barcodes("EAN13", "Codabar"), []string{"error R15 /barcodes/0", "error R15 /barcodes/1"}},
		{"unknown is no fallback", barcodes("EAN13", "Sketch"), []string{"error KEY-ENUM /barcodes/1/format", "error R15 /barcodes/0"}},
		{"new last", barcodes("QR", "Codabar"), []string{"error R15 /barcodes/1"}},
		{"new between", barcodes("QR", "Codabar", "Aztec"), []string{"warning BARCODE-ORDER /barcodes/1"}},
		{"new between and last", barcodes("EAN13", "QR", "Codabar", "Aztec", "Code39"), []string{"warning BARCODE-ORDER /barcodes/2", "error R15 /barcodes/4"}},
		{"new moved to the front", barcodes("Codabar", "QR"), nil},
	} {
		tt.run(t)
	}
	for _, entries := range []string{barcodes("QR", "Codabar"), barcodes("QR", "Codabar", "Aztec")} {
		findings := passjson.Validate(patched(t, entries), passjson.Options{})
		if len(findings) != 1 || !strings.Contains(findings[0].Message, "the barcode 0") || !strings.HasSuffix(findings[0].Message, "move this one in front of it") {
			t.Errorf("%s: the advice is not to move it to the front: %v", entries, findings)
		}
	}
}

// fieldWith is a patch that puts one field on the back of the store card.
func fieldWith(members string) string {
	return `{"storeCard": {"backFields": [{"key": "k", ` + members + `}]}}`
}

// ticketWith is a patch that makes the card an event ticket with more keys.
func ticketWith(members string) string {
	return `{"storeCard": null, "eventTicket": {}, ` + members + `}`
}

package passjson_test

import (
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
)

func TestRequiredKeys(t *testing.T) {
	for _, key := range []string{"description", "formatVersion", "organizationName", "passTypeIdentifier", "serialNumber", "teamIdentifier"} {
		ruleCase{"REJ-4 " + key, `{"` + key + `": null}`, []string{"error REJ-4 /" + key}}.run(t)
	}
	for _, tt := range []ruleCase{
		{"REJ-13 key", `{"storeCard": {"backFields": [{"value": 1}]}}`, []string{"error REJ-13 /storeCard/backFields/0/key"}},
		{"REJ-13 value", `{"storeCard": {"backFields": [{"key": "k"}]}}`, []string{"error REJ-13 /storeCard/backFields/0/value"}},
		{"relevant moment", ticketWith(`"relevantDates": [{"date": "2027-01-31T18:00:00Z"}]`), nil},
		{"relevant interval", ticketWith(`"relevantDates": [{"startDate": "2027-01-31T18:00:00Z", "endDate": "2027-01-31T19:00:00Z"}]`), nil},
		{"neither", ticketWith(`"relevantDates": [{}]`), []string{"error REJ-4 /relevantDates/0"}},
		{"half an interval", ticketWith(`"relevantDates": [{"startDate": "2027-01-31T18:00:00Z"}]`), []string{"error KEY-REQUIRES /relevantDates/0/startDate"}},
	} {
		tt.run(t)
	}
}

func TestValues(t *testing.T) {
	for _, tt := range []ruleCase{
		{"REJ-4 formatVersion 2", `{"formatVersion": 2}`, []string{"error REJ-4 /formatVersion"}},
		{"P-37 formatVersion as a string", `{"formatVersion": "1"}`, []string{"error P-37 /formatVersion"}},
		{"P-37 maxDistance as a string", `{"maxDistance": "100"}`, []string{"error P-37 /maxDistance"}},
		{"P-37 latitude as a string", `{"locations": [{"latitude": "52.5", "longitude": 1}]}`, []string{"error P-37 /locations/0/latitude"}},
		{"P-37 store identifier as a string", `{"associatedStoreIdentifiers": ["123"]}`, []string{"error P-37 /associatedStoreIdentifiers/0"}},
		{"REJ-4 text for a number", `{"maxDistance": "far"}`, []string{"error REJ-4 /maxDistance"}},
		{"REJ-4 fraction for an integer", `{"associatedStoreIdentifiers": [1.5]}`, []string{"error REJ-4 /associatedStoreIdentifiers/0"}},
		{"REJ-4 an integer of more than 64 bits", `{"associatedStoreIdentifiers": [1e19]}`, []string{"error REJ-4 /associatedStoreIdentifiers/0"}},
		{"an integer as 1e9", `{"associatedStoreIdentifiers": [1e9, 3.0]}`, nil},
		{"REJ-4 0 for a boolean", `{"voided": 0}`, []string{"error REJ-4 /voided"}},
		{"REJ-4 number as a string for a boolean", `{"voided": "1"}`, []string{"error REJ-4 /voided"}},
		{"REJ-4 style is an array", `{"storeCard": []}`, []string{"error REJ-4 /storeCard"}},
		{"REJ-4 boarding pass is a string", `{"storeCard": null, "boardingPass": ""}`, []string{"error REJ-4 /boardingPass"}},
		{"REJ-4 field is a string", `{"storeCard": {"backFields": ["x"]}}`, []string{"error REJ-4 /storeCard/backFields/0"}},
		{"KEY-RANGE limits", `{"locations": [{"latitude": -90, "longitude": 180}, {"latitude": 90, "longitude": -180}]}`, nil},
		{"KEY-RANGE beyond", `{"locations": [{"latitude": 91, "longitude": -181}]}`, []string{"error KEY-RANGE /locations/0/latitude", "error KEY-RANGE /locations/0/longitude"}},
		{"KEY-FORMAT pass type", `{"passTypeIdentifier": "com.example"}`, []string{"error KEY-FORMAT /passTypeIdentifier"}},
		{"KEY-ENUM in an array", `{"preferredStyleSchemes": ["poster"]}`, []string{"error KEY-ENUM /preferredStyleSchemes/0"}},
		{"REJ-12", `{"expirationDate": "2027-01-31"}`, []string{"error REJ-12 /expirationDate"}},
		{"semantic tag", `{"semantics": {"balance": {"amount": 12.5, "currencyCode": "EUR"}}}`, []string{"error REJ-4 /semantics/balance/amount"}},
		{"semantic tag of a field", fieldWith(`"value": 1, "semantics": {"totalPrice": {"amount": "1"}}`), []string{"error REJ-4 /storeCard/backFields/0/semantics/totalPrice/currencyCode"}},
	} {
		tt.run(t)
	}
}

func TestWarnings(t *testing.T) {
	for _, tt := range []ruleCase{
		{"KEY-UNKNOWN", `{"logotext": "x", "storeCard": {"a/b": 1}}`, []string{"warning KEY-UNKNOWN /storeCard/a~1b", "warning KEY-UNKNOWN /logotext"}},
		{"a tag by the name in Apple's tool", `{"storeCard": null, "boardingPass": {"transitType": "PKTransitTypeAir"},
			"semantics": {"departureAirportTimeZone": "Europe/Berlin", "airlineLoungePlaceID": "I1"}}`, nil},
		{"of a wrong kind by that name", `{"storeCard": null, "boardingPass": {"transitType": "PKTransitTypeAir"},
			"semantics": {"departureAirportTimeZone": 1, "airlineLoungePlaceID": [1]}}`,
			[]string{"error REJ-4 /semantics/departureAirportTimeZone", "error REJ-4 /semantics/airlineLoungePlaceID/0"}},
		{"KEY-STYLE style", `{"groupingIdentifier": "g"}`, []string{"warning KEY-STYLE /groupingIdentifier"}},
		{"KEY-STYLE scheme", `{"storeCard": null, "eventTicket": {}, "addOnURL": "https://example.com"}`, []string{"warning KEY-STYLE /addOnURL"}},
		{"with the scheme", strings.Replace(poster("addOnURL"), "%s", `"https://example.com"`, 1), nil},
		{"KEY-STYLE group", `{"storeCard": {"footerFields": []}}`, []string{"warning KEY-STYLE /storeCard/footerFields"}},
		{"group of the second style", `{"posterGeneric": {"footerFields": []}}`, nil},
		{"KEY-DEPRECATED", ticketWith(`"relevantDate": "2027-01-31T18:00:00Z"`), []string{"warning KEY-DEPRECATED /relevantDate"}},
		{"deprecated beside its successor", ticketWith(`"relevantDate": "2027-01-31T18:00:00Z", "relevantDates": [{"date": "2027-01-31T18:00:00Z"}]`), nil},
	} {
		tt.run(t)
	}
}

func TestFieldLimits(t *testing.T) {
	fields := func(prefix string, n int) string {
		var all []string
		for i := range n {
			all = append(all, `{"key": "`+prefix+string(rune('a'+i))+`", "value": 1}`)
		}
		return `[` + strings.Join(all, ",") + `]`
	}
	generic := func(format string) string {
		return `{"storeCard": null, "generic": {"secondaryFields": ` + fields("s", 3) + `, "auxiliaryFields": ` + fields("x", 2) + `},
			"barcodes": [{"format": "` + format + `", "message": "1", "messageEncoding": "utf-8"}]}`
	}
	for _, tt := range []ruleCase{
		{"header full", `{"storeCard": {"headerFields": ` + fields("h", 3) + `}}`, nil},
		{"header", `{"storeCard": {"headerFields": ` + fields("h", 4) + `}}`, []string{"warning FIELD-LIMIT /storeCard/headerFields"}},
		{"primary", `{"storeCard": {"primaryFields": ` + fields("p", 2) + `}}`, []string{"warning FIELD-LIMIT /storeCard/primaryFields"}},
		{"combined full", `{"storeCard": {"auxiliaryFields": ` + fields("x", 2) + `}}`, nil},
		{"combined", `{"storeCard": {"auxiliaryFields": ` + fields("x", 3) + `}}`, []string{"warning FIELD-LIMIT /storeCard/auxiliaryFields"}},
		{"combined in one group", `{"storeCard": {"secondaryFields": ` + fields("s", 5) + `, "auxiliaryFields": null}}`,
			[]string{"warning FIELD-LIMIT /storeCard/secondaryFields"}},
		{"generic with wide barcode", generic("PKBarcodeFormatPDF417"), nil},
		{"generic with square barcode", generic("PKBarcodeFormatQR"), []string{"warning FIELD-LIMIT /generic/auxiliaryFields"}},
		{"event ticket without rows", `{"storeCard": null, "eventTicket": {"auxiliaryFields": ` + fields("x", 5) + `}}`,
			[]string{"warning FIELD-LIMIT /eventTicket/auxiliaryFields"}},
		{"back is endless", `{"storeCard": {"backFields": ` + fields("b", 26) + `}}`, nil},
	} {
		tt.run(t)
	}
}

func TestWebService(t *testing.T) {
	for _, tt := range []ruleCase{
		{"WS-3 port, path, slash", `{"webServiceURL": "https://passes.example.com:8443/a/v1x/"}`, nil},
		{"WS-3 http", `{"webServiceURL": "http://passes.example.com"}`, []string{"error WS-3 /webServiceURL"}},
		{"WS-3 no host", `{"webServiceURL": "https:///passes"}`, []string{"error WS-3 /webServiceURL"}},
		{"P-19", `{"webServiceURL": "https://passes.example.com/v1"}`, []string{"error P-19 /webServiceURL"}},
		{"P-19 with slash", `{"webServiceURL": "https://passes.example.com/a/v1/"}`, []string{"error P-19 /webServiceURL"}},
		{"REJ-17 16 characters", `{"authenticationToken": "0123456789abcdef"}`, nil},
		{"REJ-17 15 characters", `{"authenticationToken": "0123456789abcde"}`, []string{"error REJ-17 /authenticationToken"}},
		{"WS-4 every character", `{"authenticationToken": "AZaz09-._~+/====="}`, nil},
		{"WS-4 space", `{"authenticationToken": "0123456789 abcdef"}`, []string{"error WS-4 /authenticationToken"}},
		{"WS-4 not ASCII", `{"authenticationToken": "0123456789abcdefé"}`, []string{"error WS-4 /authenticationToken"}},
	} {
		tt.run(t)
	}
}

// A number of the wrong kind is shown, for the mistake is in its digits.
func TestWrongNumberIsShown(t *testing.T) {
	findings := passjson.Validate(patched(t, `{"associatedStoreIdentifiers": [1.5]}`), passjson.Options{})
	if want := "must be a whole number, not 1.5"; !strings.Contains(findings.Error(), want) {
		t.Errorf("found %v, want %q", findings, want)
	}
}

// A finding travels to callers and logs; the token must not travel with it.
func TestTokenIsNotShown(t *testing.T) {
	for _, token := range []string{`"13579"`, `"13579 13579 13579"`, `13579`, `["13579"]`} {
		pass := patched(t, `{"authenticationToken": `+token+`, "webServiceURL": null}`)
		findings := passjson.Validate(pass, passjson.Options{})
		if len(findings) == 0 || strings.Contains(findings.Error(), "13579") {
			t.Errorf("found %v", findings)
		}
	}
}

func TestAllowHTTP(t *testing.T) {
	options := passjson.Options{AllowHTTP: true}
	pass := patched(t, `{"webServiceURL": "http://127.0.0.1:8080"}`)
	if findings := passjson.Validate(pass, options); len(findings) != 0 {
		t.Errorf("http was allowed, but: %v", findings)
	}
	pass = patched(t, `{"storeCard": null, "eventTicket": {}, "webServiceURL": "ftp://127.0.0.1", "semantics": {"wifiAccess": [{"ssid": "s", "password": "p", "captiveTokenAuthURL": "http://a.example"}]}}`)
	got := strings.Join(summary(passjson.Validate(pass, options), passjson.Root), "\n")
	if want := "error WS-3 /webServiceURL\nerror KEY-FORMAT /semantics/wifiAccess/0/captiveTokenAuthURL"; got != want {
		t.Errorf("found\n%s, want\n%s", got, want)
	}
}

func TestBarcodes(t *testing.T) {
	barcode := func(message, encoding string) string {
		return `{"format": "PKBarcodeFormatAztec", "message": "` + message + `", "messageEncoding": "` + encoding + `"}`
	}
	for _, tt := range []ruleCase{
		{"Latin-1", `{"barcodes": [` + barcode("Zoëÿ", "ISO-8859-1") + `]}`, nil},
		{"beyond Latin-1", `{"barcodes": [` + barcode("Zoë €", "iso-8859-1") + `]}`, []string{"error BARCODE-ENCODING /barcodes/0/message"}},
		{"ASCII", `{"barcodes": [` + barcode("~", "us-ascii") + `]}`, nil},
		{"no encoding", `{"barcodes": [{"format": "PKBarcodeFormatQR", "message": "1"}]}`, []string{"error REJ-4 /barcodes/0/messageEncoding"}},
		{"no message", `{"barcodes": [{"format": "PKBarcodeFormatQR", "messageEncoding": "koi8-r"}]}`, []string{"error REJ-4 /barcodes/0/message"}},
		{"beyond ASCII", `{"barcodes": [` + barcode("Zoë", "us-ascii") + `]}`, []string{"error BARCODE-ENCODING /barcodes/0/message"}},
		{"UTF-8", `{"barcodes": [` + barcode("Zoë €", "utf-8") + `]}`, nil},
		{"other encoding", `{"barcodes": [` + barcode("x", "shift_jis") + `]}`, []string{"warning BARCODE-ENCODING /barcodes/0/messageEncoding"}},
		{"old key", `{"barcode": ` + barcode("€", "iso-8859-1") + `}`, []string{"error BARCODE-ENCODING /barcode/message"}},
		{"old key alone", `{"barcodes": null, "barcode": ` + barcode("x", "utf-8") + `}`, []string{"warning KEY-DEPRECATED /barcode"}},
		{"new format under the old key", `{"barcode": ` + strings.Replace(barcode("x", "utf-8"), "Aztec", "Code128", 1) + `}`,
			[]string{"warning BARCODE-LEGACY /barcode/format"}},
	} {
		tt.run(t)
	}
}

func TestStyle(t *testing.T) {
	for _, tt := range []struct {
		patch, want string
		ok          bool
	}{
		{`{}`, "storeCard", true},
		{`{"posterGeneric": {}}`, "storeCard", true},
		{`{"storeCard": null, "posterGeneric": {}}`, "posterGeneric", true},
		{`{"storeCard": null}`, "", false},
		{`{"coupon": {}}`, "", false},
	} {
		if got, ok := passjson.Style(patched(t, tt.patch)); got != tt.want || ok != tt.ok {
			t.Errorf("Style with %s = %q, %v; want %q, %v", tt.patch, got, ok, tt.want, tt.ok)
		}
	}
}

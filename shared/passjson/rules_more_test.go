package passjson_test

import (
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
)

func TestIdentity(t *testing.T) {
	for _, tt := range []ruleCase{
		{"P-21 every character", `{"serialNumber": "AZaz09._-"}`, nil},
		{"P-21 slash", `{"serialNumber": "a/b"}`, []string{"warning P-21 /serialNumber"}},
		{"P-21 not ASCII", `{"serialNumber": "é"}`, []string{"warning P-21 /serialNumber"}},
		{"P-21 longest", `{"serialNumber": "` + strings.Repeat("x", 64) + `"}`, nil},
		{"P-21 too long", `{"serialNumber": "` + strings.Repeat("x", 65) + `"}`, []string{"warning P-21 /serialNumber"}},
		{"KEY-EMPTY serial", `{"serialNumber": ""}`, []string{"warning KEY-EMPTY /serialNumber"}},
		{"KEY-EMPTY description", `{"description": ""}`, []string{"warning KEY-EMPTY /description"}},
		{"an optional text may be empty", `{"logoText": ""}`, nil},
	} {
		tt.run(t)
	}
}

func TestUnknownCodes(t *testing.T) {
	currency := func(code string) string { return fieldWith(`"value": 1, "currencyCode": "` + code + `"`) }
	zone := func(name string) string { return `{"semantics": {"departureLocationTimeZone": "` + name + `"}}` }
	for _, tt := range []ruleCase{
		{"currency", currency("ZWG"), nil},
		{"CURRENCY-UNKNOWN", currency("ZZZ"), []string{"warning CURRENCY-UNKNOWN /storeCard/backFields/0/currencyCode"}},
		{"CURRENCY-UNKNOWN in a tag", `{"semantics": {"balance": {"amount": "1", "currencyCode": "QQQ"}}}`,
			[]string{"warning CURRENCY-UNKNOWN /semantics/balance/currencyCode"}},
	} {
		tt.run(t)
	}
	for _, tt := range []changeCase{
		{"an old name of a zone", airTicket, zone("Asia/Calcutta"), nil},
		{"TIME-ZONE-UNKNOWN", airTicket, zone("Europe/Berlinn"), []string{"warning TIME-ZONE-UNKNOWN /semantics/departureLocationTimeZone"}},
	} {
		tt.run(t)
	}
}

func TestRelevance(t *testing.T) {
	const dates = `"relevantDates": [{"date": "2027-01-31T18:00:00Z"}]`
	interval := func(from, to string) string {
		return ticketWith(`"relevantDates": [{"startDate": "2027-01-31T` + from + `", "endDate": "2027-01-31T` + to + `"}]`)
	}
	for _, tt := range []ruleCase{
		{"KEY-STYLE store card", `{` + dates + `}`, []string{"warning KEY-STYLE /relevantDates"}},
		{"KEY-STYLE coupon", `{"storeCard": null, "coupon": {}, ` + dates + `}`, []string{"warning KEY-STYLE /relevantDates"}},
		{"generic with a place", `{"storeCard": null, "generic": {}, ` + dates + `}`, nil},
		{"KEY-STYLE generic without a place", `{"storeCard": null, "generic": {}, "locations": null, ` + dates + `}`, []string{"warning KEY-STYLE /relevantDates"}},
		{"generic with a beacon", `{"storeCard": null, "generic": {}, "locations": null, "beacons": [{"proximityUUID": "6E3AF1B2-1B0E-4C66-9C1D-0A2B3C4D5E6F"}], ` + dates + `}`, nil},
		{"poster generic beside", `{"posterGeneric": {}, ` + dates + `}`, nil},
		{"DATE-ORDER interval", interval("18:00Z", "17:59:59Z"), []string{"warning DATE-ORDER /relevantDates/0/endDate"}},
		{"in order across zones", interval("18:00:00+01:00", "17:30Z"), nil},
		{"RELEVANCE both kinds", ticketWith(`"relevantDates": [{"date": "2027-01-31T18:00Z", "startDate": "2027-01-31T18:00Z", "endDate": "2027-01-31T19:00Z"}]`),
			[]string{"warning RELEVANCE /relevantDates/0/startDate", "warning RELEVANCE /relevantDates/0/endDate"}},
		{"also by the name of early systems", ticketWith(`"relevantDates": [{"date": "2027-01-31T18:00Z", "relevantDate": "2027-01-31T18:00Z"}]`), nil},
		{"by that name alone", ticketWith(`"relevantDates": [{"relevantDate": "2027-01-31T18:00Z"}]`), []string{"error REJ-4 /relevantDates/0"}},
		{"REJ-12 by that name", ticketWith(`"relevantDates": [{"date": "2027-01-31T18:00Z", "relevantDate": "2027-01-31"}]`),
			[]string{"error REJ-12 /relevantDates/0/relevantDate"}},
		{"DATE-ORDER event", ticketWith(`"semantics": {"eventStartDate": "2027-01-31T18:00Z", "eventEndDate": "2027-01-31T17:00Z"}`),
			[]string{"warning DATE-ORDER /semantics/eventEndDate"}},
	} {
		tt.run(t)
	}
}

func TestNFCKey(t *testing.T) {
	const uncompressed = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEze+BxsBAN71GtPnvwFFrWIZsw6PeocuVXKn8nms8dgdXCicvGm36uRm7uUba5HudzmfEa5vZ+9+OUbp2M0xPSQ=="
	const p384 = "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE5W3bg2EtQDA8VP5PC4Cd7fL2iFY+ZvT7wrhg1WgMg2OjSRw2ROlT1hiz84OWjP7hUjYCiTm66JBCqDQMMgAHUdoOHJ/jxA4KBAPqrFqIZoWCAkhzUBSZBLcDkdeteLHY"
	const renamed = "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQYDIgACdPeV788O0S02LUupB+xbAy0kc7hCp6NLs4QNMFkfjdg="
	const beyond = "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgAC//////////////////////////////////////////8=" // a coordinate as large as can be written
	for name, tt := range map[string]struct {
		key   string
		right bool
	}{
		"compressed": {nfcKey, true}, "uncompressed": {uncompressed, true}, "empty": {"", false}, "not Base64": {"-----BEGIN", false},
		"other text": {"MDkw", false}, "another curve": {p384, false}, "the name of another curve": {renamed, false}, "off the curve": {beyond, false},
		"cut": {nfcKey[:40], false}, "off the curve, uncompressed": {strings.Replace(uncompressed, "AEze", "AEzf", 1), false},
	} {
		var want []string
		if !tt.right {
			want = []string{"warning NFC-KEY /nfc/encryptionPublicKey"}
		}
		ruleCase{name, `{"nfc": {"message": "1", "encryptionPublicKey": "` + tt.key + `"}}`, want}.run(t)
	}
}

func TestSemanticTags(t *testing.T) {
	for _, tt := range []changeCase{
		{"KEY-STYLE", `{}`, `{"semantics": {"eventName": "E", "balance": {"amount": "-1.5", "currencyCode": "EUR"}, "totalPrice": {"amount": "1", "currencyCode": "EUR"}}}`,
			[]string{"warning KEY-STYLE /semantics/eventName"}},
		{"KEY-STYLE in a field", `{}`, fieldWith(`"value": 1, "semantics": {"departureGate": "7"}`), []string{"warning KEY-STYLE /storeCard/backFields/0/semantics/departureGate"}},
		{"KEY-STYLE in an upcoming event", posterTicket, `{"upcomingPassInformation": [{"identifier": "i", "name": "n", "type": "event", "semantics": {"carNumber": "7", "venueName": "V"}}]}`,
			[]string{"warning KEY-STYLE /upcomingPassInformation/0/semantics/carNumber"}},
		{"poster generic", `{"posterGeneric": {}}`, `{"semantics": {"eventName": "E"}}`, nil},
		{"KEY-FORMAT amount", `{}`, `{"semantics": {"balance": {"amount": "12,50", "currencyCode": "EUR"}}}`, []string{"error KEY-FORMAT /semantics/balance/amount"}},
		{"TAG-WORD", airTicket, `{"semantics": {"departureGate": "Gate 7", "destinationTerminal": "terminal", "boardingZone": "Zone A"}}`,
			[]string{"warning TAG-WORD /semantics/boardingZone", "warning TAG-WORD /semantics/departureGate", "warning TAG-WORD /semantics/destinationTerminal"}},
		{"without the word", airTicket, `{"semantics": {"departureGate": "A7", "destinationTerminal": "2", "boardingZone": "Zoned"}}`, nil},
		{"TAG-IATA", airTicket, `{"semantics": {"airlineCode": "EXA", "departureAirportCode": "EDDM", "destinationAirportCode": "sfo"}}`,
			[]string{"warning TAG-IATA /semantics/airlineCode", "warning TAG-IATA /semantics/departureAirportCode", "warning TAG-IATA /semantics/destinationAirportCode"}},
		{"TAG-IATA small letters", airTicket, `{"semantics": {"airlineCode": "ex"}}`, []string{"warning TAG-IATA /semantics/airlineCode"}},
		{"an airline with a digit", airTicket, `{"semantics": {"airlineCode": "4U"}}`, nil},
	} {
		tt.run(t)
	}
}

func TestUpcomingPassInformation(t *testing.T) {
	entry := func(identifier, digest string) string {
		return `{"identifier": "` + identifier + `", "name": "n", "type": "event", "images": {"venueMap": {"URLs": [{"URL": "https://example.com/m.png", "SHA256": "` + digest + `"}]}}}`
	}
	digest := strings.Repeat("aB", 32)
	for _, tt := range []changeCase{
		{"each its own", posterTicket, `{"upcomingPassInformation": [` + entry("a", digest) + `, ` + entry("b", digest) + `]}`, nil},
		{"UPCOMING-IDENTIFIER", posterTicket, `{"upcomingPassInformation": [` + entry("a", digest) + `, ` + entry("a", digest) + `]}`,
			[]string{"error UPCOMING-IDENTIFIER /upcomingPassInformation/1/identifier"}},
		{"KEY-FORMAT digest", posterTicket, `{"upcomingPassInformation": [` + entry("a", digest[2:]) + `]}`,
			[]string{"error KEY-FORMAT /upcomingPassInformation/0/images/venueMap/URLs/0/SHA256"}},
		{"KEY-RANGE image", posterTicket, `{"upcomingPassInformation": [` + strings.Replace(entry("a", digest), `"SHA256"`, `"size": 2097153, "SHA256"`, 1) + `]}`,
			[]string{"error KEY-RANGE /upcomingPassInformation/0/images/venueMap/URLs/0/size"}},
	} {
		tt.run(t)
	}
}

func TestPersonalization(t *testing.T) {
	const fields = `"requiredPersonalizationFields": ["PKPassPersonalizationFieldName", "PKPassPersonalizationFieldEmailAddress"]`
	withNFC := `{"nfc": {"message": "1", "encryptionPublicKey": "` + nfcKey + `"}}`
	for _, tt := range []struct {
		name, form, patch string
		want              []string
	}{
		{"whole", `{"description": "Join", ` + fields + `, "termsAndConditions": "…"}`, withNFC, nil},
		{"no description", `{` + fields + `}`, withNFC, []string{"error REJ-4 /description"}},
		{"no fields", `{"description": "Join"}`, withNFC, []string{"error REJ-4 /requiredPersonalizationFields"}},
		{"unknown field", `{"description": "Join", "requiredPersonalizationFields": ["PKShoeSize"]}`, withNFC,
			[]string{"error KEY-ENUM /requiredPersonalizationFields/0"}},
		{"wrong kind", `{"description": 1, ` + fields + `, "termsAndConditions": []}`, withNFC, []string{"error REJ-4 /description", "error REJ-4 /termsAndConditions"}},
		{"unknown key", `{"description": "Join", ` + fields + `, "colour": 1}`, withNFC, []string{"warning KEY-UNKNOWN /colour"}},
		{"asks for nothing", `{"description": "Join", "requiredPersonalizationFields": []}`, withNFC, []string{"warning PERSONALIZATION /requiredPersonalizationFields"}},
		{"asks twice", `{"description": "Join", ` + strings.Replace(fields, "EmailAddress", "Name", 1) + `}`, withNFC,
			[]string{"warning PERSONALIZATION /requiredPersonalizationFields"}},
		{"a card without NFC", `{"description": "Join", ` + fields + `}`, `{}`, []string{"warning PERSONALIZATION "}},
		{"a card without a web service", `{"description": "Join", ` + fields + `}`, strings.Replace(withNFC, "{", `{"webServiceURL": null, `, 1),
			[]string{"warning PERSONALIZATION "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			findings := passjson.ValidatePersonalization(decode(t, tt.form), patched(t, tt.patch))
			if got := summary(findings, passjson.PersonalizationRoot); !slices.Equal(got, tt.want) {
				t.Errorf("found %q, want %q\n%v", got, tt.want, findings)
			}
		})
	}
}

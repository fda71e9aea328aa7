package passjson_test

import (
	"slices"
	"testing"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/wallet"
)

// storeCard is a typical loyalty card with nothing wrong.
const storeCard = `{
	"formatVersion": 1,
	"passTypeIdentifier": "pass.com.example.loyalty",
	"teamIdentifier": "TEAMID1234",
	"serialNumber": "A-1",
	"organizationName": "Example",
	"description": "Loyalty card",
	"webServiceURL": "https://passes.example.com/wallet/",
	"authenticationToken": "1.0123456789abcdefghijABCDEFGHIJ",
	"expirationDate": "2027-01-31T18:00:00+01:00",
	"backgroundColor": "rgb(23, 187, 82)",
	"foregroundColor": "#fff",
	"logoText": "Example",
	"locations": [{"latitude": 52.52, "longitude": 13.4, "relevantText": "Come in"}],
	"barcodes": [{"format": "PKBarcodeFormatQR", "message": "A-1", "messageEncoding": "iso-8859-1"}],
	"userInfo": {"anything": [null, {"goes": true}]},
	"storeCard": {
		"headerFields": [{"key": "points", "label": "POINTS", "value": 120, "changeMessage": "Now %@ points"}],
		"primaryFields": [{"key": "balance", "value": 12.5, "currencyCode": "EUR"}],
		"secondaryFields": [{"key": "level", "label": "LEVEL", "value": "Gold"}, {"key": "since", "value": "2026-01-31T18:00Z", "dateStyle": "PKDateStyleShort", "timeStyle": "PKDateStyleNone"}],
		"auxiliaryFields": [{"key": "name", "value": "Maria", "textAlignment": "PKTextAlignmentRight"}],
		"backFields": [{"key": "terms", "value": "…"}, {"key": "help", "value": "+49 30 1234", "dataDetectorTypes": ["PKDataDetectorTypePhoneNumber"]}]
	}
}`

// nfcKey is a P-256 key as readers have it, with a compressed point.
const nfcKey = "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACdPeV788O0S02LUupB+xbAy0kc7hCp6NLs4QNMFkfjdg="

// posterTicket is a patch that makes the card a poster event ticket with all that the layout needs.
const posterTicket = `{"storeCard": null, "eventTicket": {}, "preferredStyleSchemes": ["posterEventTicket", "eventTicket"],
	"relevantDates": [{"date": "2027-01-31T18:00:00Z"}], "merchandiseURL": "https://example.com/m", "sellURL": "https://example.com/s",
	"nfc": {"message": "A-1", "encryptionPublicKey": "` + nfcKey + `", "requiresAuthentication": false},
	"semantics": {"eventName": "Concert", "venueName": "Hall", "venueRegionName": "Town", "venueRoom": "Main"}}`

// airTicket is a patch that makes the card a semantic boarding pass with all that the layout needs.
const airTicket = `{"storeCard": null, "boardingPass": {"transitType": "PKTransitTypeAir"}, "preferredStyleSchemes": ["semanticBoardingPass", "boardingPass"],
	"semantics": {"airlineCode": "EX", "flightNumber": 123, "passengerName": {"familyName": "Example"},
		"departureAirportCode": "MUC", "departureCityName": "Munich", "departureLocationTimeZone": "Europe/Berlin",
		"destinationAirportCode": "SFO", "destinationCityName": "San Francisco", "destinationLocationTimeZone": "America/Los_Angeles",
		"originalBoardingDate": "2027-01-31T17:30:00+01:00", "originalDepartureDate": "2027-01-31T18:00:00+01:00",
		"originalArrivalDate": "2027-01-31T21:00:00-08:00"}}`

// decode reads a JSON object, or fails the test.
func decode(t testing.TB, text string) map[string]any {
	t.Helper()
	object, findings, err := wallet.DecodeObject([]byte(text))
	if err != nil || len(findings) > 0 {
		t.Fatalf("%v %v in %s", err, findings, text)
	}
	return object
}

// patched is the store card with a merge patch (RFC 7396) laid over it.
func patched(t testing.TB, patch string) map[string]any {
	t.Helper()
	return wallet.MergePatch(decode(t, storeCard), decode(t, patch)).(map[string]any)
}

// A ruleCase is a pass and all that must be found in it, each as "severity rule path" without the file's name.
type ruleCase struct {
	name  string
	patch string // over the store card
	want  []string
}

func (tt ruleCase) run(t *testing.T) {
	t.Run(tt.name, func(t *testing.T) {
		t.Helper()
		findings := passjson.Validate(patched(t, tt.patch), passjson.Options{})
		if got := summary(findings, passjson.Root); !slices.Equal(got, tt.want) {
			t.Errorf("found\n%q, want\n%q\n%v", got, tt.want, findings)
		}
	})
}

// summary drops the messages, and a common beginning from the paths.
func summary(findings wallet.Findings, root string) []string {
	var all []string
	for _, f := range findings {
		all = append(all, string(f.Severity)+" "+f.Rule+" "+f.Path[len(root):])
	}
	return all
}

package passjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
)

func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		path  string // of a key of the type
		patch string // with %s for the value
		rule  string
		right []string
		wrong []string
	}{
		{"/expirationDate", `{"expirationDate": %s}`, "REJ-12",
			[]string{"2027-01-31T18:00Z", "2027-01-31T18:00:59+14:00", "2028-02-29T00:00:00.123-00:30"},
			[]string{"", "2027-01-31", "2027-01-31T18:00:00", "2027-01-31T18:00:00+0100", "2027-01-31T18:00:00+01", "2027-01-31 18:00:00Z", "2027-01-31T18Z",
				"2027-02-29T18:00:00Z", "2027-01-31T25:00Z", "2027-01-31T18:00:00Z ", "2027-01-31T18:00:00,5Z", "2027-01-31T18:00:00z"}},
		{"/labelColor", `{"labelColor": %s}`, "KEY-FORMAT",
			[]string{"rgb(0,0,0)", "rgb(255, 255, 255)", "rgb( 1 , 2 , 3 )", "#abc", "#A0b1C2"},
			[]string{"", "red", "rgb(256, 0, 0)", "rgb(1, 2)", "rgba(1, 2, 3, 0.5)", "rgb(-1, 2, 3)", "rgb(1%, 2%, 3%)", "#abcd", "#ggg", "abc", " rgb(1,2,3)"}},
		{"/bagPolicyURL", poster("bagPolicyURL"), "KEY-FORMAT",
			[]string{"https://example.com", "https://example.com:8443/a?b#c"},
			[]string{"", "http://example.com", "example.com", "https://", "https:example.com", "https://exa mple.com", "//example.com"}},
		{"/appLaunchURL", `{"associatedStoreIdentifiers": [1], "appLaunchURL": %s}`, "KEY-FORMAT",
			[]string{"tel:+49301234", "example-app://open?x=1", "https://example.com"},
			[]string{"", "open", "//example.com", "/path", "1a:b"}},
		{"/contactVenueEmail", poster("contactVenueEmail"), "KEY-FORMAT",
			[]string{"desk@example.com", "a.b+c@example.co.uk"},
			[]string{"", "desk", "@example.com", "Desk <desk@example.com>", "desk@example.com, x@example.com"}},
		{"/beacons/0/proximityUUID", `{"beacons": [{"proximityUUID": %s}]}`, "KEY-FORMAT",
			[]string{"6E3AF1B2-1B0E-4C66-9C1D-0A2B3C4D5E6F", "6e3af1b2-1b0e-4c66-9c1d-0a2b3c4d5e6f"},
			[]string{"", "6E3AF1B21B0E4C669C1D0A2B3C4D5E6F", "6E3AF1B2-1B0E-4C66-9C1D-0A2B3C4D5E6G", "{6E3AF1B2-1B0E-4C66-9C1D-0A2B3C4D5E6F}"}},
		{"/semantics/departureLocationTimeZone", `{"storeCard": null, "boardingPass": {"transitType": "PKTransitTypeAir"},
			"semantics": {"departureLocationTimeZone": %s}}`, "KEY-FORMAT",
			[]string{"Europe/Berlin", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+1", "UTC"},
			[]string{"", "+01:00", "europe/berlin", "Europe / Berlin", "Europe/"}},
	} {
		find := func(value string) []string {
			text, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			pass := patched(t, strings.Replace(tt.patch, "%s", string(text), 1))
			return summary(passjson.Validate(pass, passjson.Options{}), passjson.Root)
		}
		for _, value := range tt.right {
			if got := find(value); len(got) != 0 {
				t.Errorf("%s: %q is right, but found %q", tt.path, value, got)
			}
		}
		for _, value := range tt.wrong {
			if got, want := strings.Join(find(value), "\n"), "error "+tt.rule+" "+tt.path; got != want {
				t.Errorf("%s: %q: found %q, want %q", tt.path, value, got, want)
			}
		}
	}
}

func TestUint16(t *testing.T) {
	for _, tt := range []ruleCase{
		{"limits", `{"beacons": [{"proximityUUID": "6E3AF1B2-1B0E-4C66-9C1D-0A2B3C4D5E6F", "major": 0, "minor": 65535}]}`, nil},
		{"beyond", `{"beacons": [{"proximityUUID": "6E3AF1B2-1B0E-4C66-9C1D-0A2B3C4D5E6F", "major": -1, "minor": 65536}]}`,
			[]string{"error KEY-RANGE /beacons/0/major", "error KEY-RANGE /beacons/0/minor"}},
	} {
		tt.run(t)
	}
}

// poster is a patch that makes the card a poster event ticket with one more key.
func poster(key string) string {
	return strings.Replace(posterTicket, `"semantics"`, `"`+key+`": %s, "semantics"`, 1)
}

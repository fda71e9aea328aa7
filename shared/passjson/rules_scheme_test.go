package passjson_test

import (
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/wallet"
)

// A changeCase is one of the tickets with a merge patch over it, and all that must be found.
type changeCase struct {
	name   string
	ticket string
	change string
	want   []string
}

func (tt changeCase) run(t *testing.T) {
	t.Run(tt.name, func(t *testing.T) {
		t.Helper()
		pass := wallet.MergePatch(patched(t, tt.ticket), decode(t, tt.change)).(map[string]any)
		findings := passjson.Validate(pass, passjson.Options{})
		if got := summary(findings, passjson.Root); !slices.Equal(got, tt.want) {
			t.Errorf("found\n%q, want\n%q\n%v", got, tt.want, findings)
		}
	})
}

// runIn runs the case, and wants MeetsScheme to be of the same mind as the warnings.
func (tt changeCase) runIn(t *testing.T, scheme string) {
	tt.run(t)
	pass := wallet.MergePatch(patched(t, tt.ticket), decode(t, tt.change)).(map[string]any)
	falls := slices.ContainsFunc(tt.want, func(finding string) bool { return strings.HasPrefix(finding, "warning STY-4 ") })
	if passjson.MeetsScheme(pass, scheme) == falls {
		t.Errorf("%s: meets %s: %v, with the warnings %q", tt.name, scheme, !falls, tt.want)
	}
}

func TestSTY3_SchemeOrder(t *testing.T) {
	for _, tt := range []changeCase{
		{"rich then plain", posterTicket, `{}`, nil},
		{"plain alone", posterTicket, `{"preferredStyleSchemes": ["eventTicket"], "merchandiseURL": null, "sellURL": null}`, nil},
		{"rich alone", posterTicket, `{"preferredStyleSchemes": ["posterEventTicket"]}`, []string{"warning STY-3 /preferredStyleSchemes"}},
		{"plain first", posterTicket, `{"preferredStyleSchemes": ["eventTicket", "posterEventTicket"]}`,
			[]string{"warning STY-3 /preferredStyleSchemes/1", "warning STY-3 /preferredStyleSchemes"}},
		{"of another style", `{}`, `{"preferredStyleSchemes": ["posterEventTicket", "eventTicket"]}`,
			[]string{"warning STY-3 /preferredStyleSchemes/0", "warning STY-3 /preferredStyleSchemes/1"}},
	} {
		tt.run(t)
	}
}

func TestSTY4_PosterEventTicket(t *testing.T) {
	for _, tt := range []changeCase{
		{"no semantics", posterTicket, `{"semantics": null}`, []string{"warning STY-4 /semantics"}},
		{"no name", posterTicket, `{"semantics": {"eventName": null}}`, []string{"warning STY-4 /semantics/eventName"}},
		{"an empty name", posterTicket, `{"semantics": {"eventName": ""}}`, []string{"warning STY-4 /semantics/eventName"}},
		{"live without any performer", posterTicket, `{"semantics": {"eventType": "PKEventTypeLivePerformance", "performerNames": []}}`,
			[]string{"warning STY-4 /semantics/performerNames"}},
		{"no venue", posterTicket, `{"semantics": {"venueName": null, "venueRoom": null}}`,
			[]string{"warning STY-4 /semantics/venueName", "warning STY-4 /semantics/venueRoom"}},
		{"sports without teams", posterTicket, `{"semantics": {"eventType": "PKEventTypeSports", "homeTeamAbbreviation": "HOM"}}`,
			[]string{"warning STY-4 /semantics/awayTeamAbbreviation"}},
		{"live without performers", posterTicket, `{"semantics": {"eventType": "PKEventTypeLivePerformance"}}`,
			[]string{"warning STY-4 /semantics/performerNames"}},
		{"live with performers", posterTicket, `{"semantics": {"eventType": "PKEventTypeLivePerformance", "performerNames": ["A"]}}`, nil},
		{"no NFC", posterTicket, `{"nfc": null}`, []string{"warning STY-4 /nfc"}},
		{"no word on authentication", posterTicket, `{"nfc": {"requiresAuthentication": null}}`, []string{"warning STY-4 /nfc/requiresAuthentication"}},
		{"featured actions", posterTicket, `{"featuredActions": [{"identifier": "i", "type": "call", "url": "tel:1"}]}`,
			[]string{"warning KEY-STYLE /featuredActions"}},
		{"one address in the event guide", posterTicket, `{"sellURL": null}`, []string{"warning EVENT-GUIDE /merchandiseURL"}},
		{"no event guide", posterTicket, `{"sellURL": null, "merchandiseURL": null}`, nil},
		{"REJ-20 a malformed field of the fallback", posterTicket, `{"eventTicket": {"headerFields": [{"key": "k"}]}}`,
			[]string{"error REJ-13 /eventTicket/headerFields/0/value"}},
	} {
		tt.runIn(t, "posterEventTicket")
	}
}

func TestSTY4_SemanticBoardingPass(t *testing.T) {
	for _, tt := range []changeCase{
		{"by bus", airTicket, `{"boardingPass": {"transitType": "PKTransitTypeBus"}}`, []string{"warning STY-4 /boardingPass/transitType"}},
		{"no transit type is R4 alone", airTicket, `{"boardingPass": {"transitType": null}}`, []string{"error R4 /boardingPass/transitType"}},
		{"featured actions", airTicket, `{"featuredActions": [{"identifier": "i", "type": "call", "url": "tel:1"}]}`,
			[]string{"warning KEY-STYLE /featuredActions"}},
		{"a tag by its name in Apple's tool", airTicket,
			`{"semantics": {"departureLocationTimeZone": null, "departureAirportTimeZone": "Europe/Berlin"}}`, nil},
		{"and nothing in it", airTicket, `{"semantics": {"departureLocationTimeZone": null, "departureAirportTimeZone": ""}}`,
			[]string{"error KEY-FORMAT /semantics/departureAirportTimeZone", "warning STY-4 /semantics/departureLocationTimeZone"}},
	} {
		tt.runIn(t, "semanticBoardingPass")
	}
	changeCase{"a passenger without a name", airTicket, `{"semantics": {"passengerName": {"familyName": null}}}`, []string{"warning STY-4 /semantics/passengerName"}}.runIn(t, "semanticBoardingPass")
	for tag := range decode(t, airTicket)["semantics"].(map[string]any) {
		changeCase{"no " + tag, airTicket, `{"semantics": {"` + tag + `": null}}`, []string{"warning STY-4 /semantics/" + tag}}.runIn(t, "semanticBoardingPass")
	}
}

func TestSTY4_IsOfItsStyle(t *testing.T) {
	pass := patched(t, posterTicket)
	delete(pass, "eventTicket")
	for _, scheme := range []string{"posterEventTicket", "semanticBoardingPass", "eventTicket", ""} {
		if passjson.MeetsScheme(pass, scheme) {
			t.Errorf("a pass without the style meets %q", scheme)
		}
	}
}

func TestSTY4_Images(t *testing.T) {
	for _, tt := range []imageCase{
		{"poster ticket without a picture", posterCard, "", nil, []string{"warning STY-4 artwork.png"}},
		{"with artwork", posterCard, "artwork 358x448", nil, nil},
		{"with background", posterCard, "background 345x505", nil, nil},
		{"classic ticket", ticket, "", nil, nil},
		{"poster generic without a picture", `{"generic": {}, "posterGeneric": {}}`, "", nil, []string{"warning STY-4 artwork.png"}},
		{"poster generic with artwork", `{"generic": {}, "posterGeneric": {}}`, "artwork 358x448", nil, nil},
	} {
		tt.run(t)
	}
}

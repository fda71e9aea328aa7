package preview

import (
	"slices"

	"walletpasses.example/server/shared/passjson"
)

// The layouts: the styles of pass.json, and the two richer drawings of one that preferredStyleSchemes can ask for.
const (
	boardingPass         = "boardingPass"
	coupon               = "coupon"
	eventTicket          = "eventTicket"
	generic              = "generic"
	storeCard            = "storeCard"
	posterGeneric        = "posterGeneric"
	posterEventTicket    = "posterEventTicket"
	semanticBoardingPass = "semanticBoardingPass"
)

// styleOf returns the style that every system draws. Of several, which Wallet refuses, one is drawn; of none, a generic pass.
func styleOf(pass dictionary) string {
	if style, ok := passjson.Style(pass); ok {
		return style
	}
	for _, style := range []string{boardingPass, coupon, eventTicket, storeCard, posterGeneric} {
		if _, ok := pass[style]; ok {
			return style
		}
	}
	return generic
}

// layoutOf returns the richest layout that the pass asks for and has everything for (STY-2, STY-3, STY-4).
func layoutOf(pass dictionary, hasPicture bool) string {
	style := styleOf(pass)
	if _, ok := pass[posterGeneric]; ok && (hasPicture || style == posterGeneric) {
		return posterGeneric
	}
	for _, scheme := range pass.texts("preferredStyleSchemes") {
		switch {
		case scheme == style:
			return style
		case scheme == posterEventTicket && style == eventTicket && hasPicture && isPosterEvent(pass):
			return scheme
		case scheme == semanticBoardingPass && style == boardingPass && isSemanticBoarding(pass):
			return scheme
		}
	}
	return style
}

// isPosterEvent reports a ticket for the reader of contactless passes with what its kind of event needs.
// https://developer.apple.com/documentation/walletpasses/creating-a-poster-event-pass-using-semantic-tags
func isPosterEvent(pass dictionary) bool {
	tags := pass.dictionary("semantics")
	needed := []string{"eventName", "venueName", "venueRegionName", "venueRoom"}
	switch tags.text("eventType") {
	case "PKEventTypeSports":
		needed = append(needed, "homeTeamAbbreviation", "awayTeamAbbreviation")
	case "PKEventTypeLivePerformance":
		needed = append(needed, "performerNames")
	}
	return pass.dictionary("nfc").says("requiresAuthentication") && !slices.ContainsFunc(needed, tags.lacks)
}

// isSemanticBoarding reports a pass for a flight that its semantics tell everything about.
// https://developer.apple.com/documentation/walletpasses/creating-an-airline-boarding-pass-using-semantic-tags
func isSemanticBoarding(pass dictionary) bool {
	tags := pass.dictionary("semantics")
	needed := []string{
		"airlineCode", "flightNumber", "passengerName", "departureAirportCode", "departureCityName", "destinationAirportCode",
		"destinationCityName", "originalBoardingDate", "originalDepartureDate", "originalArrivalDate",
	}
	return pass.dictionary(boardingPass).text("transitType") == transitAir && !slices.ContainsFunc(needed, tags.lacks) &&
		tags.timeZone("departure") != "" && tags.timeZone("destination") != ""
}

// timeZone is the IANA name of the zone of an airport, which Apple's own tool calls by another key.
func (d dictionary) timeZone(end string) string {
	if zone := d.text(end + "LocationTimeZone"); zone != "" {
		return zone
	}
	return d.text(end + "AirportTimeZone")
}

// says reports a member with something in it: Wallet has no use for an empty text.
func (d dictionary) says(key string) bool {
	switch v := d[key].(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	default:
		return true
	}
}

func (d dictionary) lacks(key string) bool { return !d.says(key) }

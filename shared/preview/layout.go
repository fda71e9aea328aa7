package preview

import (
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
		case scheme == posterEventTicket && style == eventTicket && hasPicture && passjson.MeetsScheme(pass, scheme),
			scheme == semanticBoardingPass && style == boardingPass && passjson.MeetsScheme(pass, scheme):
			return scheme
		}
	}
	return style
}

// timeZone is the IANA name of the zone of an airport, which Apple's own tool calls by another key.
func (d dictionary) timeZone(end string) string {
	if zone := d.text(end + "LocationTimeZone"); zone != "" {
		return zone
	}
	return d.text(end + "AirportTimeZone")
}

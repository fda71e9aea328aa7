package template_test

import (
	"os"
	"sync"
	"testing"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// samples is data for each starter, as a business would give it. Texts which that business would translate are given in
// two languages.
var samples = map[string]map[string]any{
	"boarding": {
		"organizationName": "Northwind Air", "airlineCode": "NW", "flightNumber": int64(417), "givenName": "Zoë", "familyName": "Müller",
		"departureCity": map[string]any{"en": "Munich", "de": "München"}, "departureCode": "MUC", "departureTimeZone": "Europe/Berlin",
		"destinationCity": map[string]any{"en": "Lisbon", "de": "Lissabon"}, "destinationCode": "LIS", "destinationTimeZone": "Europe/Lisbon",
		"boardingDate": "2027-05-04T09:10:00+02:00", "departureDate": "2027-05-04T09:45:00+02:00", "arrivalDate": "2027-05-04T11:55:00+01:00",
		"gate": "B 22", "seat": "14A", "boardingGroup": "2", "confirmationNumber": "K7QX2M",
		"barcode": "M1MUELLER/ZOE         EK7QX2M MUCLISNW 0417 124Y014A0035 100", "website": "https://air.example.com/k7qx2m",
	},
	"coupon": {
		"organizationName": "Corner Roastery", "offer": "20 %", "offerDetails": map[string]any{"en": "off all beans", "de": "auf alle Bohnen"},
		"couponCode": "BEANS-20-7F3K", "validUntil": "2027-03-31T22:00:00Z", "website": "https://roastery.example.com",
		"terms": map[string]any{"en": "Once for each customer.\nNot for \"gift cards\".", "de": "Einmal je Kunde.\nNicht für „Geschenkkarten“."},
	},
	"event": {
		"organizationName": "Lantern Hall", "eventName": map[string]any{"en": "Night of Stories", "de": "Nacht der Geschichten"},
		"eventDate": "2027-06-18T20:00:00+02:00", "venueName": "Lantern Hall", "venueAddress": "Hafenstraße 1\n20457 Hamburg",
		"section": "B", "row": "7", "seat": "12", "ticketType": map[string]any{"en": "Adult", "de": "Erwachsen"}, "fullName": "Zoë \"Ada\" Müller",
		"ticketNumber": "LH-2027-000412", "website": "https://lantern.example.com", "terms": "No refunds.",
	},
	"event-poster": {
		"organizationName": "Lantern Hall", "eventName": "Moonrise", "performer": "The Tide Tables", "eventDate": "2027-06-18T20:00:00+02:00",
		"venueName": "Lantern Hall", "venueRegion": "Hamburg", "venueRoom": map[string]any{"en": "Great Hall", "de": "Großer Saal"},
		"venueAddress": "Hafenstraße 1\n20457 Hamburg", "entrance": map[string]any{"en": "North", "de": "Nord"},
		"section": "B", "row": "7", "seat": "12", "fullName": "Zoë Müller", "ticketNumber": "LH-2027-000412",
		"nfcPublicKey": "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACi5Nczk5whSvGG4f83Ig2bx50kRThZljgm8DuQ0zErdA=",
		"venueWebsite": "https://lantern.example.com", "directionsURL": "https://lantern.example.com/way", "terms": "No refunds.",
	},
	"membership": {
		"organizationName": "Summit Climbing", "programName": "Summit Club", "fullName": "Zoë Müller", "memberNumber": "10442",
		"tier": map[string]any{"en": "Gold", "de": "Gold"}, "memberSince": "2021-09-01T00:00:00+02:00", "validUntil": "2027-08-31T23:59:59+02:00",
		"website": "https://summit.example.com/10442",
	},
	"membership-poster": {
		"organizationName": "Harbour Baths", "programName": "Swim Club", "fullName": "Zoë Müller", "memberNumber": "10442",
		"tier": map[string]any{"en": "Family", "de": "Familie"}, "memberSince": "2021-09-01T00:00:00+02:00", "validUntil": "2027-08-31T23:59:59+02:00",
		"website": "https://baths.example.com/10442",
	},
	"gift-card": {
		"organizationName": "Corner Roastery", "cardName": map[string]any{"en": "Gift Card", "de": "Geschenkkarte"}, "balance": 42.5, "currencyCode": "EUR",
		"cardNumber": "6035 7101 0044 2019", "fullName": "Zoë Müller", "website": "https://roastery.example.com/gift",
		"giftMessage": map[string]any{"en": "Happy birthday!", "de": "Alles Gute zum Geburtstag!"},
	},
	"rewards": {
		"organizationName": "Golden Crust", "programName": "Crumb Club", "memberNumber": "GC-10442", "points": int64(0),
		"fullName": map[string]any{"en": "Guest", "de": "Gast"}, "nextReward": map[string]any{"en": "A loaf at 100 points", "de": "Ein Brot ab 100 Punkten"},
		"nfcPublicKey": "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACi5Nczk5whSvGG4f83Ig2bx50kRThZljgm8DuQ0zErdA=", "website": "https://crust.example.com/club",
		"terms": map[string]any{"en": "Points lapse after two years.", "de": "Punkte verfallen nach zwei Jahren."},
	},
	"simple": loyalty(nil),
	"points": loyalty(map[string]any{"points": int64(1250)}),
	"stamps": loyalty(map[string]any{"stamps": int64(3), "stampGoal": int64(10)}),
}

// loyalty is the data of the three starters of loyalty programs, with more beside it.
func loyalty(more map[string]any) map[string]any {
	data := map[string]any{
		"programName": "Northwind Rewards", "organizationName": "Northwind Coffee", "accountId": "A-10442",
		"fullName": "Zoë \"Ada\" Müller", "qrCodeLink": "https://example.com/a?id=10442&x=<1>",
	}
	for name, value := range more {
		data[name] = value
	}
	return data
}

var loadBuiltin = sync.OnceValues(func() (template.Templates, error) { return template.LoadAll(os.DirFS("starters")) })

// starters returns the built-in templates, loaded once for all tests: they never change.
func starters(t testing.TB) template.Templates {
	t.Helper()
	builtin, err := loadBuiltin()
	if err != nil {
		t.Fatal(err)
	}
	return builtin
}

// starter returns a built-in template and a document with all its data.
func starter(t testing.TB, name string) (*template.Template, wallet.Document) {
	t.Helper()
	data := make(map[string]any)
	for key, value := range samples[name] {
		data[key] = value
	}
	return starters(t)[name], wallet.Document{Template: name, Data: data}
}

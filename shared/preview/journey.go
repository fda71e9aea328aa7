package preview

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// A journey is a flight as its semantics tell it.
// https://developer.apple.com/documentation/walletpasses/creating-an-airline-boarding-pass-using-semantic-tags
type journey struct {
	Logo                          image
	Carrier, Flight, Date, Status string
	From, To                      place
	Transit                       string // SVG path data
	Rows                          []row
	Code                          code
}

// A place is one end of a journey.
type place struct {
	City, Code, Time string
	Was              string // the time that was planned, where it has changed
}

// semanticBoardingPass lays out an airline boarding pass of iOS 26.
func (d *drawing) semanticBoardingPass() face {
	tags := d.semantics
	logo := d.imageWithin("primaryLogo", 126, 30)
	if logo.URL == "" {
		logo = d.imageWithin("logo", 126, 30)
	}
	boards, _ := d.planned("Boarding", "departure")
	departs, _ := d.planned("Departure", "departure")
	return face{"journey.html", journey{
		Logo: logo, Carrier: cmp.Or(d.tag("transitProvider"), d.organization()), Flight: d.flight(), Date: d.dayOf(departs), Status: d.tag("transitStatus"),
		From: d.place("departure", "Departure"), To: d.place("destination", "Arrival"),
		Transit: transitSymbol(transitAir),
		Rows: []row{
			inRow(d.told(
				tag{"boarding", d.timeOf(boards)}, tag{"terminal", d.tag("departureTerminal")},
				tag{"gate", d.tag("departureGate")}, tag{"zone", d.tag("boardingZone")}, tag{"group", d.tag("boardingGroup")},
				tag{"seat", d.seats(tags.dictionaries("seats", maxSeats))},
			), valueSize, rowWidth),
			inRow(d.told(
				tag{"passenger", d.person(tags.dictionary("passengerName"))}, tag{"class", d.tag("ticketFareClass")},
				tag{"reference", d.tag("confirmationNumber")},
			), valueSize, rowWidth),
		},
		Code: d.code(),
	}}
}

// maxSeats is how many seats of one pass are named.
const maxSeats = 4

// A tag is a word of Wallet's own and what the semantics say of it.
type tag struct{ word, text string }

// told are fields for the tags that say something.
func (d *drawing) told(tags ...tag) []field {
	var fields []field
	for _, t := range tags {
		if t.text != "" {
			fields = append(fields, field{Label: d.word(t.word), Value: t.text})
		}
	}
	return fields
}

// tag returns a text of the semantics.
func (d *drawing) tag(key string) string { return d.line(d.semantics.text(key), maxValue) }

// flight is the code of a flight: "NW 417".
func (d *drawing) flight() string {
	number, ok := number(d.semantics["flightNumber"])
	if !ok {
		return d.tag("flightCode")
	}
	return d.tag("airlineCode") + " " + strconv.FormatFloat(number, 'f', -1, 64)
}

// place is one end of the journey: "departure" or "destination", and what happens there: "Departure" or "Arrival".
func (d *drawing) place(end, event string) place {
	now, changed := d.planned(event, end)
	p := place{City: d.tag(end + "CityName"), Code: d.tag(end + "AirportCode"), Time: d.timeOf(now)}
	if changed {
		original, _ := date(d.semantics.text("original" + event + "Date"))
		p.Was = d.timeOf(d.at(original, end))
	}
	return p
}

// planned is when an event takes place as far as is known now, on the clocks of that end of the journey, and whether that is
// another time than was planned at first.
func (d *drawing) planned(event, end string) (t time.Time, changed bool) {
	original, _ := date(d.semantics.text("original" + event + "Date"))
	current, ok := date(d.semantics.text("current" + event + "Date"))
	if !ok {
		return d.at(original, end), false
	}
	return d.at(current, end), !current.Equal(original)
}

// at is a time on the clocks of one end of the journey, or as it is written where the zone is not known.
func (d *drawing) at(t time.Time, end string) time.Time {
	zone, err := time.LoadLocation(d.semantics.timeZone(end))
	if err != nil || t.IsZero() {
		return t
	}
	return t.In(zone)
}

func (d *drawing) timeOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return d.locale.Date(t, dateStyleNone, "PKDateStyleShort")
}

func (d *drawing) dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return d.locale.Date(t, "PKDateStyleMedium", dateStyleNone)
}

// person writes the name of a person. https://developer.apple.com/documentation/walletpasses/semantictagtype/personnamecomponents-data.dictionary
func (d *drawing) person(name dictionary) string {
	text := func(key string) string { return d.line(name.text(key), maxLabel) }
	return joined(" ", text("namePrefix"), text("givenName"), text("middleName"), text("familyName"), text("nameSuffix"))
}

// seats names seats: "14A", by row and number.
func (d *drawing) seats(seats []dictionary) string {
	var all []string
	for _, seat := range seats {
		all = append(all, line(seat.text("seatRow")+seatNumber(seat), maxLabel))
	}
	return strings.Join(all, ", ")
}

func seatNumber(seat dictionary) string {
	return cmp.Or(seat.text("seatNumber"), seat.text("seatIdentifier"))
}

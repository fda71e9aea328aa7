package preview

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// An event is a ticket of iOS 18 as its semantics tell it, over a picture. It is read without contact and shows no barcode.
// https://developer.apple.com/documentation/walletpasses/creating-a-poster-event-pass-using-semantic-tags
type event struct {
	Artwork       image
	Logo          image
	LogoText      string
	SecondaryLogo image
	Day, Time     string
	Name, Who     string
	Fit           string // of the name
	Venue, Where  string
	Seat          row
	More          string
	Reader        string // where to hold the phone
	State         string
	Bright        bool // the picture behind the first line is not darkened
}

// posterEventTicket lays out a poster event ticket.
func (d *drawing) posterEventTicket() face {
	e := event{
		Artwork: d.poster(), Logo: d.imageWithin("primaryLogo", 126, 30), SecondaryLogo: d.imageWithin("secondaryLogo", 135, 12),
		Name: d.tag("eventName"), Who: d.performers(), Venue: d.tag("venueName"),
		Where: joined(", ", d.tag("venueRoom"), d.tag("venueRegionName")),
		More:  d.tag("additionalTicketAttributes"), Reader: d.word("reader"), State: d.state(),
		Bright: d.pass.flag("suppressHeaderDarkening"),
	}
	if e.Logo.URL == "" || d.pass.text("eventLogoText") != "" {
		e.LogoText = d.line(d.pass.text("eventLogoText"), maxLabel)
	}
	e.Fit = fit(scaled(nameSize*width(e.Name)), rowWidth)
	e.Day, e.Time = d.starts()
	e.Seat = inRow(d.admission(), valueSize, rowWidth)
	return face{"event.html", e}
}

// performers are those whom a ticket is for: the teams, or the artists.
func (d *drawing) performers() string {
	if home, away := d.team("home"), d.team("away"); home != "" && away != "" {
		return home + " – " + away
	}
	names := d.semantics.texts("performerNames")
	names = names[:min(len(names), 4)]
	for i := range names {
		names[i] = d.line(names[i], maxLabel)
	}
	return line(strings.Join(names, ", "), maxValue)
}

func (d *drawing) team(side string) string {
	if name := d.tag(side + "TeamName"); name != "" {
		return name
	}
	return d.tag(side + "TeamAbbreviation")
}

// starts is the day and the time of the event, as far as they are known.
func (d *drawing) starts() (day, hour string) {
	info := d.semantics.dictionary("eventStartDateInfo")
	if info.flag("unannounced") || info.flag("undetermined") {
		return d.word("unannounced"), ""
	}
	t, ok := date(info.text("date"))
	if !ok {
		t, _ = date(d.semantics.text("eventStartDate"))
	}
	if zone, err := time.LoadLocation(info.text("timeZone")); err == nil && info.text("timeZone") != "" && !t.IsZero() {
		t = t.In(zone)
	}
	if info.flag("ignoreTimeComponents") {
		return d.dayOf(t), ""
	}
	return d.dayOf(t), d.timeOf(t)
}

// admission is where the holder of the ticket goes.
func (d *drawing) admission() []field {
	seat := append(d.semantics.dictionaries("seats", 1), nil)[0]
	text := func(key string) string { return d.line(seat.text(key), maxLabel) }
	return d.told(
		tag{"level", cmp.Or(text("seatLevel"), d.tag("admissionLevel"))}, tag{"section", text("seatSection")}, tag{"row", text("seatRow")},
		tag{"seat", line(seatNumber(seat), maxLabel)}, tag{"entrance", cmp.Or(d.tag("venueEntrance"), d.tag("venueEntranceGate"), d.tag("venueEntranceDoor"))},
	)
}

// joined joins the texts that say something.
func joined(separator string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), separator)
}

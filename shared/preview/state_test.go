package preview_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/preview"
)

// overprint is what is said over the code.
func overprint(t *testing.T, card preview.Card) string {
	t.Helper()
	for n := range elements(t, card.Front) {
		if attribute(n, "class") == "state" {
			return text(n)
		}
	}
	return ""
}

// 2.8: a pass that has expired or is voided says so in the viewer's language, over its code and to those who cannot see it.
func TestExpiredAndVoided(t *testing.T) {
	noon := time.Date(2027, 5, 4, 12, 0, 0, 0, time.UTC)
	code := []any{m{"format": "PKBarcodeFormatQR", "message": "1", "messageEncoding": "utf-8"}}
	for _, c := range []struct {
		name            string
		pass            m
		language, want  string
		expired, voided bool
	}{
		{"before its end", m{"expirationDate": "2027-05-04T12:00:00Z"}, "en", "", false, false},
		{"after its end", m{"expirationDate": "2027-05-04T13:59:59+02:00"}, "en", "Expired", true, false},
		{"in German", m{"expirationDate": "2027-05-04T11:59Z"}, "de", "Abgelaufen", true, false},
		{"in a language without words", m{"expirationDate": "2027-05-04T11:59Z"}, "sv", "Expired", true, false},
		{"voided", m{"voided": true}, "fr", "Plus valable", false, true},
		{"both", m{"voided": true, "expirationDate": "2020-01-01T00:00:00Z"}, "en", "No longer valid", true, true},
		{"no date", m{"expirationDate": "yesterday", "voided": "true"}, "en", "", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, barcodes := range [][]any{code, nil} {
				c.pass["storeCard"], c.pass["description"], c.pass["barcodes"] = m{}, "Card", barcodes
				card := drawPass(t, c.pass, preview.Viewer{AcceptLanguage: c.language, Now: noon})
				if card.Expired != c.expired || card.Voided != c.voided {
					t.Errorf("expired %v, voided %v", card.Expired, card.Voided)
				}
				if got := overprint(t, card); got != c.want {
					t.Errorf("says %q, want %q", got, c.want)
				}
				for n := range elements(t, card.Front) {
					if n.Data == "article" && slices.Contains(strings.Fields(attribute(n, "class")), "past") != (c.want != "") {
						t.Errorf("is in class %s", attribute(n, "class"))
					}
				}
				if named := strings.Contains(outline(t, card.Front), c.want+"\n"); !named {
					t.Errorf("is called %s", outline(t, card.Front))
				}
			}
		})
	}
}

// 2.6: the first of barcodes counts, and without them the old key; each shape in its place.
func TestBarcodes(t *testing.T) {
	code := func(format, message string) m {
		return m{"format": "PKBarcodeFormat" + format, "message": message, "messageEncoding": "iso-8859-1", "altText": "alt"}
	}
	for _, c := range []struct {
		name  string
		pass  m
		shape string // "" for no code
	}{
		{"QR", m{"barcodes": []any{code("QR", "1"), code("PDF417", "1")}}, "square"},
		{"Aztec", m{"barcodes": []any{code("Aztec", "1")}}, "square"},
		{"PDF417", m{"barcodes": []any{code("PDF417", "1")}}, "wide"},
		{"Code 128", m{"barcodes": []any{code("Code128", "A1")}}, "linear"},
		{"Code 39", m{"barcodes": []any{code("Code39", "A1")}}, "linear"},
		{"Codabar", m{"barcodes": []any{code("Codabar", "A12B")}}, "linear"},
		{"EAN-13", m{"barcodes": []any{code("EAN13", "590123412345")}}, "linear"},
		{"interleaved 2 of 5", m{"barcodes": []any{code("I2of5", "1234")}}, "linear"},
		{"the old key", m{"barcode": code("QR", "1")}, "square"},
		{"the old key beside the new", m{"barcode": code("QR", "1"), "barcodes": []any{code("Code128", "1")}}, "linear"},
		{"none", m{}, ""},
		{"wrong types", m{"barcodes": "x", "barcode": []any{1}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.pass["storeCard"] = m{}
			front := drawPass(t, c.pass, preview.Viewer{}).Front
			var shapes []string
			drawn := false
			for n := range elements(t, front) {
				if class, ok := strings.CutPrefix(attribute(n, "class"), "code"); ok {
					shapes = append(shapes, strings.TrimSpace(class))
				}
				drawn = drawn || n.Data == "svg"
			}
			if !slices.Equal(shapes, []string{c.shape}) || drawn != (c.shape != "") || strings.Contains(outline(t, front), "\nalt\n") != drawn {
				t.Errorf("drawn as %q:\n%s", shapes, outline(t, front))
			}
		})
	}
	for name, barcode := range map[string]m{
		"a message that the format cannot hold": code("EAN13", "hello"), "an unknown format": code("X", "1"), "no message": {}, "more than a camera sees": code("QR", strings.Repeat("a", 2800)),
	} {
		front := drawPass(t, m{"storeCard": m{}, "barcodes": []any{barcode}}, preview.Viewer{AcceptLanguage: "de"}).Front
		if !strings.Contains(outline(t, front), "Dieser Code lässt sich nicht zeichnen") || strings.Contains(string(front), "<svg") {
			t.Errorf("%s: drawn as\n%s", name, outline(t, front))
		}
	}
}

// What the semantics of a flight say is told on the clocks of its ends, and what has changed beside what was planned.
func TestAFlightThatIsLate(t *testing.T) {
	tags := flight()
	tags["currentDepartureDate"], tags["transitStatus"] = "2027-05-04T08:30:00Z", "Delayed"
	tags["currentArrivalDate"] = "2027-05-04T10:55:00Z" // as planned
	tags["seats"] = []any{m{"seatRow": "14", "seatNumber": "A"}, m{"seatIdentifier": "15B"}}
	card := drawPass(t, m{
		"organizationName": "Northwind", "boardingPass": m{"transitType": "PKTransitTypeAir"}, "semantics": tags,
		"preferredStyleSchemes": []any{"semanticBoardingPass"},
	}, preview.Viewer{AcceptLanguage: "de"})
	const want = "# Northwind\nNorthwind\nNW 417 04.05.2027\nMunich\nMUC\n09:45 10:30\n[transit]\nLisbon\nLIS\n11:55\nDelayed\n--\n" +
		"Einstieg: 09:10\nPlatz: 14A, 15B\n--\nFluggast: Ada\n"
	if got := outline(t, card.Front); got != want {
		t.Errorf("shows\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(string(card.Front), "<s>09:45</s>") {
		t.Error("the time that was planned is not struck out")
	}
}

// What is not known of an event is said, and what is not meant to be told is left out.
func TestTheDateOfAnEvent(t *testing.T) {
	for name, c := range map[string]struct {
		info m
		want string
	}{
		"known":        {nil, "Jun 18, 2027 8:00 PM"},
		"unannounced":  {m{"unannounced": true}, "To be announced"},
		"undetermined": {m{"undetermined": true}, "To be announced"},
		"only the day": {m{"ignoreTimeComponents": true}, "Jun 18, 2027"},
		"in a zone":    {m{"date": "2027-06-18T20:30:00Z", "timeZone": "Asia/Tokyo"}, "Jun 19, 2027 5:30 AM"},
	} {
		tags := show()
		tags["eventStartDate"], tags["eventStartDateInfo"] = "2027-06-18T20:00:00+02:00", c.info
		tags["homeTeamName"], tags["awayTeamAbbreviation"] = "Home", "AWY"
		card := drawPass(t, poster(tags, m{}), preview.Viewer{}, picture(t, "artwork.png", 4, 4))
		got := outline(t, card.Front)
		if want := c.want + "\nMoonrise\nHome – AWY\nHall\nGreat Hall, Hamburg\n"; !strings.Contains(got, want) {
			t.Errorf("%s: shows\n%s\nwant\n%s", name, got, want)
		}
	}
}

// poster is a poster event ticket, but for its picture.
func poster(tags, groups m) m {
	return m{"eventTicket": groups, "semantics": tags, "nfc": m{"requiresAuthentication": true}, "preferredStyleSchemes": []any{"posterEventTicket"}}
}

// 2.4: additionalInfoFields are the details of a poster event ticket, and of no other pass.
func TestAdditionalInfo(t *testing.T) {
	pass := poster(show(), m{"additionalInfoFields": group("more"), "backFields": group("back")})
	pass["contactVenueEmail"], pass["contactVenuePhoneNumber"], pass["sellURL"] = "hall@example.com", "+49 40 1", "javascript:alert(1)"
	rich := draw(t, pkpass.Source{pkpass.NewFile("pass.json", encode(t, pass)), picture(t, "artwork.png", 4, 4)}, preview.Viewer{})
	const want = "label a: more\nlabel a: back\nLinks: hall@example.com / +49 40 1 / javascript:alert(1)\n"
	if got := outline(t, rich.Back); !strings.HasSuffix(got, want) {
		t.Errorf("shows\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(string(rich.Back), `href="mailto:hall@example.com"`) || !strings.Contains(string(rich.Back), `href="tel:&#43;49401"`) {
		t.Errorf("leads elsewhere: %s", rich.Back)
	}
	harmless(t, rich)
	if got := outline(t, drawPass(t, pass, preview.Viewer{}).Back); strings.Contains(got, "more") || strings.Contains(got, "Links") || !strings.Contains(got, "back") {
		t.Errorf("without a picture: shows\n%s", got)
	}
}

// A notice is for a field that has a changeMessage and another value than before.
func TestNotices(t *testing.T) {
	pass := func(points any, more ...any) pkpass.Source {
		fields := append(group(m{"key": "points", "value": points, "numberStyle": "PKNumberStyleDecimal", "changeMessage": "You now have %@ points."}), more...)
		return pkpass.Source{
			pkpass.NewFile("pass.json", encode(t, m{"storeCard": m{"primaryFields": fields}})),
			pkpass.NewFile("de.lproj/pass.strings", []byte(`"You now have %@ points." = "Jetzt %@ Punkte.";`)),
		}
	}
	for _, c := range []struct {
		name          string
		before, after pkpass.Source
		language      string
		want          []string
	}{
		{"nothing", pass(1), pass(1), "en", nil},
		{"a value", pass(1), pass(1250), "en", []string{"You now have 1,250 points."}},
		{"in German", pass(1), pass(1250), "de", []string{"Jetzt 1.250 Punkte."}},
		{"a field that is new", pass(1), pass(1, m{"key": "b", "value": "b", "changeMessage": "%@"}), "en", nil},
		{"a field that changes silently", pass(1, m{"key": "b", "value": "a"}), pass(1, m{"key": "b", "value": "b"}), "en", nil},
		{"without %@", pass(1, m{"key": "b", "value": "a"}), pass(1, m{"key": "b", "value": "b", "changeMessage": "!"}), "en", []string{"The pass has changed"}},
	} {
		got, err := preview.Notices(c.before, c.after, preview.Viewer{AcceptLanguage: c.language})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	if _, err := preview.Notices(pkpass.Source{}, pass(1), preview.Viewer{}); err == nil {
		t.Error("notices without a pass.json")
	}
}

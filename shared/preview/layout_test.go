package preview_test

import (
	"bytes"
	"image"
	"image/png"
	"maps"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/preview"
)

// picture is a PNG file of these pixels.
func picture(t testing.TB, name string, width, height int) pkpass.File {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return pkpass.NewFile(name, b.Bytes())
}

// flight is the semantics that a semantic boarding pass needs.
func flight() m {
	return m{
		"airlineCode": "NW", "flightNumber": 417, "passengerName": m{"givenName": "Ada"}, "departureAirportCode": "MUC", "departureCityName": "Munich",
		"departureLocationTimeZone": "Europe/Berlin", "destinationAirportCode": "LIS", "destinationCityName": "Lisbon",
		"destinationLocationTimeZone": "Europe/Lisbon", "originalBoardingDate": "2027-05-04T09:10:00+02:00",
		"originalDepartureDate": "2027-05-04T09:45:00+02:00", "originalArrivalDate": "2027-05-04T11:55:00+01:00",
	}
}

// show is the semantics that a poster event ticket needs.
func show() m {
	return m{"eventName": "Moonrise", "venueName": "Hall", "venueRegionName": "Hamburg", "venueRoom": "Great Hall"}
}

// STY-2, STY-3, STY-4: the richest layout is drawn that the pass asks for and has everything for.
func TestSTY4_TheLayoutThatWalletDraws(t *testing.T) {
	air := m{"transitType": "PKTransitTypeAir"}
	rich := []any{"semanticBoardingPass", "boardingPass"}
	poster := []any{"posterEventTicket", "eventTicket"}
	nfc := m{"message": "1", "requiresAuthentication": false}
	without := func(tags m, key string) m { tags = maps.Clone(tags); delete(tags, key); return tags }
	and := func(tags m, key string, value any) m { tags = maps.Clone(tags); tags[key] = value; return tags }
	artwork := picture(t, "artwork.png", 4, 4)
	for _, c := range []struct {
		name, want string
		pass       m
		files      []pkpass.File
	}{
		{"each style", "coupon", m{"coupon": m{}}, nil},
		{"no style", "generic", m{}, nil},
		{"two styles", "boardingPass", m{"boardingPass": m{}, "storeCard": m{}}, nil},
		{"a style of the wrong type", "storeCard", m{"storeCard": "x"}, nil},
		{"a flight", "semanticBoardingPass", m{"boardingPass": air, "semantics": flight(),
			"preferredStyleSchemes": rich}, nil},
		{"a flight that asks for nothing", "boardingPass", m{"boardingPass": air, "semantics": flight()}, nil},
		{"a flight that asks for the plain layout first", "boardingPass", m{"boardingPass": air, "semantics": flight(),
			"preferredStyleSchemes": []any{rich[1], rich[0]}}, nil},
		{"a train", "boardingPass", m{"boardingPass": m{"transitType": "PKTransitTypeTrain"}, "semantics": flight(),
			"preferredStyleSchemes": rich}, nil},
		{"no zone", "boardingPass", m{"boardingPass": air, "semantics": without(flight(), "destinationLocationTimeZone"),
			"preferredStyleSchemes": rich}, nil},
		{"the zone by its other name", "semanticBoardingPass", m{"boardingPass": air,
			"preferredStyleSchemes": rich,
			"semantics":             and(without(flight(), "destinationLocationTimeZone"), "destinationAirportTimeZone", "Europe/Lisbon")}, nil},
		{"no city", "boardingPass", m{"boardingPass": air, "semantics": and(flight(), "departureCityName", ""),
			"preferredStyleSchemes": rich}, nil},
		{"a show", "posterEventTicket", m{"eventTicket": m{}, "semantics": show(), "nfc": nfc,
			"preferredStyleSchemes": poster}, []pkpass.File{artwork}},
		{"a show with a background", "posterEventTicket", m{"eventTicket": m{}, "semantics": show(), "nfc": nfc,
			"preferredStyleSchemes": poster},
			[]pkpass.File{picture(t, "background@2x.png", 4, 4)}},
		{"a show without picture", "eventTicket", m{"eventTicket": m{}, "semantics": show(), "nfc": nfc,
			"preferredStyleSchemes": poster}, nil},
		{"a show without NFC", "eventTicket", m{"eventTicket": m{}, "semantics": show(),
			"preferredStyleSchemes": poster}, []pkpass.File{artwork}},
		{"a show without room", "eventTicket", m{"eventTicket": m{}, "semantics": without(show(), "venueRoom"), "nfc": nfc,
			"preferredStyleSchemes": poster}, []pkpass.File{artwork}},
		{"a concert of nobody", "eventTicket", m{"eventTicket": m{}, "semantics": and(show(), "eventType", "PKEventTypeLivePerformance"), "nfc": nfc,
			"preferredStyleSchemes": poster}, []pkpass.File{artwork}},
		{"a match of nobody", "eventTicket", m{"eventTicket": m{}, "semantics": and(show(), "eventType", "PKEventTypeSports"), "nfc": nfc,
			"preferredStyleSchemes": poster}, []pkpass.File{artwork}},
		{"a poster", "posterGeneric", m{"posterGeneric": m{}, "generic": m{}}, []pkpass.File{artwork}},
		{"a poster without picture", "generic", m{"posterGeneric": m{}, "generic": m{}}, nil},
		{"a poster alone", "posterGeneric", m{"posterGeneric": m{}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := drawPass(t, c.pass, preview.Viewer{}, c.files...).Layout; got != c.want {
				t.Errorf("drawn as %s, want %s", got, c.want)
			}
		})
	}
}

// The limits of each style (2.4): what is over them is dropped, in this order of reading.
func TestFieldsOverTheLimitAreDropped(t *testing.T) {
	many := m{
		"headerFields": group("h1", "h2", "h3", "h4"), "primaryFields": group("p1", "p2", "p3", "p4", "p5"),
		"secondaryFields": group("s1", "s2", "s3", "s4", "s5", "s6"), "auxiliaryFields": group("a1", "a2", "a3", "a4", "a5", "a6"),
		"footerFields": group("f1", "f2"),
	}
	rows := m{"auxiliaryFields": group(
		m{"value": "a1", "row": 0}, m{"value": "b1", "row": 1}, m{"value": "a2"}, m{"value": "a3"}, m{"value": "a4"}, m{"value": "a5"}, m{"value": "b2", "row": 1})}
	few := m{"secondaryFields": group("s1"), "auxiliaryFields": group("a1", "a2", "a3", "a4", "a5")}
	square := []any{m{"format": "PKBarcodeFormatQR", "message": "1", "messageEncoding": "utf-8"}}
	for _, c := range []struct {
		name string
		pass m
		want string
	}{
		{"boardingPass", m{"boardingPass": many}, "h1 h2 h3 p1 p2 a1 a2 a3 a4 a5 s1 s2 s3 s4 s5"},
		{"coupon", m{"coupon": many}, "h1 h2 h3 p1 s1 s2 s3 s4"},
		{"storeCard", m{"storeCard": few}, "s1 a1 a2 a3"},
		{"eventTicket", m{"eventTicket": many}, "h1 h2 h3 p1 s1 s2 s3 s4 a1 a2 a3 a4"},
		{"eventTicket with rows", m{"eventTicket": rows}, "a1 a2 a3 a4 b1 b2"},
		{"generic", m{"generic": many}, "h1 h2 h3 p1 s1 s2 s3 s4 a1 a2 a3 a4"},
		{"generic with a square code", m{"generic": few, "barcodes": square}, "s1 a1 a2 a3"},
		{"posterGeneric", m{"posterGeneric": many}, "h1 p1 p2 p3 p4 f1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(values(t, drawPass(t, c.pass, preview.Viewer{})), " "); got != c.want {
				t.Errorf("shows %s, want %s", got, c.want)
			}
		})
	}
}

// alignments lists the classes of the fields in rows, and "" for those that stand alone.
func alignments(t *testing.T, style string, groups m) []string {
	t.Helper()
	var all []string
	for n := range elements(t, drawPass(t, m{style: groups}, preview.Viewer{}).Front) {
		if n.Data == "div" && n.Parent.Data == "dl" {
			all = append(all, attribute(n, "class"))
		}
	}
	return all
}

func TestTextAlignment(t *testing.T) {
	aligned := func(side string) m { return m{"value": "v", "textAlignment": "PKTextAlignment" + side} }
	for _, c := range []struct {
		name   string
		groups m
		want   []string
	}{
		{"the last of several ends at the edge", m{"secondaryFields": group("1", "2", "3")}, []string{"start", "start", "end"}},
		{"a single one does not", m{"secondaryFields": group("1")}, []string{"start"}},
		{"a header field always does", m{"headerFields": group("1")}, []string{"end"}},
		{"each as it asks", m{"secondaryFields": group(aligned("Right"), aligned("Center"), aligned("Natural"), aligned("Left"))},
			[]string{"right", "center", "start", "left"}},
		{"an unknown one is natural", m{"secondaryFields": group(aligned(`"><b>`))}, []string{"start"}},
		{"FLD-7: not in primary fields", m{"primaryFields": group(aligned("Right"))}, []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := alignments(t, "storeCard", c.groups); !slices.Equal(got, c.want) {
				t.Errorf("aligned %q, want %q", got, c.want)
			}
		})
	}
	if got := alignments(t, "boardingPass", m{"primaryFields": group(aligned("Center"), aligned("Center"))}); !slices.Equal(got, []string{"start", "end"}) {
		t.Errorf("FLD-7: origin and destination are aligned %q", got)
	}
}

// Text that is too long is made smaller, in steps, before it is cut.
func TestLongTextIsMadeSmaller(t *testing.T) {
	for length, want := range map[int]string{5: "", 13: "fit-90", 15: "fit-80", 16: "fit-70", 80: "fit-50"} {
		card := drawPass(t, m{"storeCard": m{"primaryFields": group(strings.Repeat("n", length))}}, preview.Viewer{})
		for n := range elements(t, card.Front) {
			if n.Data != "dl" {
				continue
			}
			if _, class, _ := strings.Cut(attribute(n, "class"), "primary"); strings.TrimSpace(class) != want {
				t.Errorf("%d letters are in class %q, want %q", length, class, want)
			}
		}
	}
}

// Fields side by side share the room, the gaps between them included.
func TestARowThatIsFullIsMadeSmaller(t *testing.T) {
	for width, want := range map[int]string{7: "row", 8: "row fit-90"} {
		value := strings.Repeat("n", width)
		card := drawPass(t, m{"storeCard": m{"secondaryFields": group(value, value, value, value)}}, preview.Viewer{})
		for n := range elements(t, card.Front) {
			if n.Data == "dl" && strings.TrimSpace(attribute(n, "class")) != want {
				t.Errorf("four times %d letters are in class %q, want %q", width, attribute(n, "class"), want)
			}
		}
	}
}

// A label that is wider than its value counts, and so does the text beside the logo, which leaves the header half of the line.
func TestLabelsAndLogoTextTakeRoom(t *testing.T) {
	long := m{"key": "k", "label": "Membership number", "value": "1"}
	for name, c := range map[string]struct {
		pass m
		want string // classes of the element
	}{
		"three short labels": {m{"generic": m{"secondaryFields": group("1", "2", "3")}}, `<dl class="row ">`},
		"three long labels":  {m{"generic": m{"secondaryFields": []any{long, long, long}}}, `<dl class="row fit-50">`},
		"a short logo text":  {m{"generic": m{}, "logoText": "Club"}, `<p class="logo-text ">`},
		"a long logo text":   {m{"generic": m{}, "logoText": strings.Repeat("n", 34)}, `<p class="logo-text fit-80">`},
		"a long logo text beside a header": {m{"generic": m{"headerFields": group("1234567890")}, "logoText": strings.Repeat("n", 34)},
			`<p class="logo-text fit-50">`},
		"a header beside a long logo text": {m{"generic": m{"headerFields": group(strings.Repeat("n", 15))}, "logoText": strings.Repeat("n", 34)},
			`<dl class="row fit-90">`},
	} {
		if card := drawPass(t, c.pass, preview.Viewer{}); !strings.Contains(string(card.Front), c.want) {
			t.Errorf("%s: no %s in %s", name, c.want, card.Front)
		}
	}
}

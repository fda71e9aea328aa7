package preview

import (
	"html/template"
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// An entry is one field of the back.
type entry struct {
	Label string
	Spans []span
}

// roomOnBack is how many bytes of HTML the texts of a back may take.
const roomOnBack allowance = 16 << 10

// back draws the details page.
func (d *drawing) back() (template.HTML, error) {
	return execute("back.html", struct {
		Name, Language, Direction string
		Icon                      template.URL
		Organization, Description string
		Entries                   []entry
	}{
		joined(", ", d.word("details"), d.organization(), d.description()), d.translation.language, d.translation.direction(),
		d.image("icon").URL, d.organization(), d.description(), d.entries(),
	})
}

// entries are the fields of the back, as far as there is room.
func (d *drawing) entries() []entry {
	all := d.signUp()
	for _, group := range []string{"additionalInfoFields", "backFields"} {
		if group == "additionalInfoFields" && d.layout != posterEventTicket {
			continue
		}
		for _, f := range d.groups.dictionaries(group, maxFields) {
			all = append(all, entry{d.line(f.text("label"), maxLabel), detect(d.spans(f), f)})
		}
	}
	return limited(append(all, d.guide()...))
}

// limited cuts the entries off where there is no more room.
func limited(entries []entry) []entry {
	room := roomOnBack
	for i, e := range entries {
		entries[i].Label = room.take(e.Label)
		for j := range e.Spans {
			s := &e.Spans[j]
			s.Text = room.take(s.Text)
			if room -= markup; room < 0 || s.URL != "" && !room.spend(string(s.URL)) {
				entries[i].Spans = e.Spans[:j+1]
				return entries[:i+1]
			}
		}
	}
	return entries
}

// markup is how many bytes there are around a text at most.
const markup = 90

// signUp says that Wallet shows a form when the pass is added (3.9).
func (d *drawing) signUp() []entry {
	file, ok := d.source.File("personalization.json")
	if !ok {
		return nil
	}
	form, _, err := wallet.DecodeObject(file.Data())
	if err != nil {
		return nil
	}
	text := lines(d.translation.text(dictionary(form).text("description")), maxBack)
	return []entry{{d.word("signUp"), []span{{Text: text}}}}
}

// guideKeys are the addresses of the event guide and of the flight, in the order of the documentation.
// https://developer.apple.com/documentation/walletpasses/pass
var guideKeys = map[string][]string{
	posterEventTicket: {
		"contactVenueWebsite", "contactVenueEmail", "contactVenuePhoneNumber", "directionsInformationURL", "parkingInformationURL", "purchaseParkingURL",
		"transitInformationURL", "bagPolicyURL", "accessibilityURL", "orderFoodURL", "merchandiseURL", "addOnURL", "transferURL", "sellURL",
	},
	semanticBoardingPass: {
		"managementURL", "changeSeatURL", "upgradeURL", "purchaseAdditionalBaggageURL", "purchaseLoungeAccessURL", "purchaseWifiURL", "entertainmentURL",
		"requestWheelchairURL", "registerServiceAnimalURL", "trackBagsURL", "reportLostBagURL",
		"transitProviderWebsiteURL", "transitProviderEmail", "transitProviderPhoneNumber",
	},
}

// guide lists the addresses that the layout makes buttons of.
func (d *drawing) guide() []entry {
	var spans []span
	for _, key := range guideKeys[d.layout] {
		text := line(d.pass.text(key), maxAddress)
		address := safeURL(text)
		switch {
		case strings.HasSuffix(key, "Email"):
			address = safeURL("mailto:" + text)
		case strings.HasSuffix(key, "PhoneNumber"):
			address = safeURL(telephone(text))
		}
		if text != "" {
			spans = append(spans, span{text, address}, span{Text: "\n"})
		}
	}
	if len(spans) == 0 {
		return nil
	}
	return []entry{{d.word("links"), slices.Clip(spans[:len(spans)-1])}}
}

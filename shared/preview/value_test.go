package preview_test

import (
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/preview"
)

// Apple's value rules, in the viewer's language.
func TestValues(t *testing.T) {
	date := func(more m) m {
		f := m{"value": "2027-05-04T09:45:00+02:00", "dateStyle": "PKDateStyleMedium", "timeStyle": "PKDateStyleShort"}
		for key, value := range more {
			f[key] = value
		}
		return f
	}
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		field    m
		language string
		location *time.Location
		want     string
	}{
		{"text", m{"value": "Gold"}, "de", nil, "Gold"},
		{"a number", m{"value": 1250, "numberStyle": "PKNumberStyleDecimal"}, "en", nil, "1,250"},
		{"a number in German", m{"value": 1250.5, "numberStyle": "PKNumberStyleDecimal"}, "de", nil, "1.250,5"},
		{"FLD-2 an amount", m{"value": 42.5, "currencyCode": "EUR"}, "en", nil, "€42.50"},
		{"FLD-2 an amount in German", m{"value": 42.5, "currencyCode": "EUR"}, "de", nil, "42,50\u00a0€"},
		{"FLD-2 text is no amount", m{"value": "42.5", "currencyCode": "EUR"}, "en", nil, "42.5"},
		{"per cent", m{"value": 0.2, "numberStyle": "PKNumberStylePercent"}, "en", nil, "20%"},
		{"FLD-1 a date without style is text", m{"value": "2027-05-04T09:45:00+02:00"}, "en", nil, "2027-05-04T09:45:00+02:00"},
		{"FLD-1 text with a style is text", m{"value": "soon", "dateStyle": "PKDateStyleShort"}, "en", nil, "soon"},
		{"FLD-3 a date", date(nil), "de", nil, "04.05.2027, 09:45"},
		{"FLD-3 only the day", date(m{"timeStyle": "PKDateStyleNone"}), "de", nil, "04.05.2027"},
		{"FLD-3 a style alone", m{"value": "2027-05-04T09:45Z", "timeStyle": "PKDateStyleShort"}, "de", nil, "09:45"},
		{"FLD-4 where the viewer is", date(nil), "de", tokyo, "04.05.2027, 16:45"},
		{"FLD-4 as written", date(m{"ignoresTimeZone": true}), "de", tokyo, "04.05.2027, 09:45"},
		{"FLD-5 instead of the value", m{"value": "a", "attributedValue": `<a href="https://example.com">b</a>!`}, "en", nil, "b!"},
		{"FLD-5 other markup is text", m{"value": "a", "attributedValue": `<b>b</b>`}, "en", nil, "<b>b</b>"},
		{"FLD-5 a number instead of the value", m{"value": "a", "attributedValue": 7}, "en", nil, "7"},
		{"no value", m{"label": "a"}, "en", nil, ""},
		{"a value of the wrong type", m{"value": []any{"a"}}, "en", nil, ""},
		{"a truth value", m{"value": true}, "en", nil, ""},
		{"one line", m{"value": "a\n\n b\tc"}, "en", nil, "a b c"},
		{"bidirectional controls and what has no width", m{"value": "a\u202eb\u2066c\u200bd\ufeff\u0000\u009be"}, "en", nil, "abcde"},
		{"joiners stay", m{"value": "می\u200cخواهم 👨\u200d👩\u200d👧"}, "en", nil, "می\u200cخواهم 👨\u200d👩\u200d👧"},
	} {
		t.Run(c.name, func(t *testing.T) {
			card := drawPass(t, m{"storeCard": m{"secondaryFields": []any{c.field}}}, preview.Viewer{AcceptLanguage: c.language, Location: c.location})
			if got := values(t, card); len(got) != 1 || got[0] != c.want {
				t.Errorf("shows %q, want %q", got, c.want)
			}
		})
	}
}

// links lists where the back leads to, as "text → address".
func links(t *testing.T, field m) string {
	t.Helper()
	var all []string
	for n := range elements(t, drawPass(t, m{"storeCard": m{"backFields": []any{field}}}, preview.Viewer{}).Back) {
		if n.Data == "a" {
			all = append(all, text(n)+" → "+attribute(n, "href"))
		}
	}
	return strings.Join(all, "\n")
}

// FLD-5, FLD-6: anchors, and what data detectors find, lead somewhere; nothing else does.
func TestLinksOnTheBack(t *testing.T) {
	const all = "Call +49 40 123456, write to a.b@example.com, see www.example.com/x?y=1 or (https://example.org)."
	for _, c := range []struct {
		name  string
		field m
		want  string
	}{
		{"FLD-6 all detectors", m{"value": all}, "+49 40 123456 → tel:+4940123456\na.b@example.com → mailto:a.b@example.com\n" +
			"www.example.com/x?y=1 → https://www.example.com/x?y=1\nhttps://example.org → https://example.org"},
		{"FLD-6 none", m{"value": all, "dataDetectorTypes": []any{}}, ""},
		{"FLD-6 one", m{"value": all, "dataDetectorTypes": []any{"PKDataDetectorTypePhoneNumber"}}, "+49 40 123456 → tel:+4940123456"},
		{"no telephone numbers", m{"value": "6035 7101 0044 2019, 04.05.2027, 2027-05-04, 10442, 20457 Hamburg, 1,250"}, ""},
		{"a national number", m{"value": "(040) 123-456 or 030/90210"}, "(040) 123-456 → tel:040123456\n030/90210 → tel:03090210"},
		{"FLD-5 an anchor", m{"value": "x", "attributedValue": `<a href='https://example.com/?a=1&amp;b=2'>here</a> and there`}, "here → https://example.com/?a=1&b=2"},
		{"FLD-5 tel and mailto", m{"value": "x", "attributedValue": `<a href="tel:+49">a</a><A HREF=mailto:a@b.example>b</A>`}, "a → tel:+49\nb → mailto:a@b.example"},
		{"no script", m{"value": "x", "attributedValue": `<a href="javascript:alert(1)">a</a><a href=" java&#10;script:x">b</a><a href="data:text/html,x">c</a><a href="//e.example">d</a><a href="https:x">e</a>`}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := links(t, c.field); got != c.want {
				t.Errorf("leads to\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// FLD-8: line breaks of the back are kept.
func TestFLD8_LinesOfTheBack(t *testing.T) {
	card := drawPass(t, m{"storeCard": m{"backFields": group("a\nb")}}, preview.Viewer{})
	if !strings.Contains(string(card.Back), "a\nb") {
		t.Errorf("drawn as %s", card.Back)
	}
}

// LOC-3, LOC-7: texts and images are those of the folder that a device with the viewer's languages uses.
func TestLanguages(t *testing.T) {
	source := pkpass.Source{
		pkpass.NewFile("pass.json", []byte(`{"description":"Card","organizationName":"Org","storeCard":{"headerFields":[{"label":"Member","value":"Gold"}]}}`)),
		pkpass.NewFile("de.lproj/pass.strings", []byte(`"Member" = "Mitglied"; "Card" = "Karte";`)),
		pkpass.NewFile("pt-BR.lproj/pass.strings", []byte(`"Member" = "Membro";`)),
		pkpass.NewFile("ar.lproj/pass.strings", []byte(`"Member" = "عضو";`)),
		pkpass.NewFile("fr.lproj/pass.strings", []byte(`broken`)),
		pkpass.NewFile("no language.lproj/pass.strings", []byte(`"Member" = "?";`)),
		picture(t, "de.lproj/logo.png", 10, 10), picture(t, "ar.lproj/icon.png", 3, 3), picture(t, "icon.png", 4, 4),
	}
	for _, c := range []struct{ accept, language, direction, label, description string }{
		{"", "en", "ltr", "Member", "Card"},
		{"de-AT,de;q=0.9,en;q=0.8", "de", "ltr", "Mitglied", "Karte"},
		{"it;q=0.5,pt;q=0.4", "pt-BR", "ltr", "Membro", "Card"},
		{"ar-EG", "ar", "rtl", "عضو", "Card"},
		{"fr", "fr", "ltr", "Member", "Card"},
		{"pl", "pl", "ltr", "Member", "Card"},
		{"\x00;;q=?", "en", "ltr", "Member", "Card"},
	} {
		card := draw(t, source, preview.Viewer{AcceptLanguage: c.accept})
		if card.Language != c.language || card.Direction != c.direction || card.Description != c.description {
			t.Errorf("%q: %s %s %q", c.accept, card.Language, card.Direction, card.Description)
		}
		if !strings.Contains(string(card.Front), "<dt>"+c.label+"</dt>") {
			t.Errorf("%q: %s", c.accept, card.Front)
		}
		if hasLogo := strings.Contains(string(card.Front), `class="logo"`); hasLogo != (c.language == "de") {
			t.Errorf("LOC-3 %q: has a logo: %v", c.accept, hasLogo)
		}
		if want := draw(t, source, preview.Viewer{}).Icon; card.Icon != want {
			t.Errorf("LOC-7 %q: the icon is not that at the root", c.accept)
		}
	}
}

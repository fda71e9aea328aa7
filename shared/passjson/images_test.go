package passjson_test

import (
	"image"
	"slices"
	"strconv"
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
)

// An imageCase is a pass of one style with images beside its icon, and all that must be found.
type imageCase struct {
	name    string
	pass    string
	images  string // "strip 375x144" for three scales, "strip@2x 750x288" for one, joined by ", "
	folders []string
	want    []string
}

const (
	card       = `{"storeCard": {}}`
	ticket     = `{"eventTicket": {}}`
	posterCard = `{"eventTicket": {}, "preferredStyleSchemes": ["posterEventTicket"]}`
)

func (tt imageCase) run(t *testing.T) {
	t.Run(tt.name, func(t *testing.T) {
		t.Helper()
		findings := passjson.ValidateImages(decode(t, tt.pass), sizes(t, "icon 38x38", tt.images), tt.folders)
		if got := summary(findings, ""); !slices.Equal(got, tt.want) {
			t.Errorf("found\n%q, want\n%q\n%v", got, tt.want, findings)
		}
	})
}

// sizes reads lists of images.
func sizes(t *testing.T, lists ...string) map[string]image.Point {
	t.Helper()
	all := make(map[string]image.Point)
	for _, entry := range strings.Split(strings.Join(lists, ", "), ", ") {
		if entry == "" {
			continue
		}
		name, size, _ := strings.Cut(entry, " ")
		width, height, _ := strings.Cut(size, "x")
		w, err := strconv.Atoi(width)
		if err != nil {
			t.Fatal(err)
		}
		h, err := strconv.Atoi(height)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(name, "@") {
			all[strings.Replace(name, "@1x", "", 1)+".png"] = image.Pt(w, h)
			continue
		}
		all[name+".png"], all[name+"@2x.png"], all[name+"@3x.png"] = image.Pt(w, h), image.Pt(2*w, 2*h), image.Pt(3*w, 3*h)
	}
	return all
}

func TestScenario20_R13(t *testing.T) {
	for _, tt := range []imageCase{
		{"strip alone", ticket, "strip 375x98", nil, nil},
		{"background and thumbnail", ticket, "background 180x220, thumbnail 90x90", nil, nil},
		{"strip and thumbnail", ticket, "strip 375x98, thumbnail@2x 180x180, thumbnail@3x 270x270", nil, []string{"error R13 thumbnail@2x.png", "error R13 thumbnail@3x.png"}},
		{"strip and background", ticket, "strip 375x98, de.lproj/background 180x220", nil,
			[]string{"error R13 de.lproj/background.png", "error R13 de.lproj/background@2x.png", "error R13 de.lproj/background@3x.png"}},
		{"poster with strip for the fallback", posterCard, "strip 375x98, background 345x505", nil, nil},
		{"poster with thumbnail", posterCard, "artwork 358x448, strip 375x98, thumbnail@2x 180x180, thumbnail@3x 270x270", nil,
			[]string{"error R13 thumbnail@2x.png", "error R13 thumbnail@3x.png"}},
	} {
		tt.run(t)
	}
}

func TestIcon(t *testing.T) {
	for _, tt := range []struct{ name, images, want string }{
		{"PKG-2 missing", "logo 160x50", "error PKG-2 icon.png"},
		{"PKG-2 in a folder of no language", "images/icon 38x38", "error PKG-2 icon.png"},
		{"three scales", "icon 38x38", ""},
		{"of the archived guide", "icon 29x29", ""},
		{"two scales", "icon@2x 76x76, icon@3x 114x114", ""},
		{"one scale", "icon@1x 38x38", "warning IMAGE-SCALE icon@2x.png, warning IMAGE-SCALE icon@3x.png"},
		{"localized", "de.lproj/icon 38x38, fr.lproj/icon 38x38", ""},
	} {
		got := summary(passjson.ValidateImages(decode(t, card), sizes(t, tt.images), nil), "")
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: found %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestImageSizes(t *testing.T) {
	for _, tt := range []imageCase{
		{"within the maximum", card, "logo 100x50", nil, nil},
		{"over the maximum", card, "logo@2x 320x101, logo@3x 480x150", nil, []string{"warning IMAGE-SIZE logo@2x.png"}},
		{"exact", card, "strip 375x144", nil, nil},
		{"not exact", card, "strip@2x 750x287, strip@3x 1125x432", nil, []string{"warning IMAGE-SIZE strip@2x.png"}},
		{"archived size of another style", card, "strip@2x 750x196, strip@3x 1125x432", nil, []string{"warning IMAGE-SIZE strip@2x.png"}},
		{"pixels of the wrong scale", card, "strip@2x 375x144, strip@3x 1125x432", nil, []string{"warning IMAGE-SIZE strip@2x.png"}},
		{"tall thumbnail", `{"generic": {}}`, "thumbnail 60x90", nil, nil},
		{"too tall thumbnail", `{"generic": {}}`, "thumbnail@2x 118x180, thumbnail@3x 270x180", nil, []string{"warning IMAGE-SIZE thumbnail@2x.png"}},
		{"large thumbnail", `{"generic": {}}`, "thumbnail@2x 181x181, thumbnail@3x 270x270", nil, []string{"warning IMAGE-SIZE thumbnail@2x.png"}},
		{"of no stated size", posterCard, "artwork 358x448, venueMap 1000x10", nil, nil},
	} {
		tt.run(t)
	}
}

func TestUnusedImages(t *testing.T) {
	unused := func(name string) []string {
		var all []string
		for _, scale := range []string{"", "@2x", "@3x"} {
			all = append(all, "warning IMAGE-UNUSED "+name+scale+".png")
		}
		return all
	}
	for _, tt := range []imageCase{
		{"of the style", card, "logo 1x1", nil, nil},
		{"of another style", card, "thumbnail 90x90", nil, unused("thumbnail")},
		{"of no style", card, "Logo 1x1", nil, unused("Logo")},
		{"of the fallback's richer drawing", `{"storeCard": {}, "posterGeneric": {}}`, "artwork 358x448, strip 375x144", nil, nil},
		{"of a scheme", posterCard, "artwork 358x448, secondaryLogo 1x1", nil, nil},
		{"of a scheme not asked for", ticket, "secondaryLogo 1x1", nil, unused("secondaryLogo")},
		{"of a scheme of another style", `{"storeCard": {}, "preferredStyleSchemes": ["posterEventTicket"]}`, "secondaryLogo 1x1", nil, unused("secondaryLogo")},
		{"of a semantic boarding pass", `{"boardingPass": {}, "preferredStyleSchemes": ["semanticBoardingPass"]}`, "primaryLogo 1x1", nil, nil},
		{"of a plain boarding pass", `{"boardingPass": {}}`, "primaryLogo 1x1", nil, unused("primaryLogo")},
		{"of the sign-up form", card, "personalizationLogo 1x1", nil, nil},
		{"without a style nothing is said", `{}`, "thumbnail 90x90", nil, nil},
	} {
		tt.run(t)
	}
}

func TestLocalizedImages(t *testing.T) {
	for _, tt := range []imageCase{
		{"in every folder", card, "de.lproj/logo 1x1, pt-BR.lproj/logo 1x1", []string{"de.lproj"}, nil},
		{"LOC-6", card, "de.lproj/logo 1x1, fr.lproj/logo@2x 2x2", nil, []string{"warning LOC-6 fr.lproj/logo.png", "warning LOC-6 fr.lproj/logo@3x.png"}},
		{"missing everywhere", card, "de.lproj/logo@2x 2x2, fr.lproj/logo@2x 2x2", nil, []string{"warning IMAGE-SCALE de.lproj/logo@3x.png"}},
		{"LOC-7 also at the root", card, "logo 1x1, de.lproj/logo@2x 2x2", nil, []string{"warning LOC-7 de.lproj/logo@2x.png"}},
		{"LOC-7 not in a folder of texts", card, "de.lproj/logo 1x1", []string{"en.lproj", "de.lproj"}, []string{"warning LOC-7 en.lproj/logo.png"}},
		{"LOC-7 not in a folder of images", card, "de.lproj/logo 1x1, en.lproj/strip 375x144, de.lproj/strip 375x144", nil,
			[]string{"warning LOC-7 en.lproj/logo.png"}},
	} {
		tt.run(t)
	}
}

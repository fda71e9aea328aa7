package template_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template/passstrings"
	"walletpasses.example/server/shared/wallet"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("not %s (go test -update writes it):\n%s", file, got)
	}
}

func indent(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestStartersGolden(t *testing.T) {
	for _, name := range starterNames {
		t.Run(name, func(t *testing.T) {
			tmpl, doc := starter(t, name)
			rendering, findings := tmpl.Render(doc, server)
			if findings != nil {
				t.Fatal(findings)
			}
			golden(t, name+".json", indent(t, []byte(file(t, rendering.Source, "pass.json"))))
			golden(t, name+".manifest.json", indent(t, rendering.Source.Manifest()))
		})
	}
}

// TestStartersReadInEachLanguage holds what a person reads on each card, by language: every text after its look-up (LOC-3).
func TestStartersReadInEachLanguage(t *testing.T) {
	for _, name := range starterNames {
		tmpl, doc := starter(t, name)
		rendering, _ := tmpl.Render(doc, server)
		for _, language := range []string{"de", "en"} {
			t.Run(name+"/"+language, func(t *testing.T) {
				table, err := passstrings.Parse([]byte(file(t, rendering.Source, language+".lproj/pass.strings")))
				if err != nil {
					t.Fatal(err)
				}
				golden(t, name+"."+language+".txt", []byte(read(rendering.Pass, signUpForm(t, rendering.Source), table)))
			})
		}
	}
}

// signUpForm returns the decoded personalization.json of a pass, nil when there is none.
func signUpForm(t *testing.T, source pkpass.Source) map[string]any {
	t.Helper()
	f, ok := source.File("personalization.json")
	if !ok {
		return nil
	}
	form, findings, err := wallet.DecodeObject(f.Data())
	if err != nil || findings != nil {
		t.Fatal(err, findings)
	}
	return form
}

// TestRewardsOffersSignUp holds what the package of a reward card has until its customer has signed up, and what it has from
// then on: the same without the form and its logo.
func TestRewardsOffersSignUp(t *testing.T) {
	rendering := renderStarter(t, "rewards")
	form := signUpForm(t, rendering.Source)
	if want := []any{"PKPassPersonalizationFieldName", "PKPassPersonalizationFieldEmailAddress"}; !slices.Equal(form["requiredPersonalizationFields"].([]any), want) {
		t.Errorf("the form asks for %q, want %q", form["requiredPersonalizationFields"], want)
	}
	golden(t, "rewards.signed-up.manifest.json", indent(t, document.WithoutPersonalization(rendering.Source).Manifest()))
}

// read writes the texts of a pass as a phone would show them, a line for each field, and those of its sign-up form.
func read(pass, form map[string]any, table passstrings.Table) string {
	look := func(v any) string {
		text, _ := v.(string)
		if found, ok := table.Lookup(text); ok {
			return found
		}
		return fmt.Sprint(v)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s | %s | %s\n", look(pass["organizationName"]), look(pass["logoText"]), look(pass["description"]))
	for _, style := range slices.Sorted(maps.Keys(pass)) {
		groups, _ := pass[style].(map[string]any)
		for _, group := range []string{"headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "footerFields", "backFields"} {
			fields, _ := groups[group].([]any)
			for _, f := range fields {
				content := f.(map[string]any)
				fmt.Fprintf(&b, "%s %s | %s: %q", style, group, look(content["label"]), look(content["value"]))
				if message, ok := content["changeMessage"]; ok {
					fmt.Fprintf(&b, " | %s", look(message))
				}
				b.WriteByte('\n')
			}
		}
	}
	if form != nil {
		fmt.Fprintf(&b, "personalization | %s | %s\n", look(form["description"]), look(form["termsAndConditions"]))
	}
	return b.String()
}

// TestStartersHaveNothingToFind validates each starter as a document's pass is before it is signed.
func TestStartersHaveNothingToFind(t *testing.T) {
	for _, name := range starterNames {
		t.Run(name, func(t *testing.T) {
			tmpl, doc := starter(t, name)
			rendering, findings := tmpl.Render(doc, server)
			findings = append(findings, passjson.Validate(rendering.Pass, passjson.Options{})...)
			findings = append(findings, passjson.ValidateImages(rendering.Pass, rendering.ImageSizes, []string{"en.lproj", "de.lproj"})...)
			findings = append(findings, rendering.Source.Check()...)
			if form := signUpForm(t, rendering.Source); form != nil {
				findings = append(findings, passjson.ValidatePersonalization(form, rendering.Pass)...)
			}
			for _, f := range findings {
				t.Error(f)
			}
		})
	}
}

// TestStartersPlaceholders holds the contract of each starter: businesses' data names these.
func TestStartersPlaceholders(t *testing.T) {
	builtin := starters(t)
	if names := slices.Sorted(maps.Keys(builtin)); !slices.Equal(names, starterNames) {
		t.Errorf("starters %q, want %q", names, starterNames)
	}
	for _, name := range starterNames {
		_, doc := starter(t, name)
		if got, want := builtin[name].Placeholders(), slices.Sorted(maps.Keys(doc.Data)); !slices.Equal(got, want) {
			t.Errorf("%s needs %q, want %q", name, got, want)
		}
		if got := builtin[name].Languages(); !slices.Equal(got, []string{"de", "en"}) {
			t.Errorf("%s has the languages %q", name, got)
		}
	}
}

// TestStartersImages holds the sizes of Apple's guidelines and of our own economy.
func TestStartersImages(t *testing.T) {
	points := map[string]image.Point{
		"icon": {X: 38, Y: 38}, "logo": {X: 50, Y: 50}, "primaryLogo": {X: 30, Y: 30}, "strip": {X: 375, Y: 144}, "thumbnail": {X: 90, Y: 90},
		"footer": {X: 286, Y: 15}, "background": {X: 345, Y: 505}, "artwork": {X: 358, Y: 448}, "personalizationLogo": {X: 150, Y: 40},
	}
	for name, images := range map[string][]string{
		"boarding": {"icon", "logo", "primaryLogo", "footer"}, "coupon": {"icon", "logo", "strip"},
		"event":        {"icon", "logo", "background", "thumbnail"},
		"event-poster": {"icon", "logo", "primaryLogo", "artwork", "strip"},
		"membership":   {"icon", "logo", "thumbnail"}, "membership-poster": {"icon", "logo", "primaryLogo", "artwork", "thumbnail"},
		"gift-card": {"icon", "logo", "strip"}, "rewards": {"icon", "logo", "strip", "personalizationLogo"},
		"simple": {"icon", "logo", "thumbnail"}, "points": {"icon", "logo", "strip"}, "stamps": {"icon", "logo"}, // its strip is drawn
	} {
		tmpl, doc := starter(t, name)
		want := make(map[string]image.Point)
		for _, i := range images {
			want[i+".png"], want[i+"@2x.png"], want[i+"@3x.png"] = points[i], points[i].Mul(2), points[i].Mul(3)
		}
		if got := tmpl.ImageSizes(); !maps.Equal(got, want) {
			t.Errorf("%s has images %v, want %v", name, got, want)
		}
		rendering, _ := tmpl.Render(doc, server)
		size := 0
		for _, f := range rendering.Source {
			size += len(f.Data())
		}
		if size > 80_000 {
			t.Errorf("%s has %d bytes; optimise its images", name, size)
		}
	}
}

// TestStartersKeepNumbers: a number style refuses text, so a business learns at once that it sent the wrong type.
func TestStartersKeepNumbers(t *testing.T) {
	for _, tc := range []struct {
		starter, data string
		want          any
	}{
		{"points", "points", int64(1250)}, {"stamps", "stamps", int64(3)}, {"stamps", "stampGoal", int64(10)}, {"gift-card", "balance", 42.5},
		{"boarding", "flightNumber", int64(417)}, {"rewards", "points", int64(40)},
	} {
		tmpl, doc := starter(t, tc.starter)
		doc.Data[tc.data] = "text"
		rendering, _ := tmpl.Render(doc, server)
		if findings := passjson.Validate(rendering.Pass, passjson.Options{}); findings.Err() == nil {
			t.Errorf("%s takes text for %s", tc.starter, tc.data)
		}
		doc.Data[tc.data] = tc.want
		rendering, _ = tmpl.Render(doc, server)
		if !strings.Contains(file(t, rendering.Source, "pass.json"), fmt.Sprintf(`:%v`, tc.want)) {
			t.Errorf("%s has no number %v of %s", tc.starter, tc.want, tc.data)
		}
	}
}

package template_test

import (
	"image"
	"maps"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/template/passstrings"
	"walletpasses.example/server/shared/wallet"
)

// by is a data value in several languages: by("en", "Hello", "de", "Hallo").
func by(languagesAndTexts ...string) map[string]any {
	value := make(map[string]any)
	for pair := range slices.Chunk(languagesAndTexts, 2) {
		value[pair[0]] = pair[1]
	}
	return value
}

// greetings loads a template whose placeholders stand where a phone looks for another language.
func greetings(t testing.TB, changes map[string]string) *template.Template {
	t.Helper()
	files := map[string]string{"pass.json": `{"description":"Member","organizationName":"Member","logoText":"{{hi}}",
		"generic":{"primaryFields":[{"key":"a","label":"Member","value":"{{hi}}, {{name}}!"}],"backFields":[{"key":"b","value":"{{bye}}"}]},
		"semantics":{"performerNames":["{{bye}}"]}}`}
	maps.Copy(files, changes)
	return load(t, folder(t, files))
}

// shown returns the text of a key in a language's table, and whether the table has it.
func shown(t testing.TB, source pkpass.Source, language, key string) (string, bool) {
	t.Helper()
	table, err := passstrings.Parse([]byte(file(t, source, language+".lproj/pass.strings")))
	if err != nil {
		t.Fatal(err)
	}
	return table.Lookup(key)
}

func wantShown(t *testing.T, source pkpass.Source, language string, key any, want string) {
	t.Helper()
	if got, ok := shown(t, source, language, key.(string)); !ok || got != want {
		t.Errorf("%s shows %q for %q (%t), want %q", language, got, key, ok, want)
	}
}

func TestLocalizedData(t *testing.T) {
	tmpl := greetings(t, nil)
	data := map[string]any{"hi": by("en", "Hello", "de", "Grüß \"dich\"\n\\"), "bye": by("en", "Bye", "de", "Tschüß"), "name": "Ada"}
	rendering, findings := tmpl.Render(wallet.Document{Data: data}, server)
	if findings != nil {
		t.Fatal(findings)
	}
	wantShown(t, rendering.Source, "de", rendering.Pass["logoText"], "Grüß \"dich\"\n\\")
	wantShown(t, rendering.Source, "en", rendering.Pass["logoText"], "Hello")
	generic := rendering.Pass["generic"].(map[string]any)
	primary := generic["primaryFields"].([]any)[0].(map[string]any)
	wantShown(t, rendering.Source, "de", primary["value"], "Grüß \"dich\"\n\\, Ada!")
	wantShown(t, rendering.Source, "en", primary["value"], "Hello, Ada!")
	wantShown(t, rendering.Source, "de", generic["backFields"].([]any)[0].(map[string]any)["value"], "Tschüß")
	wantShown(t, rendering.Source, "de", rendering.Pass["semantics"].(map[string]any)["performerNames"].([]any)[0], "Tschüß")
	wantShown(t, rendering.Source, "de", primary["label"], "Mitglied") // the template's own stay
	if rendering.Pass["logoText"] != "Hello" {
		t.Errorf("without a table a phone shows %q, want English", rendering.Pass["logoText"])
	}
	if data["hi"].(map[string]any)["en"] != "Hello" || len(data["hi"].(map[string]any)) != 2 {
		t.Errorf("the document's data was changed: %v", data["hi"])
	}
}

func TestLocalizedDataIsDeterministic(t *testing.T) {
	tmpl := greetings(t, nil)
	doc := wallet.Document{Data: map[string]any{"hi": by("en", "x", "de", "y", "fr", "z"), "bye": by("pt", "x", "de", "z"), "name": "x"}}
	first, wantFindings := tmpl.Render(doc, server)
	for range 20 {
		again, findings := tmpl.Render(doc, server)
		if string(again.Source.Manifest()) != string(first.Source.Manifest()) || findings.Error() != wantFindings.Error() {
			t.Fatalf("rendering again differs:\n%s\n%s", again.Source.Manifest(), first.Source.Manifest())
		}
	}
}

// A key that is also another text would translate that one too.
func TestLocalizedDataNeverTranslatesOtherTexts(t *testing.T) {
	tmpl := greetings(t, nil)
	rendering, findings := tmpl.Render(wallet.Document{Data: map[string]any{
		"hi": by("en", "Member", "de", "Hallo"), "bye": by("en", "Ada", "de", "Tschüß"), "name": "x",
	}, Pass: map[string]any{"userInfo": []any{"Ada"}}}, server)
	if findings != nil {
		t.Fatal(findings)
	}
	wantShown(t, rendering.Source, "de", "Member", "Mitglied")
	wantShown(t, rendering.Source, "de", rendering.Pass["logoText"], "Hallo")
	if _, ok := shown(t, rendering.Source, "de", "Ada"); ok {
		t.Error("the plain text Ada is translated")
	}
	if key := rendering.Pass["logoText"].(string); strings.Trim(key, "\u2060") != "Member" {
		t.Errorf("key %q, want one that reads as English", key)
	}
	rendering, _ = tmpl.Render(wallet.Document{Data: map[string]any{"hi": by("en", "", "de", "Hallo"), "bye": by("en", "", "de", "Tschüß"), "name": "x"}}, server)
	wantShown(t, rendering.Source, "de", rendering.Pass["logoText"], "Hallo")
	wantShown(t, rendering.Source, "en", rendering.Pass["logoText"], "")
	wantShown(t, rendering.Source, "de", rendering.Pass["semantics"].(map[string]any)["performerNames"].([]any)[0], "Tschüß")
	if _, ok := shown(t, rendering.Source, "de", ""); ok {
		t.Error("the empty text is a key")
	}
}

// A key that a table of the template has already, for whichever text, would be there twice.
func TestLocalizedDataNeverRepeatsAKey(t *testing.T) {
	table := `"Member" = "Mitglied"; "Open" = "Offen";`
	tmpl := greetings(t, map[string]string{"en.lproj/pass.strings": table, "de.lproj/pass.strings": table})
	rendering, findings := tmpl.Render(wallet.Document{Data: map[string]any{"hi": by("en", "Open", "de", "Geöffnet"), "bye": "x", "name": "x"}}, server)
	if findings != nil {
		t.Fatal(findings)
	}
	wantShown(t, rendering.Source, "de", rendering.Pass["logoText"], "Geöffnet")
	wantShown(t, rendering.Source, "de", "Open", "Offen")
}

func TestLocalizedDataInNewLanguages(t *testing.T) {
	logo := pngFile(t, 100, 50)
	tmpl := greetings(t, map[string]string{"en.lproj/logo.png": logo, "de.lproj/logo.png": logo})
	rendering, findings := tmpl.Render(wallet.Document{Data: map[string]any{
		"hi": by("en", "Hello", "fr", "Salut", "de_at", "Servus"), "bye": by("en", "Bye", "de", "Tschüß"), "name": "Ada",
	}}, server)
	wantFindings(t, findings, "warning TPL-LANGUAGE /data/bye", "warning TPL-LANGUAGE /data/hi", "warning TPL-LANGUAGE /template")
	for i, missing := range []string{"fr", "de", "de-AT, fr"} {
		if !strings.Contains(findings[i].Message, "in "+missing+",") && !strings.Contains(findings[i].Message, "for "+missing+",") {
			t.Errorf("%q does not name %s", findings[i].Message, missing)
		}
	}
	wantShown(t, rendering.Source, "fr", rendering.Pass["logoText"], "Salut")
	wantShown(t, rendering.Source, "de-AT", rendering.Pass["logoText"], "Servus")
	wantShown(t, rendering.Source, "de", rendering.Pass["logoText"], "Hello")
	bye := rendering.Pass["semantics"].(map[string]any)["performerNames"].([]any)[0]
	wantShown(t, rendering.Source, "de-AT", bye, "Tschüß") // as in de
	wantShown(t, rendering.Source, "fr", bye, "Bye")       // as in the default language
	wantShown(t, rendering.Source, "de-AT", "Member", "Mitglied")
	wantShown(t, rendering.Source, "fr", "Member", "Member")
	if got := rendering.ImageSizes["fr.lproj/logo.png"]; got != image.Pt(100, 50) || file(t, rendering.Source, "fr.lproj/logo.png") != logo {
		t.Errorf("the new language's logo has %v", got)
	}
	if f := passjson.ValidateImages(rendering.Pass, rendering.ImageSizes, nil); strings.Contains(f.Error(), "LOC-") {
		t.Errorf("LOC-6, LOC-7: %v", f)
	}
	if len(tmpl.ImageSizes()) != 4 {
		t.Error("the template's own images were changed")
	}
}

func TestLocalizedDataWithoutLanguagesInTheTemplate(t *testing.T) {
	tmpl := greetings(t, map[string]string{"en.lproj/pass.strings": absent, "de.lproj/pass.strings": absent})
	rendering, findings := tmpl.Render(wallet.Document{Data: map[string]any{"hi": by("fr", "Salut", "de", "Hallo"), "bye": "Bye", "name": "x"}}, server)
	if findings != nil {
		t.Fatal(findings)
	}
	wantShown(t, rendering.Source, "fr", rendering.Pass["logoText"], "Salut")
	wantShown(t, rendering.Source, "de", rendering.Pass["logoText"], "Hallo")
}

func TestLocalizedDataKeepsTheFoldersName(t *testing.T) {
	tmpl := greetings(t, map[string]string{"zh_Hans.lproj/pass.strings": `"Member" = "会员";`})
	rendering, findings := tmpl.Render(wallet.Document{Data: map[string]any{
		"hi": by("EN", "Hello", "de", "Hallo", "zh-hans", "你好"), "bye": "Bye", "name": "x"}}, server)
	if findings != nil {
		t.Fatal(findings)
	}
	wantShown(t, rendering.Source, "zh_Hans", rendering.Pass["logoText"], "你好")
	wantShown(t, rendering.Source, "zh_Hans", "Member", "会员")
}

func TestLocalizedDataRefused(t *testing.T) {
	tmpl := passTemplate(t, `{"logoText":"{{text}}","barcodes":[{"message":"{{code}}"}],"userInfo":{"list":["{{listed}}"]}}`)
	crowd := make(map[string]any)
	for i := range 60 {
		crowd["x"+string(rune('a'+i/26))+string(rune('a'+i%26))] = "text"
	}
	for name, tc := range map[string]struct {
		data map[string]any
		want []string
	}{
		"not languages":            {map[string]any{"text": by("en", "a", "amount", "b")}, []string{"error TPL-TYPE /data/text"}},
		"traversal":                {map[string]any{"text": by("en", "a", "../x", "b")}, []string{"error TPL-TYPE /data/text"}},
		"not text":                 {map[string]any{"text": map[string]any{"en": int64(1)}}, []string{"error TPL-TYPE /data/text"}},
		"null":                     {map[string]any{"text": map[string]any{"en": nil}}, []string{"error TPL-TYPE /data/text"}},
		"nothing":                  {map[string]any{"text": by()}, []string{"error TPL-TYPE /data/text"}},
		"two spellings":            {map[string]any{"text": by("pt-BR", "a", "pt_br", "b")}, []string{"error TPL-TYPE /data/text"}},
		"where no phone looks":     {map[string]any{"code": by("en", "a", "de", "b")}, []string{"error TPL-TYPE /data/code"}},
		"where no phone looks too": {map[string]any{"listed": by("en", "a", "de", "b")}, []string{"error TPL-TYPE /data/listed"}},
		"too many languages":       {map[string]any{"text": crowd}, []string{"error TPL-LANGUAGE /data", "warning TPL-LANGUAGE /data/text", "warning TPL-LANGUAGE /template"}},
	} {
		t.Run(name, func(t *testing.T) {
			data := map[string]any{"text": "x", "code": "x", "listed": "x"}
			maps.Copy(data, tc.data)
			rendering, findings := tmpl.Render(wallet.Document{Data: data}, server)
			wantFindings(t, findings, tc.want...)
			if rendering.Source != nil {
				t.Error("there is a source despite errors")
			}
		})
	}
}

// FuzzLocalizedData: whatever the texts, each language shows its own, and what is plain stays as it is.
func FuzzLocalizedData(f *testing.F) {
	f.Add("Hello", "Hallo", "Ada")
	f.Add("Member", "Member", "Member")
	f.Add("", "\u2060", "\"\\\n")
	f.Add("{{name}}", "\xff", "Hello, Hello!")
	tmpl := greetings(f, nil)
	f.Fuzz(func(t *testing.T, english, german, name string) {
		data := map[string]any{"hi": by("en", english, "de", german), "bye": name, "name": name}
		rendering, findings := tmpl.Render(wallet.Document{Data: data}, server)
		if findings != nil {
			t.Fatal(findings)
		}
		clean := func(s string) string { return string([]rune(s)) } // what is no UTF-8 becomes U+FFFD
		pass, _, err := wallet.DecodeObject([]byte(file(t, rendering.Source, "pass.json")))
		if err != nil {
			t.Fatal(err)
		}
		wantShown(t, rendering.Source, "de", pass["logoText"], clean(german))
		wantShown(t, rendering.Source, "en", pass["logoText"], clean(english))
		wantShown(t, rendering.Source, "de", "Member", "Mitglied")
		bye := pass["generic"].(map[string]any)["backFields"].([]any)[0].(map[string]any)["value"]
		if got, ok := shown(t, rendering.Source, "de", bye.(string)); ok && name != "Member" && got != clean(name) {
			t.Fatalf("the plain text %q is shown as %q", bye, got)
		}
	})
}

func BenchmarkRenderLocalized(b *testing.B) {
	tmpl, doc := starter(b, "boarding")
	b.ReportAllocs()
	for b.Loop() {
		tmpl.Render(doc, server)
	}
}

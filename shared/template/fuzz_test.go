package template_test

import (
	"io"
	"io/fs"
	"reflect"
	"testing"
	"unicode/utf8"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// FuzzLoad feeds a template's files: whatever loads can be rendered, and gives the JSON object that was checked.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"description":"{{a}} of {{ b }}","n":["{{a}}",1.5,null]}`), "", "icon@2x.png", []byte(pngFile(f, 1, 1)), "")
	f.Add([]byte(`{"a":"{{}}"}`), "de.lproj", "pass.strings", []byte("\"a\" = \"b\"; /* c */ // d"), "")
	f.Add([]byte(`{"a":"{{b}}"}`), "", "personalization.json", []byte(`{"description":"{{b}} {{c}}"}`), "")
	f.Add([]byte(`{"generic":{"backFields":[{"_id":"x","key":"name","value":"Ada"},{"key":"{{a}}","value":"{{name}}"}]}}`), "", "tooling.json", []byte("{"), "")
	for _, h := range corpus(f) {
		for _, file := range h.Files {
			content, err := io.ReadAll(io.LimitReader(file.open(), 4096))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(content, file.In, file.Name, content, file.Link)
		}
	}
	f.Fuzz(func(t *testing.T, passJSON []byte, in, name string, content []byte, link string) {
		for _, root := range []string{"card.pass", "card.pkpasstemplate"} {
			l := &listing{root: root, folders: make(map[string][]listed)}
			for _, file := range []hostileFile{{Name: "pass.json", Base64: passJSON}, {In: in, Name: name, Base64: content, Link: link}} {
				l.add(file.In, listed{file.Name, file.mode(), file.open})
			}
			checkLoad(t, l)
		}
	})
}

func checkLoad(t *testing.T, fsys fs.FS) {
	t.Helper()
	tmpl, err := template.Load(fsys, "card")
	if (tmpl == nil) == (err == nil) {
		t.Fatalf("Load = %v, %v", tmpl, err)
	}
	if err != nil {
		return
	}
	data := make(map[string]any)
	for _, name := range tmpl.Placeholders() {
		data[name] = "value"
	}
	rendering, findings := tmpl.Render(wallet.Document{Data: data}, server)
	if findings != nil {
		t.Fatalf("a template that loads was not rendered: %v", findings)
	}
	if _, _, err := wallet.DecodeObject([]byte(file(t, rendering.Source, "pass.json"))); err != nil {
		t.Fatal(err)
	}
}

// FuzzRender feeds data and patches: the server's keys are never anyone else's, no value becomes more than a value, and
// rendering again gives the same bytes.
func FuzzRender(f *testing.F) {
	f.Add("Ada", int64(3), 1.5, []byte(`{"logoText":null}`))
	f.Add(`","serialNumber":"x`, int64(-1), 1e300, []byte(`{"generic":{"primaryFields":[]}}`))
	f.Add("{{count}}", int64(0), 0.0, []byte(`{"serialNumber":"x","description":{"a":[null]}}`))
	tmpl := passTemplate(f, `{"description":"{{name}}","generic":{"primaryFields":[{"key":"n","value":"{{count}}"}]},"userInfo":"{{ratio}}: {{name}}"}`)
	f.Fuzz(func(t *testing.T, name string, count int64, ratio float64, patch []byte) {
		pass, findings, err := wallet.DecodeObject(patch)
		if err != nil || findings != nil {
			pass = nil
		}
		doc := wallet.Document{Data: map[string]any{"name": name, "count": count, "ratio": ratio}, Pass: pass}
		rendering, findings := tmpl.Render(doc, server)
		if findings.Err() != nil {
			if ratio-ratio == 0 {
				t.Fatalf("refused: %v", findings)
			}
			return // NaN and infinities are no numbers of JSON
		}
		text := file(t, rendering.Source, "pass.json")
		read, _, err := wallet.DecodeObject([]byte(text))
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if read["serialNumber"] != server.SerialNumber || read["webServiceURL"] != server.WebServiceURL || read["formatVersion"] != int64(1) {
			t.Fatalf("the server's keys are not the server's: %s", text)
		}
		if pass == nil && utf8.ValidString(name) {
			want := map[string]any{"primaryFields": []any{map[string]any{"key": "n", "value": count}}}
			if read["description"] != name || !reflect.DeepEqual(read["generic"], want) {
				t.Fatalf("values changed: %s", text)
			}
		}
		if again, _ := tmpl.Render(doc, server); file(t, again.Source, "pass.json") != text {
			t.Fatal("rendering again gives other bytes")
		}
	})
}

package template_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

func file(t testing.TB, source pkpass.Source, name string) string {
	t.Helper()
	for _, f := range source {
		if f.Name() == name {
			return string(f.Data())
		}
	}
	t.Fatalf("no %s in the source", name)
	return ""
}

func TestRenderTypes(t *testing.T) {
	for _, tc := range []struct {
		text  string
		value any
		want  any
	}{
		{"{{v}}", "text", "text"},
		{"{{v}}", "", ""},
		{"{{v}}", int64(120), int64(120)},
		{"{{ v }}", int64(math.MaxInt64), int64(math.MaxInt64)},
		{"{{v}}", 12.5, 12.5},
		{"{{  v}}", true, true},
		{" {{v}}", int64(120), " 120"},
		{"{{v}}{{v}}", int64(12), "1212"},
		{"{{v}} of {{ v }} points", int64(1234567890123), "1234567890123 of 1234567890123 points"},
		{"{{v}} points", 1e21, "1000000000000000000000 points"},
		{"{{v}} points", 3.0, "3 points"},
		{"{{v}} kg", 0.0000001, "0.0000001 kg"},
		{"{{v}}!", false, "false!"},
		{"{{v}}!", "{{v}}", "{{v}}!"},
		{"{{v}}", "{{v}}", "{{v}}"},
		{"a {b} } {c", "x", "a {b} } {c"},
	} {
		t.Run(fmt.Sprintf("%s/%v", tc.text, tc.value), func(t *testing.T) {
			text, _ := json.Marshal(tc.text)
			tmpl := passTemplate(t, `{"a":[{"b":`+string(text)+`}],"all":"{{v}}"}`)
			rendering, findings := tmpl.Render(wallet.Document{Data: map[string]any{"v": tc.value}}, server)
			if findings != nil {
				t.Fatal(findings)
			}
			got := rendering.Pass["a"].([]any)[0].(map[string]any)["b"]
			if got != tc.want {
				t.Errorf("got %T %v, want %T %v", got, got, tc.want, tc.want)
			}
			var fromFile, pass any
			asJSON, err := json.Marshal(rendering.Pass)
			err = errors.Join(err, json.Unmarshal(asJSON, &pass), json.Unmarshal([]byte(file(t, rendering.Source, "pass.json")), &fromFile))
			if err != nil || !reflect.DeepEqual(fromFile, pass) {
				t.Errorf("pass.json holds %v, Pass is %v (%v)", fromFile, pass, err)
			}
		})
	}
}

func TestRenderKeepsOtherValues(t *testing.T) {
	tmpl := passTemplate(t, `{"n":null,"t":true,"i":12345678901,"f":0.25,"s":"<a & b>\u2028","o":{},"l":[],"{{k}}":1}`)
	rendering, findings := tmpl.Render(wallet.Document{}, server)
	if findings != nil {
		t.Fatal(findings)
	}
	want := `{"authenticationToken":"1.not-a-real-token-but-long-enough","f":0.25,"formatVersion":1,"i":12345678901,"l":[],"n":null,` +
		`"o":{},"passTypeIdentifier":"pass.com.example.loyalty","s":"<a & b>\u2028","serialNumber":"A-10442","t":true,` +
		`"teamIdentifier":"TEAMID1234","webServiceURL":"https://passes.example.com","{{k}}":1}`
	if got := file(t, rendering.Source, "pass.json"); got != want {
		t.Errorf("pass.json:\n%s\nwant\n%s", got, want)
	}
}

func TestRenderFindingsAllAtOnce(t *testing.T) {
	tmpl := passTemplate(t, `{"description":"{{a}} {{b}} {{c}} {{d}} {{e}} {{ok}}","logoText":"{{ok}}"}`)
	rendering, findings := tmpl.Render(wallet.Document{
		Data: map[string]any{"ok": "fine", "b": nil, "c": []any{"x"}, "d": map[string]any{}, "e": math.NaN(), "extra": 1.0, "Ok/~": []any{}},
	}, server)
	wantFindings(t, findings,
		"error TPL-MISSING /data/a", "error TPL-MISSING /data/b", "error TPL-TYPE /data/c", "error TPL-TYPE /data/d", "error TPL-TYPE /data/e",
		"warning TPL-UNUSED /data/Ok~1~0", "warning TPL-UNUSED /data/extra")
	if rendering.Source != nil {
		t.Error("there is a source despite errors")
	}
	if got, want := rendering.Pass["description"], "{{a}} {{b}} {{c}} {{d}} {{e}} fine"; got != want {
		t.Errorf("Pass has description %q, want %q, to be validated all the same", got, want)
	}
}

func TestRenderUnusedAloneIsNoError(t *testing.T) {
	tmpl := passTemplate(t, `{"description":"Card"}`)
	rendering, findings := tmpl.Render(wallet.Document{Data: map[string]any{"point": int64(3)}}, server)
	wantFindings(t, findings, "warning TPL-UNUSED /data/point")
	if rendering.Source == nil {
		t.Error("a warning kept the pass from being made")
	}
}

func TestRenderMergePatch(t *testing.T) {
	tmpl := passTemplate(t, `{"description":"{{name}}","logoText":"Logo","userInfo":{"a":1,"b":2},"locations":[1,2]}`)
	patch, _, err := wallet.DecodeObject([]byte(`{"logoText":null,"userInfo":{"a":null,"c":"{{name}}"},"locations":[3],"new":{"x":null,"y":true}}`))
	if err != nil {
		t.Fatal(err)
	}
	rendering, findings := tmpl.Render(wallet.Document{Data: map[string]any{"name": "Ada"}, Pass: patch}, server)
	wantFindings(t, findings, "warning TPL-PLACEHOLDER /pass/userInfo/c")
	if v, ok := rendering.Pass["logoText"]; ok {
		t.Errorf("null did not remove logoText: %v", v)
	}
	want := map[string]any{
		"description": "Ada", "userInfo": map[string]any{"b": int64(2), "c": "{{name}}"}, "locations": []any{int64(3)},
		"new": map[string]any{"y": true},
	}
	for key, value := range want {
		if !reflect.DeepEqual(rendering.Pass[key], value) {
			t.Errorf("%s = %v, want %v", key, rendering.Pass[key], value)
		}
	}
}

// A patch is data, in which nothing is replaced: whoever writes a placeholder there is told that it will be seen.
func TestRenderWarnsOfPlaceholdersInPatch(t *testing.T) {
	patch, _, err := wallet.DecodeObject([]byte(`{"logoText":"a {{ b }} c","generic":{"backFields":[{"key":"{{","value":"{{{x}}"}]},"n":null,"i":1}`))
	if err != nil {
		t.Fatal(err)
	}
	rendering, findings := passTemplate(t, `{}`).Render(wallet.Document{Pass: patch}, server)
	wantFindings(t, findings, "warning TPL-PLACEHOLDER /pass/generic/backFields/0/value", "warning TPL-PLACEHOLDER /pass/logoText")
	if rendering.Pass["logoText"] != "a {{ b }} c" {
		t.Errorf("logoText is %q", rendering.Pass["logoText"])
	}
	_, findings = passTemplate(t, `{}`).Render(wallet.Document{Pass: map[string]any{"list": slices.Repeat([]any{"{{x}}"}, 5000)}}, server)
	if len(findings) > 100 {
		t.Errorf("%d findings", len(findings))
	}
}

func TestRenderServerKeysWin(t *testing.T) {
	patch := map[string]any{"passTypeIdentifier": nil, "userInfo": map[string]any{"serialNumber": "mine"}}
	for _, key := range wallet.ServerOwned {
		if key != "passTypeIdentifier" {
			patch[key] = "evil"
		}
	}
	rendering, findings := passTemplate(t, `{}`).Render(wallet.Document{Pass: patch}, server)
	if findings != nil {
		t.Fatal(findings)
	}
	want := map[string]any{
		"formatVersion": int64(1), "passTypeIdentifier": "pass.com.example.loyalty", "teamIdentifier": "TEAMID1234", "serialNumber": "A-10442",
		"authenticationToken": "1.not-a-real-token-but-long-enough", "webServiceURL": "https://passes.example.com",
		"userInfo": map[string]any{"serialNumber": "mine"},
	}
	if !reflect.DeepEqual(rendering.Pass, want) {
		t.Errorf("Pass = %v, want %v", rendering.Pass, want)
	}
}

func TestRenderVoidedAndExpirationDate(t *testing.T) {
	tmpl := passTemplate(t, `{"expirationDate":"2026-01-01T00:00:00Z"}`)
	rendering, _ := tmpl.Render(wallet.Document{}, server)
	if _, ok := rendering.Pass["voided"]; ok || rendering.Pass["expirationDate"] != "2026-01-01T00:00:00Z" {
		t.Errorf("nothing given: %v", rendering.Pass)
	}
	rendering, _ = tmpl.Render(wallet.Document{Voided: true, ExpirationDate: "2027-01-31T18:00:00+01:00"}, server)
	if rendering.Pass["voided"] != true || rendering.Pass["expirationDate"] != "2027-01-31T18:00:00+01:00" {
		t.Errorf("both given: %v", rendering.Pass)
	}
}

func TestRenderUnwritablePatch(t *testing.T) {
	rendering, findings := passTemplate(t, `{}`).Render(wallet.Document{Pass: map[string]any{"maxDistance": math.Inf(1)}}, server)
	wantFindings(t, findings, "error TPL-JSON /pass")
	if rendering.Source != nil {
		t.Error("there is a source without a pass.json")
	}
}

// TestRenderSharesNothing spoils one rendering and its neighbours' inputs, and expects the next one to be whole.
func TestRenderSharesNothing(t *testing.T) {
	tmpl := passTemplate(t, `{"a":{"b":[{"c":"{{v}}"},[1]]},"d":"x"}`)
	doc := wallet.Document{Data: map[string]any{"v": "value"}}
	first, _ := tmpl.Render(doc, server)
	want := file(t, first.Source, "pass.json")
	list := first.Pass["a"].(map[string]any)["b"].([]any)
	list[0].(map[string]any)["c"] = "spoiled"
	list[1].([]any)[0] = "spoiled"
	clear(first.Pass)
	clear(first.Source)
	clear(tmpl.ImageSizes())
	clear(tmpl.Placeholders())
	second, findings := tmpl.Render(doc, server)
	if got := file(t, second.Source, "pass.json"); got != want || findings != nil {
		t.Errorf("pass.json:\n%s\nwant\n%s\n%v", got, want, findings)
	}
	if len(tmpl.ImageSizes()) == 0 || tmpl.Placeholders()[0] != "v" {
		t.Error("the template's own state was spoiled")
	}
}

func TestScenario19_SameInputSameBytes(t *testing.T) {
	tmpl, doc := starter(t, "stamps")
	want, findings := tmpl.Render(doc, server)
	if findings != nil {
		t.Fatal(findings)
	}
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() {
			got, _ := tmpl.Render(doc, server)
			if len(got.Source) != len(want.Source) {
				t.Errorf("%d files, want %d", len(got.Source), len(want.Source))
				return
			}
			for i, f := range got.Source {
				if f.Name() != want.Source[i].Name() || !bytes.Equal(f.Data(), want.Source[i].Data()) {
					t.Errorf("%s differs", f.Name())
				}
			}
		})
	}
	group.Wait()
}

func TestScenario19_OneFieldChangesOneFile(t *testing.T) {
	tmpl, doc := starter(t, "points")
	before, _ := tmpl.Render(doc, server)
	doc.Data["points"] = int64(1251)
	after, _ := tmpl.Render(doc, server)
	var changed []string
	for _, f := range before.Source {
		if file(t, after.Source, f.Name()) != string(f.Data()) {
			changed = append(changed, f.Name())
		}
	}
	if strings.Join(changed, " ") != "pass.json" || len(before.Source) != len(after.Source) {
		t.Errorf("changed %q, want pass.json alone", changed)
	}
}

func TestServerDoesNotPrintItsToken(t *testing.T) {
	if text := fmt.Sprintf("%v %+v %#v", server, server, server); strings.Contains(text, "not-a-real-token") {
		t.Errorf("printed %s", text)
	}
}

func BenchmarkRender(b *testing.B) {
	tmpl, doc := starter(b, "stamps")
	b.ReportAllocs()
	for b.Loop() {
		tmpl.Render(doc, server)
	}
}

func BenchmarkBuiltin(b *testing.B) {
	for b.Loop() {
		if _, err := template.Builtin(); err != nil {
			b.Fatal(err)
		}
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/browsertest"
)

// attack is what an attacker would have the page say. Each of its parts would run a script or ask another server for
// something if it were taken for more than text.
const attack = `"'></p></title></style></svg></textarea><script>hacked=1;alert(1)</script><img src="https://evil.example/x" onerror="hacked=1;alert(1)">` +
	`<svg onload="hacked=1;alert(1)"><a href="javascript:hacked=1;alert(1)">x</a>{{.}}${alert(1)}` + "\u202e\u200b"

// hostile is a document with an attack in each place where the issuer's API lets one through, and how many those are.
func (c client) hostile(serial string, document map[string]any) (planted map[string]any, places int) {
	c.t.Helper()
	path := "/issuer/v1/passes/" + defaultPassType + "/" + serial
	data := maps.Clone(document["data"].(map[string]any))
	planted = with(document, map[string]any{"data": data})
	try := func(undo func()) {
		body, err := json.Marshal(planted)
		if err != nil {
			c.t.Fatal(err)
		}
		if status, _, _ := c.call("PUT", path, string(body)); status < 300 {
			places++
		} else if status == http.StatusUnprocessableEntity {
			undo()
		} else {
			c.t.Fatalf("PUT: %d", status)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		before := data[key]
		data[key] = attack
		try(func() { data[key] = before })
	}
	pass := make(map[string]any)
	planted["pass"] = pass
	field := func(key string) map[string]any {
		return map[string]any{"key": key, "label": attack, "value": attack + strings.Repeat(" long", 400), "attributedValue": `<a href="javascript:alert(1)">` + attack + "</a>", "changeMessage": attack + "%@"}
	}
	for _, override := range []map[string]any{
		{"description": attack}, {"organizationName": attack}, {"logoText": attack}, {"groupingIdentifier": attack}, {"userInfo": attack},
		{"backgroundColor": "red;} body{background:url(https://evil.example/c)}"}, {"foregroundColor": "rgb(0,0,0);background:url(//evil.example)"},
		{"barcodes": []any{map[string]any{"format": "PKBarcodeFormatQR", "message": attack, "messageEncoding": "utf-8", "altText": attack}}},
		{"generic": map[string]any{"headerFields": []any{field("h")}, "primaryFields": []any{field("p")}, "secondaryFields": []any{field("s")}, "auxiliaryFields": []any{field("a")}, "backFields": []any{field("b")}}},
		{"storeCard": map[string]any{"headerFields": []any{field("h")}, "primaryFields": []any{field("p")}, "secondaryFields": []any{field("s")}, "auxiliaryFields": []any{field("a")}, "backFields": []any{field("b")}}},
		{"eventTicket": map[string]any{"headerFields": []any{field("h")}, "primaryFields": []any{field("p")}, "auxiliaryFields": []any{field("a")}, "backFields": []any{field("b")}}},
		{"semantics": map[string]any{"eventName": attack, "venueName": attack, "passengerName": map[string]any{"givenName": attack, "familyName": attack}}},
		{"unknown": attack}, {"website": attack},
	} {
		before := maps.Clone(pass)
		maps.Copy(pass, override)
		try(func() { clear(pass); maps.Copy(pass, before) })
	}
	return planted, places
}

// A hostile pass is drawn harmlessly: no script of it runs, it asks nobody for anything, and it leaves the page in its place.
func TestBrowserHostilePasses(t *testing.T) {
	c := newClient(t, serve(t))
	browser := browsertest.Start(t)
	page := browser.Open(t, c.url+"/", browsertest.View{Width: 320, Height: 640})
	for _, name := range starters(t) {
		planted, places := c.hostile(name, sample(t, name))
		if places < 8 {
			t.Errorf("%s: only %d attacks are let through, which is no test", name, places)
		}
		page.Goto(c.issue(name, planted))
		harmless(t, name, page)
		page.Click("summary")
		page.Await("the back", "document.querySelector('details').open")
		harmless(t, name+", the back", page)
	}
}

// harmless fails when something of the pass is more than text. (Dialogs, messages in the console and requests to others fail
// the test of the page itself.)
func harmless(t *testing.T, what string, page *browsertest.Page) {
	t.Helper()
	var saw struct {
		Hacked                  bool
		Active, Handlers, Width int
	}
	page.Evaluate(`({
		hacked: 'hacked' in window,
		active: document.querySelectorAll('script, iframe, object, embed, form, base, meta[http-equiv]').length,
		handlers: [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on') || a.name == 'style' || /^\s*javascript:/i.test(a.value) && a.name == 'href')).length,
		width: document.documentElement.scrollWidth,
	})`, &saw)
	if saw.Hacked || saw.Active > 0 || saw.Handlers > 0 || saw.Width > 320 {
		t.Errorf("%s: %s", what, fmt.Sprintf("%+v", saw))
	}
	if !strings.Contains(page.Text("h1"), "<script>") {
		t.Errorf("%s: the heading is %q", what, page.Text("h1"))
	}
}

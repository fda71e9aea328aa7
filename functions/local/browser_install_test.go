package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"walletpasses.example/server/shared/browsertest"
	"walletpasses.example/server/shared/pkpass"
)

// everyView is how people look at a page: on a phone that is held narrow and on a desk, by day and by night.
var everyView = []browsertest.View{
	{Width: 1280}, {Width: 1280, Dark: true}, {Width: 320, Height: 640}, {Width: 320, Height: 640, Dark: true},
}

// The install page of each starter can be used by everybody, and its barcodes can be scanned: that of the pass, and the link's.
func TestBrowserInstallPages(t *testing.T) {
	c := newClient(t, serve(t))
	browser := browsertest.Start(t)
	page := browser.Open(t, c.url+"/", browsertest.View{NoScript: true})
	for _, name := range starters(t) {
		link := c.issue(name, sample(t, name))
		page.Goto(link)
		for _, view := range everyView {
			page.View(view)
			for _, violation := range page.Violations() {
				t.Errorf("%s, %v: %s", name, view, violation)
			}
			var width int
			if page.Evaluate("document.documentElement.scrollWidth", &width); width > view.Width {
				t.Errorf("%s, %v: the page is %d px wide", name, view, width)
			}
		}
		page.View(browsertest.View{Scale: phoneScale})
		if got := decoded(t, browser, page, ".scan svg"); got != link {
			t.Errorf("%s: the QR code of the page says %q, want %q", name, got, link)
		}
		if name == "event-poster" { // the drawing with a poster has none: it is held to a reader
			if page.Count(".copy .barcode") > 0 {
				t.Errorf("%s: a barcode is drawn", name)
			}
		} else if got, want := decoded(t, browser, page, ".copy .barcode"), c.barcode(link); got != want {
			t.Errorf("%s: the barcode of the pass says %q, want %q", name, got, want)
		}
	}
}

// phoneScale is how many pixels of an iPhone are one of CSS.
const phoneScale = 3

// barcode is the message of the first barcode of a link's pass.
func (c client) barcode(link string) string {
	c.t.Helper()
	_, _, data := c.call("GET", link+".pkpass", "")
	contents, findings := pkpass.Read(data)
	if err := findings.Err(); err != nil {
		c.t.Fatal(err)
	}
	var pass struct{ Barcodes []struct{ Message string } }
	if err := json.Unmarshal(contents.PassJSON, &pass); err != nil {
		c.t.Fatal(err)
	}
	if len(pass.Barcodes) == 0 {
		c.t.Fatal("the pass has no barcode")
	}
	return pass.Barcodes[0].Message
}

// decoded is the message of the one barcode that an element shows.
func decoded(t *testing.T, browser *browsertest.Browser, page *browsertest.Page, selector string) string {
	t.Helper()
	found := browser.Decode(t, page.Screenshot(selector))
	if len(found) != 1 {
		t.Errorf("%d barcodes are found in %s: %+v", len(found), selector, found)
		return ""
	}
	return found[0].Text
}

// One answer is all that the page is made of.
func TestBrowserInstallPageIsOneRequest(t *testing.T) {
	c := newClient(t, serve(t))
	link := c.issue("one", sample(t, "event"))
	page := browsertest.Start(t).Open(t, link, browsertest.View{})
	if requests := page.Requests(); len(requests) != 1 || requests[0] != link {
		t.Errorf("%q", requests)
	}
}

// Whoever has no mouse, and no script, reaches the badge and the back of the pass, and sees where they are.
func TestBrowserInstallPageByKeyboard(t *testing.T) {
	c := newClient(t, serve(t))
	link := c.issue("keyboard", sample(t, "coupon"))
	page := browsertest.Start(t).Open(t, link, browsertest.View{NoScript: true})
	for _, want := range []string{"A.badge", "SUMMARY."} {
		page.Press(kb.Tab)
		var focus struct{ Element, Outline string }
		page.Evaluate("({element: document.activeElement.tagName + '.' + document.activeElement.className, outline: getComputedStyle(document.activeElement).outlineStyle})", &focus)
		if focus.Element != want || focus.Outline != "solid" {
			t.Errorf("Tab leads to %+v, want %s", focus, want)
		}
	}
	if strings.Contains(page.Text("main"), "Once for each customer") {
		t.Error("the back is not folded away")
	}
	page.Press(kb.Enter)
	page.Await("the back is open", "document.querySelector('details').open")
	if !strings.Contains(page.Text("details"), "Once for each customer") {
		t.Errorf("the back says %q", page.Text("details"))
	}
	page.View(browsertest.View{})
	for _, violation := range page.Violations() {
		t.Errorf("with the back open: %s", violation)
	}
}

// A link to several passes shows them all, each in its own colours, and gives them with one badge.
func TestBrowserInstallPageOfABundle(t *testing.T) {
	c := newClient(t, serve(t))
	var passes []map[string]string
	for _, name := range starters(t)[:10] {
		c.issue(name, sample(t, name))
		passes = append(passes, map[string]string{"passTypeIdentifier": defaultPassType, "serialNumber": name})
	}
	body, err := json.Marshal(map[string]any{"passes": passes})
	if err != nil {
		t.Fatal(err)
	}
	status, _, answer := c.call("POST", "/issuer/v1/bundles", string(body))
	var bundle struct{ InstallURL string }
	if err := json.Unmarshal(answer, &bundle); status != 200 || err != nil {
		t.Fatalf("%d %s", status, answer)
	}
	browser := browsertest.Start(t)
	page := browser.Open(t, bundle.InstallURL, browsertest.View{Scale: phoneScale})
	if got := decoded(t, browser, page, ".scan svg"); got != bundle.InstallURL {
		t.Errorf("the QR code of the page says %q, want %q", got, bundle.InstallURL)
	}
	if fronts, badges := page.Count(".shelf .copy"), page.Count(".badge"); fronts != 10 || badges != 1 {
		t.Errorf("%d passes, %d badges", fronts, badges)
	}
	var colours []string
	page.Evaluate("[...document.querySelectorAll('.copy > article > div')].map(card => getComputedStyle(card).backgroundColor)", &colours)
	slices.Sort(colours)
	if got := len(slices.Compact(colours)); got < 8 {
		t.Errorf("the passes have %d colours: %q", got, colours)
	}
	for _, view := range everyView {
		page.View(view)
		for _, violation := range page.Violations() {
			t.Errorf("%v: %s", view, violation)
		}
	}
	_, _, html := c.call("GET", bundle.InstallURL, "")
	t.Logf("%d bytes, images included", len(html))
	if !bytes.Contains(html, []byte(".pkpasses")) {
		t.Error("the badge does not lead to the bundle")
	}
}

package main

import (
	"net/http"
	"testing"

	"walletpasses.example/server/shared/browsertest"
)

// Whoever follows a link that leads to no pass is told so in their own language, on a page that everybody can use.
func TestBrowserRefusals(t *testing.T) {
	c := newClient(t, serve(t))
	page := browsertest.Start(t).Open(t, c.url+"/", browsertest.View{NoScript: true})
	page.Expect("status of 401")
	page.Goto(c.url + "/install/x")
	for _, view := range everyView {
		view.Languages = "de"
		page.View(view)
		page.Goto(c.url + "/install/x")
		if got := page.Text("h1"); got != "Dieser Link gilt nicht oder nicht mehr. Bitten Sie um einen neuen." {
			t.Errorf("%v: it says %q", view, got)
		}
		for _, violation := range page.Violations() {
			t.Errorf("%v: %s", view, violation)
		}
	}
	if status, _, body := c.call("GET", "/install/x", ""); status != http.StatusUnauthorized || string(body) != "This link is not valid, or not any more. Ask for a new one." {
		t.Errorf("a program is told %d %q", status, body)
	}
}

package install_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"walletpasses.example/server/shared/barcode"
	"walletpasses.example/server/shared/pkpass"
)

// page returns the page of a pass on a desk.
func page(t *testing.T, pass map[string]any, images pkpass.Source) (text string, f *fixture) {
	t.Helper()
	f = newFixture(t).packaged(pass, images)
	return f.page(desktop), f
}

// page returns the page of the fixture's pass in a browser.
func (f *fixture) page(userAgent string, headers ...string) string {
	f.t.Helper()
	got := f.call("GET", f.token, userAgent, headers...)
	if got.Code != http.StatusOK {
		f.t.Fatalf("status %d", got.Code)
	}
	return got.Body.String()
}

// say fails unless a text has all of some parts.
func say(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %s in\n%s", part, text)
		}
	}
}

func TestThePageShowsThePassAndItsCode(t *testing.T) {
	text, f := page(t, map[string]any{"storeCard": map[string]any{
		"primaryFields": []any{map[string]any{"key": "points", "label": "Points", "value": 120}},
		"backFields":    []any{map[string]any{"key": "terms", "label": "Terms", "value": "One coffee each."}},
	}}, pkpass.Source{icon})
	link := base + "/install/" + f.token
	code, err := barcode.QR(link)
	check(t, err)
	say(t, text, "<title>Bean Club – Corner Roastery</title>", `<h1 lang="en">Bean Club</h1>`, ">Corner Roastery</p>", ">120<",
		`<a class="badge" href="`+link+`.pkpass"`, ">Add to</span>", ">Apple Wallet</span>", string(code.SVG("QR code of this page’s address")),
		`<meta property="og:title" content="Bean Club">`, `<meta property="og:site_name" content="Corner Roastery">`,
		`<meta property="og:description" content="A pass for Apple Wallet">`, `<link rel="icon" href="data:image/png;base64,`)
	if front, back, _ := strings.Cut(text, "<details>"); strings.Contains(front, "One coffee each.") || !strings.Contains(back, "One coffee each.") {
		t.Error("the back is not folded away")
	}
	if strings.Count(text, f.token) != 1 {
		t.Errorf("the link is %d times in the page's text", strings.Count(text, f.token))
	}
}

func TestAPassThatIsOverSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		pass      map[string]any
		says, not string
	}{
		"good":    {map[string]any{"expirationDate": "2026-11-22T12:00:01Z"}, "Bean Club", "This pass"},
		"expired": {map[string]any{"expirationDate": "2026-11-22T11:59:59Z"}, "This pass has expired.", "no longer valid"},
		"voided":  {map[string]any{"expirationDate": "2026-11-22T11:59:59Z", "voided": true}, "This pass is no longer valid.", "This pass has expired."},
	} {
		text, _ := page(t, c.pass, pkpass.Source{icon})
		if !strings.Contains(text, c.says) || strings.Contains(text, c.not) {
			t.Errorf("%s: it does not say %q, or does say %q", name, c.says, c.not)
		}
	}
}

// Whoever cannot add the pass where the link was opened is told where; a QR code is of no use on the phone itself.
func TestThePageOnOtherDevices(t *testing.T) { // DST-5, 6.2
	f := newFixture(t).packaged(nil, pkpass.Source{icon})
	for name, c := range map[string]struct{ userAgent, says string }{
		"desktop": {desktop, "point the camera at this code"},
		"android": {android, "Apple Wallet is on iPhone."},
		"in-app":  {inApp, "Open the page in Safari"},
	} {
		text := f.page(c.userAgent)
		say(t, text, c.says, `href="`+base+"/install/"+f.token+`.pkpass"`)
		if got := strings.Contains(text, "<figure"); got != (name == "desktop") {
			t.Errorf("%s: a code: %v", name, got)
		}
		if got := strings.Count(text, `class="hint"`); got != map[string]int{"desktop": 0, "android": 1, "in-app": 1}[name] {
			t.Errorf("%s: %d hints", name, got)
		}
	}
}

func TestTheBrowsersWithinApps(t *testing.T) {
	f := newFixture(t).packaged(nil, pkpass.Source{icon})
	for _, mark := range []string{
		"[FBAN/FBIOS;FBAV/480.0]", "Instagram 400.0.0.1", "Barcelona 380.0", "Safari Line/15.1.0", "Twitter for iPhone/10.9", "[LinkedInApp]/9.30",
		"Snapchat/13.0", "TikTok 40.0", "musical_ly_40.0", "BytedanceWebview/d8a21c6", "[Pinterest/iOS]", "MicroMessenger/8.0", "GSA/380.0",
	} {
		for _, device := range []string{iPhone, iPad} {
			if got := f.call("GET", f.token, device+" "+mark).Header().Get("Content-Type"); !strings.HasPrefix(got, "text/html") {
				t.Errorf("%s gets %s", mark, got)
			}
		}
	}
	for userAgent, want := range map[string]string{
		strings.TrimSuffix(iPhone, " Safari/604.1"): "text/html", // an app that leaves no mark
		iPhone: "application/", strings.Replace(iPhone, "Version/26.0", "CriOS/146.0", 1): "application/",
		strings.Replace(iPad, "Version/26.0", "FxiOS/149.0", 1): "application/", "Wallet/26.0 (iPhone)": "application/",
	} {
		if got := f.call("GET", f.token, userAgent).Header().Get("Content-Type"); !strings.HasPrefix(got, want) {
			t.Errorf("%s gets %s", userAgent, got)
		}
	}
}

func TestTheLanguagesOfThePage(t *testing.T) {
	file, err := os.ReadFile("words.json")
	check(t, err)
	var book map[string]map[string]any
	check(t, json.Unmarshal(file, &book))
	f := newFixture(t).packaged(nil, pkpass.Source{icon})
	seen := make(map[string]string)
	for _, language := range []string{"en", "de", "fr", "es", "it", "nl", "pt", "pl", "ja", "zh", "zh-Hant"} {
		text := f.page(desktop, "Accept-Language", "tlh, "+language+";q=0.9, en;q=0.1")
		say(t, text, `<html lang="`+language+`">`, book[language]["camera"].(string), book[language]["badge"].([]any)[1].(string))
		if other, ok := seen[text]; ok {
			t.Errorf("%s is %s", language, other)
		}
		seen[text] = language
		if len(book[language]) != len(book["en"]) {
			t.Errorf("%s has %d texts of %d", language, len(book[language]), len(book["en"]))
		}
	}
	for header, want := range map[string]string{
		"": "en", "tlh": "en", "nonsense;;;q=": "en", "pt-BR": "pt", "zh-Hans-CN": "zh", "zh-TW": "zh-Hant", "zh-HK": "zh-Hant", "de-AT,fr;q=0.5": "de", strings.Repeat("de-", 4000): "en",
	} {
		say(t, f.page(desktop, "Accept-Language", header), `<html lang="`+want+`">`)
	}
}

// The pass is drawn in the reader's language, as a phone of theirs would.
func TestThePassIsDrawnInTheReadersLanguage(t *testing.T) {
	_, f := page(t, map[string]any{"storeCard": map[string]any{
		"primaryFields": []any{map[string]any{"key": "balance", "value": 1042.5, "currencyCode": "EUR"}},
	}}, pkpass.Source{icon})
	for language, want := range map[string]string{"en": ">€1,042.50<", "de": ">1.042,50\u00a0€<"} {
		say(t, f.page(desktop, "Accept-Language", language), want)
	}
}

// A bundle shows all of its passes, and gives them with one badge.
func TestThePageOfABundle(t *testing.T) { // BUN-1
	f := newFixture(t).packaged(nil, pkpass.Source{icon})
	token := f.bundled()
	text := f.call("GET", token, desktop).Body.String()
	say(t, text, `<main class="several">`, "<h1>2 passes</h1>", ">Corner Roastery</p>", token+".pkpasses")
	if fronts, badges := strings.Count(text, `<div class="copy">`), strings.Count(text, `class="badge"`); fronts != 2 || badges != 1 {
		t.Errorf("%d passes, %d badges", fronts, badges)
	}
}

// What a business writes is text: it adds no markup to the page, and has it load nothing.
func TestHostileTextIsEscaped(t *testing.T) {
	const attack = `"'></title></h1></style><script src=https://evil.example/x.js>alert(1)</script><img src=https://evil.example onerror=alert(1)>{{.QR}}`
	harmless, _ := page(t, nil, pkpass.Source{icon})
	text, f := page(t, map[string]any{"organizationName": attack, "description": attack}, pkpass.Source{icon})
	if strings.Count(text, "<") != strings.Count(harmless, "<") || strings.Count(text, ">") != strings.Count(harmless, ">") {
		t.Errorf("there is more markup in\n%s", text)
	}
	if got := strings.Count(html.UnescapeString(text), attack); got < 5 { // title, heading, giver, og:title, og:site_name
		t.Errorf("the text is shown %d times", got)
	}
	loadsNothing(t, text, f)
}

// pass.json may have any key: none of them reaches the page but those of a pass.
func TestOtherKeysOfThePassDoNotReachThePage(t *testing.T) {
	for name, pass := range map[string]map[string]any{
		"addresses":     {"icon": "https://evil.example/icon.png", "code": "https://evil.example/qr.png", "file": "https://evil.example/x.pkpass"},
		"scripts":       {"Icon": "javascript:alert(1)", "Code": "javascript:alert(1)", "File": "javascript:alert(1)"},
		"of other type": {"icon": 1, "code": []any{}, "file": map[string]any{}},
	} {
		t.Run(name, func(t *testing.T) {
			text, f := page(t, pass, pkpass.Source{icon})
			loadsNothing(t, text, f)
		})
	}
}

// loadsNothing fails when the page refers to anything but pictures within itself and the pass's file, or has a script.
func loadsNothing(t *testing.T, text string, f *fixture) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	check(t, err)
	for node := range root.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		if slices.Contains([]string{"script", "iframe", "object", "embed", "form", "base", "template"}, node.Data) {
			t.Errorf("the page has a %s", node.Data)
		}
		for _, a := range node.Attr {
			switch {
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s has %s=%q", node.Data, a.Key, a.Val)
			case slices.Contains([]string{"src", "srcset", "href", "action", "data", "poster", "background", "xlink:href"}, a.Key) &&
				a.Val != "data:," && !strings.HasPrefix(a.Val, "data:image/png;base64,") && a.Val != base+"/install/"+f.token+".pkpass":
				t.Errorf("%s refers to %.80q", node.Data, a.Val)
			}
		}
	}
	for _, loads := range []string{"@import", "url("} {
		if strings.Contains(strings.ToLower(text), loads) {
			t.Errorf("the page has %s", loads)
		}
	}
}

// The policy lets the page have its own style sheets, to the letter, and the pictures within it.
func TestThePolicyOfThePage(t *testing.T) {
	f := newFixture(t).packaged(nil, pkpass.Source{icon})
	for name, token := range map[string]string{"a pass": f.token, "a bundle": f.bundled()} {
		got := f.call("GET", token, desktop)
		sources := styleSources(t, got.Body.String())
		want := "default-src 'none'; img-src data:; style-src " + strings.Join(sources, " ") + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
		if policy := got.Header().Get("Content-Security-Policy"); policy != want || len(sources) != 2 {
			t.Errorf("%s: %s, want %s", name, policy, want)
		}
	}
}

// styleSources returns the CSP sources of a page's style elements.
func styleSources(t *testing.T, text string) (sources []string) {
	t.Helper()
	for _, sheet := range sheets(t, text) {
		sum := sha256.Sum256([]byte(sheet))
		sources = append(sources, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	return sources
}

func sheets(t *testing.T, text string) (sheets []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	check(t, err)
	for node := range root.Descendants() {
		if node.Type == html.ElementNode && node.Data == "style" {
			sheets = append(sheets, node.FirstChild.Data)
		}
	}
	return sheets
}

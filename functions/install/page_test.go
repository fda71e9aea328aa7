package install_test

import (
	"encoding/base64"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"rsc.io/qr"

	"walletpasses.example/server/shared/pkpass"
)

// page returns the page of a pass.
func page(t *testing.T, pass map[string]any, images pkpass.Source) (text string, f *fixture) {
	t.Helper()
	f = newFixture(t).packaged(pass, images)
	got := f.call("GET", f.token, desktop)
	if got.Code != http.StatusOK {
		t.Fatalf("status %d", got.Code)
	}
	return got.Body.String(), f
}

var (
	imageSource = regexp.MustCompile(`<img class="([a-z]+)" src="([^"]*)"`)
	tag         = regexp.MustCompile(`<[a-z][^>]*>`)
	attribute   = regexp.MustCompile(`(?i)\s(?:src|srcset|href|action|data|poster|background|style|on[a-z]+)\s*=\s*["']?([^"'\s>]+)`)
)

// images returns the bytes of the page's pictures by their class.
func images(t *testing.T, text string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, m := range imageSource.FindAllStringSubmatch(text, -1) {
		data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(html.UnescapeString(m[2]), "data:image/png;base64,"))
		if err != nil {
			t.Errorf("%s: %.60q is no PNG in a data URL: %v", m[1], m[2], err)
		}
		found[m[1]] = string(data)
	}
	return found
}

func TestThePageShowsThePassAndItsCode(t *testing.T) {
	text, f := page(t, nil, pkpass.Source{icon, pkpass.NewFile("icon@3x.png", []byte("the large icon"))})
	for _, want := range []string{
		"<title>Bean Club – Corner Roastery</title>", "<h1>Bean Club</h1>", "<p>Corner Roastery</p>",
		`<a href="` + base + `/install/` + f.token + `.pkpass">`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	code, err := qr.Encode(base+"/install/"+f.token, qr.M)
	check(t, err)
	pictures := images(t, text)
	if pictures["code"] != string(code.PNG()) {
		t.Error("the QR code is not that of the link")
	}
	if pictures["icon"] != "the large icon" {
		t.Errorf("the icon is %q", pictures["icon"])
	}
	if strings.Count(text, f.token) != 1 {
		t.Errorf("the link is %d times in the page's text", strings.Count(text, f.token))
	}
}

func TestThePageShowsWhicheverIconThereIs(t *testing.T) {
	for _, name := range []string{"icon.png", "icon@2x.png", "icon@3x.png"} {
		text, _ := page(t, nil, pkpass.Source{pkpass.NewFile(name, []byte("the icon"))})
		if got := images(t, text)["icon"]; got != "the icon" {
			t.Errorf("%s alone: %q", name, got)
		}
	}
}

// What a business writes is text: it adds no markup to the page, and has it load nothing.
func TestHostileTextIsEscaped(t *testing.T) {
	const attack = `"'></title></h1><script src=https://evil.example/x.js>alert(1)</script><img src=https://evil.example onerror=alert(1)>{{.QR}}`
	harmless, _ := page(t, nil, pkpass.Source{icon})
	text, f := page(t, map[string]any{"organizationName": attack, "description": attack}, pkpass.Source{icon})
	if strings.Count(text, "<") != strings.Count(harmless, "<") || strings.Count(text, ">") != strings.Count(harmless, ">") {
		t.Errorf("there is more markup in\n%s", text)
	}
	if got := strings.Count(html.UnescapeString(text), attack); got != 4 {
		t.Errorf("the text is shown %d times, want 4", got)
	}
	noExternalResource(t, text, f)
}

// pass.json may have any key: none of them reaches the page but the two that it shows.
func TestOtherKeysOfThePassDoNotReachThePage(t *testing.T) {
	for name, pass := range map[string]map[string]any{
		"addresses":     {"icon": "https://evil.example/icon.png", "qr": "https://evil.example/qr.png", "file": "https://evil.example/x.pkpass"},
		"scripts":       {"Icon": "javascript:alert(1)", "QR": "javascript:alert(1)", "File": "javascript:alert(1)"},
		"of other type": {"icon": 1, "qr": []any{}, "file": map[string]any{}},
	} {
		t.Run(name, func(t *testing.T) {
			text, f := page(t, pass, pkpass.Source{icon})
			if got := images(t, text)["icon"]; got != "the icon" {
				t.Errorf("the icon is %q", got)
			}
			noExternalResource(t, text, f)
		})
	}
}

func TestThePageLoadsNothing(t *testing.T) {
	text, f := page(t, nil, pkpass.Source{icon})
	noExternalResource(t, text, f)
}

// noExternalResource fails when the page refers to anything but pictures within itself and the pass's file.
func noExternalResource(t *testing.T, text string, f *fixture) {
	t.Helper()
	for _, element := range tag.FindAllString(text, -1) {
		for _, m := range attribute.FindAllStringSubmatch(element, -1) {
			target := html.UnescapeString(m[1])
			if !strings.HasPrefix(target, "data:image/png;base64,") && target != base+"/install/"+f.token+".pkpass" {
				t.Errorf("the page refers to %.80q", target)
			}
		}
	}
	for _, loads := range []string{"<script", "<link", "<iframe", "<object", "@import", "url("} {
		if strings.Contains(strings.ToLower(text), loads) {
			t.Errorf("the page has %s", loads)
		}
	}
}

package install_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/install"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// Only our own links open anything, and always the same; all others are refused in the very same words, whoever asks. No link
// reaches the log.
func FuzzInstall(f *testing.F) {
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	if err != nil {
		f.Fatal(err)
	}
	links := wallet.InstallLinks{Keys: keys, BaseURL: base, Now: func() time.Time { return noon }}
	for _, ids := range [][]wallet.PassID{{card}, {card, second}} {
		link, err := links.InstallURL(ids...)
		if err != nil {
			f.Fatal(err)
		}
		token := strings.TrimPrefix(link, base+"/install/")
		for _, segment := range []string{
			token, token + ".pkpass", token + ".pkpasses", token + ".pkpasses.pkpass", token + "?a=b", token[:len(token)-1], "/" + token + "/", token + "%2f", token + "%00",
			fmt.Sprintf("%%%x", token[0]) + token[1:], forged(token, 10), forged(token, len(token)-5),
		} {
			f.Add(segment, iPhone)
			f.Add(segment, desktop)
			f.Add(segment, inApp)
			f.Add(segment, strings.Replace(iPhone, "Safari/", "Sofari/", 1))
			f.Add(segment, android)
		}
	}
	f.Add("", "")
	f.Add(strings.Repeat("A", 64)+"\x00.pkpass", "<script>iPad")
	var v *visited
	f.Fuzz(func(t *testing.T, segment, userAgent string) {
		u, err := url.ParseRequestURI("/install/" + segment)
		if err != nil {
			return // net/http answers these itself
		}
		if v == nil {
			v = visit(t, links)
		}
		name := strings.Trim(strings.TrimPrefix(u.Path, "/install/"), "/")
		got := v.get(u, userAgent)
		switch token := ours(name, v); {
		case strings.Contains(u.EscapedPath(), "%2f") || strings.Contains(u.EscapedPath(), "%2F"):
			if got.Code == http.StatusOK {
				t.Errorf("%q opens", segment)
			}
		case name == "" || strings.Contains(name, "/"):
			if got.Code != http.StatusNotFound {
				t.Errorf("%q: %d", segment, got.Code)
			}
		case token == "":
			if got.Code != http.StatusUnauthorized || wire(got) != v.refusal {
				t.Errorf("%q: %s", segment, wire(got))
			}
		case token != name || holdsWallet(userAgent) && !within(userAgent):
			if got.Code != http.StatusOK || !bytes.Equal(got.Body.Bytes(), v.files[token]) {
				t.Errorf("%q, %q: %d, another file", segment, userAgent, got.Code)
			}
		case wire(got) != v.pages[token][like(userAgent)]:
			t.Errorf("%q, %q: %d, another page: %s", segment, userAgent, got.Code, got.Body)
		}
		for token := range v.files {
			if strings.Contains(v.log.String(), token) {
				t.Errorf("%q: the log shows the link: %s", segment, &v.log)
			}
		}
		v.log.Reset()
	})
}

var second = wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "card-2"}

// A visited function is one that has answered before: with the file and the page of each good link, and with a refusal.
type visited struct {
	handler http.Handler
	log     bytes.Buffer
	files   map[string][]byte
	pages   map[string]map[string]string // by the user agent that a browser is answered like
	refusal string
}

func visit(t *testing.T, links wallet.InstallLinks) *visited {
	t.Helper()
	f := newFixture(t).packaged(nil, pkpass.Source{icon})
	v := &visited{files: make(map[string][]byte), pages: make(map[string]map[string]string)}
	v.handler = webservice.NewPageRouter(slog.New(slog.NewJSONHandler(&v.log, nil))).Handle(webservice.InstallPass, install.New(f.store, f.bucket, links))
	for _, token := range []string{f.token, f.bundled()} {
		link := &url.URL{Path: "/install/" + token}
		file := v.get(link, iPhone)
		v.files[token], v.pages[token] = file.Body.Bytes(), make(map[string]string)
		for _, userAgent := range []string{desktop, android, inApp, inApp + android} {
			page := v.get(link, userAgent)
			if file.Code != http.StatusOK || page.Code != http.StatusOK || bytes.Equal(file.Body.Bytes(), page.Body.Bytes()) {
				t.Fatalf("a good link: %d, %d", file.Code, page.Code)
			}
			v.pages[token][userAgent] = wire(page)
		}
	}
	v.refusal = wire(v.get(&url.URL{Path: "/install/x"}, ""))
	v.log.Reset()
	return v
}

func (v *visited) get(u *url.URL, userAgent string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/", nil)
	r.URL = u
	r.Header.Set("User-Agent", userAgent)
	answer := httptest.NewRecorder()
	v.handler.ServeHTTP(answer, r)
	return answer
}

// like returns the one of our user agents that another is answered like when it gets a page.
func like(userAgent string) string {
	switch other := strings.Contains(userAgent, "Android"); {
	case holdsWallet(userAgent) && other:
		return inApp + android
	case holdsWallet(userAgent):
		return inApp
	case other:
		return android
	default:
		return desktop
	}
}

func holdsWallet(userAgent string) bool {
	return strings.Contains(userAgent, "iPhone") || strings.Contains(userAgent, "iPad") || strings.Contains(userAgent, "iPod")
}

// within reports the browser of an app: it says so, or lacks what every browser says.
func within(userAgent string) bool {
	if strings.Contains(userAgent, "AppleWebKit/") && !strings.Contains(userAgent, "Safari/") {
		return true
	}
	return slices.ContainsFunc([]string{
		"FBAN", "FBAV", "FB_IAB", "Instagram", "Barcelona ", "Line/", "Twitter", "LinkedInApp", "Snapchat", "TikTok", "musical_ly", "BytedanceWebview",
		"Pinterest", "MicroMessenger", "GSA/",
	}, func(mark string) bool { return strings.Contains(userAgent, mark) })
}

// forged is the token with another letter somewhere.
func forged(token string, at int) string {
	letter := "A"
	if token[at] == 'A' {
		letter = "B"
	}
	return token[:at] + letter + token[at+1:]
}

// wire is an answer as it goes out: fmt prints headers sorted.
func wire(answer *httptest.ResponseRecorder) string {
	return fmt.Sprint(answer.Code, answer.Header(), answer.Body)
}

// ours returns the good link's token that a name begins with, when nothing but suffixes of files follows it as they may.
func ours(name string, v *visited) string {
	for token := range v.files {
		switch rest, ok := strings.CutPrefix(name, token); {
		case ok && (rest == "" || rest == ".pkpass" || rest == ".pkpasses" || rest == ".pkpass.pkpasses"):
			return token
		}
	}
	return ""
}

package install_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"image"
	"image/png"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/install"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

const (
	iPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
	iPad    = "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"
	desktop = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	android = "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
	inApp   = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 400.0.0.1 (iPhone17,1; iOS 26_0)"

	base = "https://passes.example.com"
)

var (
	card = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "card_1.a"}
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

// A fixture is a pass with its first package behind the install function.
type fixture struct {
	t       *testing.T
	store   *inmem.Store
	bucket  *inmem.Bucket
	now     time.Time
	keys    wallet.TokenKeys
	data    []byte // the package
	token   string // of a good link
	handler http.Handler
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, store: inmem.NewStore(), bucket: inmem.NewBucket(), now: noon, keys: tokenKeys(t, "k")}
	links := wallet.InstallLinks{Keys: f.keys, BaseURL: base, Now: func() time.Time { return f.now }}
	f.token = tokenOf(t, links, card)
	f.handler = webservice.NewRouter(slog.New(slog.DiscardHandler)).Handle(webservice.InstallPass, install.New(f.store, f.bucket, links))
	return f
}

func tokenKeys(t *testing.T, letter string) wallet.TokenKeys {
	t.Helper()
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat(letter, 32))})
	check(t, err)
	return keys
}

// tokenOf cuts the token out of a pass's link.
func tokenOf(t *testing.T, links wallet.InstallLinks, id wallet.PassID) string {
	t.Helper()
	url, err := links.InstallURL(id)
	check(t, err)
	return strings.TrimPrefix(url, base+"/install/")
}

// packaged signs a package and makes it the pass's current one. pass is laid over a small pass.json; images are the files
// beside it.
func (f *fixture) packaged(pass map[string]any, images pkpass.Source) *fixture {
	f.t.Helper()
	text := map[string]any{
		"formatVersion": 1, "passTypeIdentifier": card.PassTypeIdentifier, "teamIdentifier": "TEAMID1234", "serialNumber": card.SerialNumber,
		"organizationName": "Corner Roastery", "description": "Bean Club", "storeCard": map[string]any{},
	}
	maps.Copy(text, pass)
	passJSON, err := json.Marshal(text)
	check(f.t, err)
	return f.holding(append(images, pkpass.NewFile("pass.json", passJSON)))
}

// holding signs a package of these files and makes it the pass's current one.
func (f *fixture) holding(source pkpass.Source) *fixture {
	f.t.Helper()
	var err error
	f.data, err = pkpass.Package(source, signer(f.t))
	check(f.t, err)
	pkg := wallet.CurrentPackage{ID: card}.Next(noon)
	pkg.Object = "packages/1.pkpass"
	check(f.t, f.bucket.Create(f.t.Context(), pkg.Object, f.data))
	_, err = f.store.SavePackage(f.t.Context(), pkg)
	check(f.t, err)
	return f
}

var icon = pkpass.NewFile("icon.png", onePixel())

func onePixel() []byte {
	var data bytes.Buffer
	if err := png.Encode(&data, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err)
	}
	return data.Bytes()
}

// signer signs with a throw-away certificate.
func signer(t *testing.T) *pkpass.Signer {
	t.Helper()
	authority, err := devcerts.New(noon)
	check(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	pass, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: card.PassTypeIdentifier, TeamIdentifier: "TEAMID1234", Key: key})
	check(t, err)
	identity, err := pass.Identity()
	check(t, err)
	return pkpass.NewSigner(identity, func() time.Time { return noon })
}

func (f *fixture) call(method, token, userAgent string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/install/"+token, nil)
	r.Header.Set("User-Agent", userAgent)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	f.handler.ServeHTTP(recorder, r)
	return recorder
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhoGetsThePackageAndWhoThePage(t *testing.T) {
	f := newFixture(t).packaged(nil, pkpass.Source{icon})
	for _, c := range []struct {
		name, suffix, userAgent string
		file                    bool
	}{
		{"iPhone", "", iPhone, true},
		{"iPad", "", iPad, true},
		{"desktop", "", desktop, false},
		{"Android", "", android, false},
		{"no user agent", "", "", false},
		{"another browser of an iPhone", "", strings.Replace(iPhone, "Version/26.0", "CriOS/140.0", 1), true},
		{"within an app", "", inApp, false},
		{"within an app, with suffix", ".pkpass", inApp, true},
		{"desktop with suffix", ".pkpass", desktop, true},
		{"iPhone with suffix", ".pkpass", iPhone, true},
		{"no user agent with suffix", ".pkpass", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 { // DST-7: as often as anyone likes
				got := f.call("GET", f.token+c.suffix, c.userAgent)
				contentType := "text/html; charset=utf-8"
				if c.file {
					contentType = webservice.ContentType
				}
				if got.Code != http.StatusOK || got.Header().Get("Content-Type") != contentType {
					t.Errorf("%d %s, want %s", got.Code, got.Header().Get("Content-Type"), contentType)
				}
				if isFile := got.Body.String() == string(f.data); isFile != c.file {
					t.Errorf("the body is the package: %v, want %v", isFile, c.file)
				}
			}
		})
	}
}

func TestHeaders(t *testing.T) { // DST-1 to DST-4
	f := newFixture(t).packaged(nil, pkpass.Source{icon})
	everywhere := map[string]string{"Cache-Control": "no-store", "Vary": "Accept-Language, User-Agent", "Referrer-Policy": "no-referrer"}
	for name, c := range map[string]struct {
		userAgent string
		headers   map[string]string
	}{
		"package": {iPhone, map[string]string{
			"Content-Disposition": `attachment; filename="card_1.a.pkpass"`, "Last-Modified": "Sun, 22 Nov 2026 12:00:00 GMT",
		}},
		"page": {desktop, map[string]string{
			"Content-Disposition": "", "X-Content-Type-Options": "nosniff",
		}},
	} {
		maps.Copy(c.headers, everywhere)
		got := f.call("GET", f.token, c.userAgent)
		for header, want := range c.headers {
			if h := got.Header().Get(header); h != want {
				t.Errorf("%s: %s is %q, want %q", name, header, h, want)
			}
		}
	}
}

// Mail scanners and previews look before they take: the same answer without the body.
func TestHead(t *testing.T) {
	f := newFixture(t).packaged(nil, pkpass.Source{icon})
	server := httptest.NewServer(f.handler)
	defer server.Close()
	for _, userAgent := range []string{iPhone, desktop} {
		var length [2]int64
		for i, method := range []string{"HEAD", "GET"} {
			r, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/install/"+f.token, nil)
			check(t, err)
			r.Header.Set("User-Agent", userAgent)
			response, err := server.Client().Do(r)
			check(t, err)
			check(t, response.Body.Close())
			if length[i] = response.ContentLength; response.StatusCode != http.StatusOK {
				t.Errorf("%s: %d", method, response.StatusCode)
			}
		}
		if length[0] != length[1] && length[0] != -1 {
			t.Errorf("Content-Length %d with HEAD, %d with GET", length[0], length[1])
		}
	}
}

// DST-8, promise 3: a link that is not good any more, or never was, tells nothing, not even which.
func TestABadLinkIsAlwaysTheSame401(t *testing.T) {
	f := newFixture(t).packaged(nil, pkpass.Source{icon})
	clock := func() time.Time { return noon }
	expired := tokenOf(t, wallet.InstallLinks{Keys: f.keys, BaseURL: base, Now: func() time.Time { return noon.AddDate(0, 0, -40) }}, card)
	foreign := tokenOf(t, wallet.InstallLinks{Keys: tokenKeys(t, "x"), BaseURL: base, Now: clock}, card)
	authentication, err := f.keys.AuthenticationToken(1, card)
	check(t, err)
	reference := f.call("GET", "x", desktop)
	for name, token := range map[string]string{
		"expired": expired, "foreign": foreign, "forged": "A" + f.token[1:], "cut": f.token[:len(f.token)-2], "longer": f.token + "AA",
		"an authentication token": authentication.Reveal(), "an escaped slash": f.token + "%2F", "only a suffix": ".pkpass", "the suffix twice": f.token + ".pkpass.pkpass",
	} {
		for _, suffix := range []string{"", ".pkpass"} {
			for _, userAgent := range []string{iPhone, desktop} {
				if name == "the suffix twice" && suffix == "" {
					continue // that is the good link's file
				}
				got := f.call("GET", token+suffix, userAgent)
				if got.Code != http.StatusUnauthorized || got.Body.Len() != 0 || !maps.EqualFunc(got.Header(), reference.Header(), func(a, b []string) bool { return a[0] == b[0] }) {
					t.Errorf("%s%s: %d %v %q", name, suffix, got.Code, got.Header(), got.Body)
				}
			}
		}
	}
	if good := f.call("GET", f.token, iPhone); good.Code != http.StatusOK {
		t.Errorf("the good link: %d", good.Code)
	}
	f.now = noon.AddDate(0, 0, 40)
	if late := f.call("GET", f.token, iPhone); late.Code != http.StatusUnauthorized {
		t.Errorf("the good link forty days later: %d", late.Code)
	}
}

func TestBeforeTheFirstPackage(t *testing.T) {
	f := newFixture(t)
	for _, token := range []string{f.token, f.token + ".pkpass"} {
		for _, userAgent := range []string{iPhone, desktop} {
			if got := f.call("GET", token, userAgent); got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") != "1" {
				t.Errorf("%d, Retry-After %q", got.Code, got.Header().Get("Retry-After"))
			}
		}
	}
}

// A record without its object is our fault: 500, and nothing that a browser would save as a file.
func TestAMissingObject(t *testing.T) {
	f := newFixture(t)
	pkg := wallet.CurrentPackage{ID: card}.Next(noon)
	pkg.Object = "packages/none.pkpass"
	_, err := f.store.SavePackage(t.Context(), pkg)
	check(t, err)
	for _, userAgent := range []string{iPhone, desktop} {
		got := f.call("GET", f.token, userAgent)
		if got.Code != http.StatusInternalServerError || got.Body.Len() != 0 || got.Header().Get("Content-Disposition") != "" {
			t.Errorf("%d %v %q", got.Code, got.Header(), got.Body)
		}
	}
}

package browsertest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/browsertest"
)

// A verdict is a test that notes what becomes of it.
type verdict struct {
	testing.TB
	skipped, failed bool
	said            []string
	cleanups        []func()
}

func (*verdict) Helper()            {}
func (v *verdict) Cleanup(f func()) { v.cleanups = append(v.cleanups, f) }
func (v *verdict) Error(args ...any) {
	v.failed, v.said = true, append(v.said, fmt.Sprint(args...))
}
func (v *verdict) Skip(args ...any) {
	v.skipped, v.said = true, append(v.said, fmt.Sprint(args...))
	panic(v)
}
func (v *verdict) Fatal(args ...any) {
	v.Error(args...)
	panic(v)
}
func (v *verdict) Fatalf(format string, args ...any) { v.Fatal(fmt.Sprintf(format, args...)) }

// of runs a test's body and its cleanups.
func (v *verdict) of(body func()) {
	defer func() {
		if stopped := recover(); stopped != nil && stopped != any(v) {
			panic(stopped)
		}
		for _, f := range slices.Backward(v.cleanups) {
			f()
		}
	}()
	body()
}

func TestABrowserThatIsNotInstalledIsNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, c := range []struct {
		program, require, says string
		failed                 bool
	}{
		{"", "", "not installed: chromium, chromium-browser, google-chrome", false},
		{"", "1", "not installed: chromium, chromium-browser, google-chrome", true},
		{"/nowhere/chromium", "1", "not installed: /nowhere/chromium", true},
	} {
		t.Setenv("CHROMIUM", c.program)
		t.Setenv("REQUIRE_BROWSER", c.require)
		v := &verdict{TB: t}
		v.of(func() { browsertest.Start(v) })
		if v.failed != c.failed || v.skipped == c.failed || strings.Join(v.said, "") != c.says {
			t.Errorf("%+v: failed %v, skipped %v, %q", c, v.failed, v.skipped, v.said)
		}
	}
}

// serve serves a page at / and answers everything else with nothing.
func serve(t *testing.T, html string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/" {
			_, _ = io.WriteString(w, html)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

const head = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">`

// What a visitor should never see fails the test, and nothing else does.
func TestAPageComplains(t *testing.T) {
	browser := browsertest.Start(t)
	elsewhere := serve(t, "")
	for name, c := range map[string]struct{ html, want string }{
		"nothing":               {`<h1>Hello</h1><img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" alt=""><script>console.log('fine')</script>`, ""},
		"an error":              {`<script>console.error('not', {fine: 0})</script>`, "the console: \"not\""},
		"an exception":          {`<script>nothing.at.all</script>`, "an exception: "},
		"a dialog":              {`<script>alert('look')</script>`, "a dialog: look"},
		"a request elsewhere":   {`<img src="` + elsewhere + `/pixel" alt="">`, "a request to " + elsewhere + "/pixel"},
		"a policy":              {`<meta http-equiv="Content-Security-Policy" content="script-src 'none'"><script>1</script>`, "Content Security Policy"},
		"an error in a frame":   {`<iframe sandbox="allow-scripts" srcdoc="<script>console.error('within')</script>"></iframe>`, "the console: \"within\""},
		"a frame's request out": {`<iframe sandbox srcdoc="<img src='` + elsewhere + `/pixel'>"></iframe>`, "a request to " + elsewhere + "/pixel"},
	} {
		v := &verdict{TB: t}
		v.of(func() { browser.Open(v, serve(t, head+c.html), browsertest.View{}) })
		if v.failed != (c.want != "") || !strings.Contains(strings.Join(v.said, "\n"), c.want) {
			t.Errorf("%s: %q, want %q", name, v.said, c.want)
		}
	}
	v := &verdict{TB: t}
	v.of(func() {
		page := browser.Open(v, serve(t, head+`<button onclick="console.error('known')">Go</button>`), browsertest.View{})
		page.Expect("known")
		page.Click("button")
		page.Await("the click", "document.activeElement.tagName == 'BUTTON'")
	})
	if v.failed {
		t.Errorf("an expected complaint: %q", v.said)
	}
}

func TestAPageIsSeenAsItsViewSays(t *testing.T) {
	browser := browsertest.Start(t)
	address := serve(t, head+`<h1>Dark</h1><p id=script>without</p><script>document.querySelector('#script').textContent = 'with'</script>`)
	for _, v := range []browsertest.View{
		{}, {Width: 320, Height: 640, Dark: true}, {NoScript: true, Scale: 2, Languages: "de,en;q=0.5", UserAgent: "Mozilla/5.0 (Nokia)"},
	} {
		page := browser.Open(t, address, v)
		var saw struct {
			Width           int
			Dark            bool
			Scale           float64
			Language, Agent string
		}
		page.Evaluate(`({width: innerWidth, dark: matchMedia('(prefers-color-scheme: dark)').matches, scale: devicePixelRatio,
			language: navigator.language, agent: navigator.userAgent})`, &saw)
		want := map[bool]string{false: "with", true: "without"}[v.NoScript]
		if saw.Width != max(v.Width, 320) && v.Width != 0 || saw.Dark != v.Dark || page.Text("#script") != want {
			t.Errorf("%v: %+v, script %q", v, saw, page.Text("#script"))
		}
		if v.Languages != "" && (saw.Language != "de" || saw.Agent != v.UserAgent || saw.Scale != 2) {
			t.Errorf("%v: %+v", v, saw)
		}
		if got := page.Requests(); len(got) != 1 || got[0] != address+"/" {
			t.Errorf("requests: %q", got)
		}
	}
}

func TestViolations(t *testing.T) {
	browser := browsertest.Start(t)
	good := browser.Open(t, serve(t, head+`<main><h1>Hello</h1><label>Name <input></label></main>`), browsertest.View{})
	if found := good.Violations(); len(found) > 0 {
		t.Errorf("%q", found)
	}
	bad := browser.Open(t, serve(t, head+`<main><h1>Hello</h1><input><p style="color: #ddd; background: #fff">faint</p></main>`), browsertest.View{})
	found := strings.Join(bad.Violations(), "\n")
	for _, rule := range []string{"label: ", "color-contrast: "} {
		if !strings.Contains(found, rule) {
			t.Errorf("no %s in %s", rule, found)
		}
	}
}

func TestAPackageIsTheOneThatIsPinned(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	t.Setenv("PATH", t.TempDir())
	v := &verdict{TB: t}
	v.of(func() { browsertest.NPM(v, "none", "1.0.0", "sha512-") })
	if !v.skipped && os.Getenv("REQUIRE_BROWSER") != "1" || !strings.Contains(strings.Join(v.said, ""), "not installed: npm, which fetches none@1.0.0") {
		t.Errorf("skipped %v: %q", v.skipped, v.said)
	}
	folder, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(folder, "walletpasses-browsertest", "none-1.0.0.tgz")
	if err := os.MkdirAll(filepath.Dir(archive), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(archive, []byte("another package"), 0o644); err != nil {
		t.Fatal(err)
	}
	v = &verdict{TB: t}
	v.of(func() { browsertest.NPM(v, "none", "1.0.0", "sha512-") })
	if !v.failed || !strings.Contains(strings.Join(v.said, ""), "its digest is another") {
		t.Errorf("failed %v: %q", v.failed, v.said)
	}
}

// A picture without a barcode gives none. (That one with a barcode gives its message is seen where barcodes are drawn.)
func TestDecodeFindsNothingWhereNothingIs(t *testing.T) {
	browser := browsertest.Start(t)
	page := browser.Open(t, serve(t, head+`<h1>Hello</h1>`), browsertest.View{})
	if found := browser.Decode(t, page.Window()); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}

package templates_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/gcp/templates"
	"walletpasses.example/server/shared/tools/cost/bill"
	"walletpasses.example/server/shared/wallet"
)

// A counter is what Cloud Storage is asked for.
type counter struct {
	mu             sync.Mutex
	listings, read int
}

// take returns what was asked since it was last called.
func (c *counter) take() bill.Operations {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := bill.Operations{ObjectWrites: c.listings, ObjectReads: c.read, Calls: c.listings + c.read}
	c.listings, c.read = 0, 0
	return o
}

// counted makes the clients that are opened from now on count what they ask.
func counted(t *testing.T) *counter {
	t.Helper()
	target, err := url.Parse("http://" + strings.TrimPrefix(emulator.Storage(t), "http://"))
	check(t, err)
	c := new(counter)
	server := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case r.In.Method == http.MethodGet && r.In.URL.Query().Get("alt") == "media":
			c.read++
		case r.In.Method == http.MethodGet:
			c.listings++
		}
	}})
	t.Cleanup(server.Close)
	t.Setenv("STORAGE_EMULATOR_HOST", server.URL)
	return c
}

// look is what one look at a template that was read before costs.
var look = bill.Calls["Fresh"].Each

// A good template costs a look a minute, and a broken one a look for each use: it is read once, and its findings are kept.
func TestWhatALookCosts(t *testing.T) {
	f := open(t)
	f.put("good.pass/pass.json", pass("one"))
	f.put("broken.pass/pass.json", "{")
	f.put("broken.pass/icon.png", square(t, 38))
	c := counted(t)
	set, err := templates.Open(t.Context(), f.name, f.clock)
	check(t, err)
	defer set.Close()
	broken := func() wallet.Findings {
		t.Helper()
		_, err := set.Template(t.Context(), "broken")
		findings, _ := errors.AsType[wallet.Findings](err)
		if findings.Err() == nil {
			t.Fatalf("%v", err)
		}
		return findings
	}

	first := broken()
	if got := c.take(); got.ObjectWrites != 2 || got.ObjectReads != 2 {
		t.Errorf("a broken template is read: %+v", got)
	}
	for range 3 {
		if again := broken(); !slices.Equal(again, first) {
			t.Errorf("%v, before: %v", again, first)
		}
		if got := c.take(); got != look {
			t.Errorf("a broken template is used again: %+v, want %+v", got, look)
		}
	}
	_, err = set.Template(t.Context(), "good")
	check(t, err)
	c.take()
	_, err = set.Template(t.Context(), "good")
	check(t, err)
	if got := c.take(); got != (bill.Operations{}) {
		t.Errorf("a good template is used again within a minute: %+v", got)
	}
	_, err = set.Fresh(t.Context(), "good")
	check(t, err)
	if got := c.take(); got != look {
		t.Errorf("a good template is looked at: %+v, want %+v", got, look)
	}

	f.put("broken.pass/pass.json", pass("mended"))
	mended, err := set.Template(t.Context(), "broken")
	check(t, err)
	if !slices.Equal(mended.Placeholders(), []string{"mended"}) {
		t.Errorf("placeholders %q", mended.Placeholders())
	}
	f.delete("broken.pass/pass.json")
	f.now = f.now.Add(time.Minute)
	if after := broken(); slices.Equal(after, first) {
		t.Errorf("broken anew: the findings from before: %v", after)
	}
}

// Of two that look at the same time, what the later one has found is kept, whichever comes back first.
func TestALaterLookIsKept(t *testing.T) {
	f := open(t)
	f.put("club.pass/pass.json", pass("one"))
	target, err := url.Parse("http://" + strings.TrimPrefix(emulator.Storage(t), "http://"))
	check(t, err)
	var set *templates.Bucket
	var overtaken atomic.Bool
	server := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		if r.In.URL.Query().Get("alt") == "media" && overtaken.CompareAndSwap(false, true) {
			f.now = f.now.Add(time.Second)
			_, err := set.Fresh(t.Context(), "club")
			if err != nil {
				t.Error(err)
			}
		}
	}})
	defer server.Close()
	t.Setenv("STORAGE_EMULATOR_HOST", server.URL)
	set, err = templates.Open(t.Context(), f.name, f.clock)
	check(t, err)
	defer set.Close()
	if set.Checked("club") != (time.Time{}) {
		t.Error("looked at before anybody asked")
	}
	_, err = set.Template(t.Context(), "club")
	check(t, err)
	if got := set.Checked("club"); !got.Equal(f.now) {
		t.Errorf("looked at %v, want %v", got, f.now)
	}
}

// The passes of a broadcast were made long before the template was looked at, so one look is enough for all of them. A pass that
// was made since is not moved back.
func TestTheLooksOfABroadcast(t *testing.T) {
	f := open(t)
	f.put("points.pass/pass.json", pass("one"))
	c := counted(t)
	set, err := templates.OpenSet(t.Context(), f.name, f.clock)
	check(t, err)
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	check(t, err)
	const passType = "pass.com.example.loyalty"
	r := document.Renderer{Templates: set, Teams: map[string]string{passType: "TEAMID1234"}, Keys: keys, WebServiceURL: "https://passes.example.com"}
	render := func(serial string, written time.Time) string {
		t.Helper()
		pkg := wallet.CurrentPackage{
			ID: wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial}, Version: 1, TemplateRevision: "another", Revision: wallet.Revision(written.UnixMicro()),
		}
		rendered, _, err := r.Render(t.Context(), map[string]any{"template": "points"}, pkg)
		check(t, err)
		return rendered.TemplateRevision
	}
	_, err = set.Template(t.Context(), "points")
	check(t, err)
	older := render("first", f.now.Add(-time.Hour))
	c.take()
	for i := range 20 {
		render(fmt.Sprint("pass-", i), f.now.Add(-time.Hour))
	}
	if got := c.take(); got != (bill.Operations{}) {
		t.Errorf("the passes of a broadcast: %+v", got)
	}
	f.put("points.pass/pass.json", pass("two"))
	for _, since := range []time.Duration{10 * time.Minute, 0, -10 * time.Minute} { // clocks are not the same
		if render("since", f.now.Add(since)); c.take().ObjectWrites == 0 {
			t.Errorf("a pass that was made %v after the look is not worth another", since)
		}
	}
	if newer := render("since", f.now.Add(time.Second)); newer == older {
		t.Error("a pass is moved back")
	}
}

package templates_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/gcp/templates"
	"walletpasses.example/server/shared/wallet"
)

// interrupted is Cloud Storage behind a proxy that does something just before it passes on the nth read of an object.
func interrupted(t *testing.T, nth int, interrupt func()) string {
	t.Helper()
	host := emulator.Storage(t)
	target, err := url.Parse("http://" + strings.TrimPrefix(host, "http://"))
	check(t, err)
	var mu sync.Mutex
	reads := 0
	server := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		mu.Lock()
		defer mu.Unlock()
		if r.In.Method == http.MethodGet && r.In.URL.Query().Get("alt") == "media" {
			if reads++; reads == nth {
				interrupt()
			}
		}
	}})
	t.Cleanup(server.Close)
	return server.URL
}

// Promise 2: a template that is being uploaded while it is read is never half of one version and half of another. Whoever asks
// is told to ask again, and the next try gets the new version whole.
func TestATemplateThatChangesWhileItIsRead(t *testing.T) {
	f := open(t)
	for name, upload := range map[string]func(){
		"replaced": func() { f.put("club.pass/pass.json", pass("after")); f.put("club.pass/icon.png", square(t, 76)) },
		"added to": func() { f.put("club.pass/thumbnail.png", square(t, 90)) },
		"less":     func() { f.delete("club.pass/icon.png") },
	} {
		for nth := 1; nth <= 2; nth++ {
			t.Run(fmt.Sprint(name, " before read ", nth), func(t *testing.T) {
				f.put("club.pass/pass.json", pass("before"))
				f.put("club.pass/icon.png", square(t, 38))
				t.Setenv("STORAGE_EMULATOR_HOST", interrupted(t, nth, upload))
				set, err := templates.Open(t.Context(), f.name, f.clock)
				check(t, err)
				defer set.Close()
				if got, err := set.Template(t.Context(), "club"); !errors.Is(err, wallet.ErrUnavailable) {
					t.Errorf("%v, %v", got, err)
				}
				got, err := set.Template(t.Context(), "club")
				check(t, err)
				if want := f.template("club").Revision(); got.Revision() != want {
					t.Errorf("the next try gets revision %s, want %s", got.Revision(), want)
				}
				f.now = f.now.Add(time.Hour)
			})
		}
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"walletpasses.example/server/functions/register"
	"walletpasses.example/server/functions/web"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/tools/iphone"
	"walletpasses.example/server/shared/wallet"
)

func TestScenario22_OddRequests(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	auth, lower := w.auth("a"), strings.Replace(w.auth("a"), "ApplePass", "applepass", 1)
	modified := w.pkg("a").LastModified
	latest := "/v1/passes/" + passType + "/a"
	for _, c := range []struct {
		name, method, target, body string
		headers                    []string
		want                       int
	}{
		{"registration without a body", "POST", registration + "/a", "", []string{"Authorization", auth}, 400},
		{"with an empty token", "POST", registration + "/a", `{"pushToken":""}`, []string{"Authorization", auth}, 400},
		{"with a number for a token", "POST", registration + "/a", `{"pushToken":5}`, []string{"Authorization", auth}, 400},
		{"with a list for a body", "POST", registration + "/a", `[]`, []string{"Authorization", auth}, 400},
		{"with a long token", "POST", registration + "/a", `{"pushToken":"` + strings.Repeat("ab", 500) + `"}`, []string{"Authorization", auth}, 201},
		{"with a giant body", "POST", registration + "/b", strings.Repeat("x", 1<<20), []string{"Authorization", w.auth("b")}, 413},
		{"with an odd Content-Type", "POST", registration + "/a", `{"pushToken":"0a"}`, []string{"Authorization", auth, "Content-Type", "text/weird"}, 200},
		{"with a lower-case scheme", "POST", registration + "/a", `{"pushToken":"0a"}`, []string{"Authorization", lower}, 200},
		{"of an impossible device", "POST", strings.Replace(registration, "d1", strings.Repeat("x", 200), 1) + "/a", `{"pushToken":"0a"}`, []string{"Authorization", auth}, 400},
		{"log of 1 MB", "POST", "/v1/log", `{"logs":["` + strings.Repeat("x", 1<<20) + `"]}`, nil, 200},
		{"log that is no JSON", "POST", "/v1/log", `<xml>`, nil, 200},
		{"log without a body", "POST", "/v1/log", ``, nil, 200},
		{"doubled slashes", "GET", "//v1//passes/" + passType + "//a", "", []string{"Authorization", auth}, 200},
		{"trailing slash", "GET", latest + "/", "", []string{"Authorization", auth}, 200},
		{"/v1/v1", "GET", "/v1" + latest, "", []string{"Authorization", auth}, 200},
		{"HEAD", "HEAD", latest, "", []string{"Authorization", auth}, 200},
		{"If-Modified-Since of RFC 1123", "GET", latest, "", []string{"Authorization", auth, "If-Modified-Since", modified.Format(http.TimeFormat)}, 304},
		{"of RFC 850", "GET", latest, "", []string{"Authorization", auth, "If-Modified-Since", modified.Format(time.RFC850)}, 304},
		{"of asctime", "GET", latest, "", []string{"Authorization", auth, "If-Modified-Since", modified.Format(time.ANSIC)}, 304},
		{"in the future", "GET", latest, "", []string{"Authorization", auth, "If-Modified-Since", modified.Add(time.Hour).Format(http.TimeFormat)}, 304},
		{"garbage", "GET", latest, "", []string{"Authorization", auth, "If-Modified-Since", "1700000000"}, 200},
		{"304 only with the token", "GET", latest, "", []string{"If-Modified-Since", modified.Format(http.TimeFormat)}, 401},
		{"tag garbage", "GET", registration + "?passesUpdatedSince=%zz%00;=&&", "", nil, 200},
		{"list of an unknown device", "GET", strings.Replace(registration, "d1", "nobody", 1), "", nil, 204},
		{"list of an impossible device", "GET", "/v1/devices/a%2Fb/registrations/" + passType, "", nil, 204},
		{"list of an unknown pass type", "GET", "/v1/devices/d1/registrations/pass.other", "", nil, 204},
		{"unknown path", "GET", "/v1/nothing", "", nil, 404},
		{"dots in the path", "GET", "/v1/passes/../log", "", nil, 401},
		{"wrong method", "PUT", latest, "", nil, 405},
		{"OPTIONS", "OPTIONS", "/v1/log", "", nil, 405},
	} {
		got := request(w.web, c.method, c.target, c.body, c.headers...)
		if got.Code != c.want {
			t.Errorf("%s: %d, want %d", c.name, got.Code, c.want)
		}
		if got.Code == http.StatusMethodNotAllowed && got.Header().Get("Allow") == "" {
			t.Errorf("%s: 405 without Allow", c.name)
		}
		if c.method == http.MethodHead && got.Body.Len() != 0 {
			t.Errorf("%s: %d bytes of body", c.name, got.Body.Len())
		}
	}
	if log := w.log.String(); strings.Contains(log, auth[len("ApplePass "):]) {
		t.Error("a token came into the log")
	}
}

func FuzzScenario23_Identifiers(f *testing.F) {
	if _, err := signing(); err != nil { // it takes a while, and an input may not
		f.Fatal(err)
	}
	for _, seed := range []string{"a", "%2e%2e", "a%2Fb", "..", "%00", "%", strings.Repeat("x", 500), "a?b=c", "ä", "__x__", "' OR 1=1"} {
		f.Add(seed, "d1")
		f.Add("a", seed)
	}
	var world *world
	f.Fuzz(func(t *testing.T, serial, device string) {
		if world == nil {
			world = newWorld(t)
			world.issued("a", 1)
		}
		w := world
		for _, path := range []string{
			"/v1/passes/" + passType + "/" + serial,
			"/v1/devices/" + device + "/registrations/" + passType + "/" + serial,
			"/v1/devices/" + device + "/registrations/" + serial,
			"/install/" + serial,
		} {
			u, err := url.ParseRequestURI(strings.ReplaceAll(path, " ", "%20"))
			if err != nil {
				continue // a server never sees it
			}
			for _, method := range []string{"GET", "POST", "DELETE"} {
				h := w.web
				if strings.HasPrefix(path, "/install/") {
					h = w.install
				}
				r := (&http.Request{Method: method, URL: u, Header: http.Header{"Authorization": {w.auth("a")}}, Body: io.NopCloser(strings.NewReader(`{"pushToken":"0a"}`))}).WithContext(context.Background())
				answer := &statusOnly{}
				h.ServeHTTP(answer, r)
				if answer.status >= 500 {
					t.Errorf("%s %s: %d", method, path, answer.status)
				}
			}
		}
	})
}

type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header {
	if s.header == nil {
		s.header = make(http.Header)
	}
	return s.header
}
func (s *statusOnly) WriteHeader(status int) { s.status = status }
func (s *statusOnly) Write(b []byte) (int, error) {
	return len(b), nil
}

func TestScenario24_TenThousandDevicesReturn(t *testing.T) {
	if testing.Short() {
		t.Skip("10 000 devices take some seconds")
	}
	w := newWorld(t)
	w.issued("a", 1)
	const devices = 10_000
	phones := make([]*iphone.Phone, devices)
	for i := range phones {
		phones[i] = w.phone()
		path := "/v1/devices/" + phones[i].DeviceLibraryIdentifier() + "/registrations/" + passType + "/a"
		if got := request(w.web, "POST", path, `{"pushToken":"`+phones[i].PushToken()+`"}`, "Authorization", w.auth("a")); got.Code != 201 {
			t.Fatalf("device %d: %d", i, got.Code)
		}
	}
	w.take(wallet.TopicPassPackaged) // what each registration earned is not the point here
	w.put("a", 2)
	w.settle()
	if got := len(w.apns.pushes()); got != devices {
		t.Fatalf("%d pushes", got)
	}
	var returning sync.WaitGroup
	next := make(chan *iphone.Phone)
	for range 16 {
		returning.Go(func() {
			for p := range next {
				path := "/v1/devices/" + p.DeviceLibraryIdentifier() + "/registrations/" + passType
				if got := request(w.web, "GET", path, ""); got.Code != 200 {
					t.Errorf("list: %d", got.Code)
				}
				if got := request(w.web, "GET", "/v1/passes/"+passType+"/a", "", "Authorization", w.auth("a")); got.Code != 200 {
					t.Errorf("latest: %d", got.Code)
				}
			}
		})
	}
	for _, p := range phones {
		next <- p
	}
	close(next)
	returning.Wait()
}

// counted counts what reaches the store and the bucket, and can be told to fail.
type counted struct {
	*inmem.Store
	*inmem.Bucket
	mu                    sync.Mutex
	reads, writes, opened int
	down                  bool
}

var errDown = errors.New("the store is down")

func (c *counted) count(n *int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	*n++
	if c.down {
		return errDown
	}
	return nil
}

func (c *counted) Device(ctx context.Context, id wallet.DeviceID) (wallet.Device, error) {
	if err := c.count(&c.reads); err != nil {
		return wallet.Device{}, err
	}
	return c.Store.Device(ctx, id)
}

func (c *counted) CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error) {
	if err := c.count(&c.reads); err != nil {
		return 0, err
	}
	return c.Store.CountDevices(ctx, id, shard, limit)
}

func (c *counted) SaveDevice(ctx context.Context, d wallet.Device) (wallet.Revision, error) {
	if err := c.count(&c.writes); err != nil {
		return 0, err
	}
	return c.Store.SaveDevice(ctx, d)
}

func (c *counted) CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	if err := c.count(&c.reads); err != nil {
		return wallet.CurrentPackage{}, err
	}
	return c.Store.CurrentPackage(ctx, id)
}

func (c *counted) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if err := c.count(&c.opened); err != nil {
		return nil, 0, err
	}
	return c.Bucket.Open(ctx, name)
}

func (c *counted) RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error] {
	return c.Store.RegisteredDevices(ctx, id, shard)
}

var (
	_ web.Store       = (*counted)(nil)
	_ register.Events = (*world)(nil)
)

// countedWeb is the web service of a world over a counting store.
func countedWeb(w *world) (http.Handler, *counted) {
	c := &counted{Store: w.store, Bucket: w.bucket}
	return web.New(web.Parts{Store: c, Bucket: c, Events: w, Keys: w.keys, Log: discard, Now: w.clock}), c
}

func TestEachCallCostsWhatItMust(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	h, c := countedWeb(w)
	modified := w.pkg("a").LastModified.Format(http.TimeFormat)
	for _, call := range []struct {
		name, method, target, body, authorization, since string
		reads, writes, opened, status                    int
	}{
		{"register, which counts the pass's devices", "POST", registration + "/a", `{"pushToken":"0a"}`, w.auth("a"), "", 2, 1, 0, 201},
		{"register again", "POST", registration + "/a", `{"pushToken":"0a"}`, w.auth("a"), "", 1, 1, 0, 200},
		{"list, which notes that the device was told", "GET", registration, "", "", "", 1, 1, 0, 200},
		{"list again", "GET", registration, "", "", "", 1, 0, 0, 200},
		{"latest, 304", "GET", "/v1/passes/" + passType + "/a", "", w.auth("a"), modified, 1, 0, 0, 304},
		{"latest", "GET", "/v1/passes/" + passType + "/a", "", w.auth("a"), "", 1, 0, 1, 200},
		{"a stranger", "GET", "/v1/passes/" + passType + "/a", "", w.auth("b"), "", 0, 0, 0, 401},
		{"a stranger's registration", "POST", registration + "/a", `{"pushToken":"0a"}`, w.auth("b"), "", 0, 0, 0, 401},
		{"nobody", "DELETE", registration + "/a", "", "", "", 0, 0, 0, 401},
		{"unregister", "DELETE", registration + "/a", "", w.auth("a"), "", 1, 1, 0, 200},
		{"unregister again", "DELETE", registration + "/a", "", w.auth("a"), "", 1, 0, 0, 200},
		{"list of nobody", "GET", registration, "", "", "", 1, 0, 0, 204},
	} {
		c.reads, c.writes, c.opened = 0, 0, 0
		got := request(h, call.method, call.target, call.body, "Authorization", call.authorization, "If-Modified-Since", call.since)
		if got.Code != call.status || c.reads != call.reads || c.writes != call.writes || c.opened != call.opened {
			t.Errorf("%s: status %d, %d reads, %d writes, %d objects; want %d, %d, %d, %d", call.name,
				got.Code, c.reads, c.writes, c.opened, call.status, call.reads, call.writes, call.opened)
		}
	}
}

func TestOutageIsAnErrorWithoutDetail(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	h, c := countedWeb(w)
	c.down = true
	for _, call := range []struct{ method, target string }{
		{"POST", registration + "/a"}, {"DELETE", registration + "/a"}, {"GET", registration}, {"GET", "/v1/passes/" + passType + "/a"},
	} {
		got := request(h, call.method, call.target, `{"pushToken":"0a"}`, "Authorization", w.auth("a"))
		if got.Code != http.StatusInternalServerError || got.Body.Len() != 0 {
			t.Errorf("%s %s: %d %q", call.method, call.target, got.Code, got.Body)
		}
	}
}

func TestPromise3_ImportedTokenIsReadOnceAndComparedWhole(t *testing.T) {
	w := newWorld(t)
	w.issued("a", 1)
	pkg := w.pkg("a").Same()
	pkg.AuthenticationToken = wallet.NewAuthenticationToken("imported-from-elsewhere-0123456789")
	if _, err := w.store.SavePackage(t.Context(), pkg); err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]int{
		"imported-from-elsewhere-0123456789": 200, "imported-from-elsewhere-012345678": 401, "imported-from-elsewhere-01234567890": 401, "x": 401,
	} {
		if got := request(w.web, "GET", "/v1/passes/"+passType+"/a", "", "Authorization", "ApplePass "+token); got.Code != want {
			t.Errorf("token %q: %d, want %d", token, got.Code, want)
		}
	}
	if got := request(w.web, "GET", "/v1/passes/"+passType+"/b", "", "Authorization", "ApplePass x"); got.Code != 401 {
		t.Errorf("a pass without an imported token: %d", got.Code)
	}
}

func TestScenario25_CertificateNearItsEnd(t *testing.T) { // P-50, CRT-7
	for _, c := range []struct {
		left   time.Duration
		signed bool
		days   int // that the sweep says, for the alerts
	}{{60 * 24 * time.Hour, true, 60}, {44 * 24 * time.Hour, true, 44}, {25 * time.Hour, true, 1}, {23 * time.Hour, false, 0}, {-time.Hour, false, 0}} {
		w := newWorld(t)
		s, err := signing()
		if err != nil {
			t.Fatal(err)
		}
		w.now = s.identity.NotAfter().Add(-c.left)
		w.put("a", 1)
		err = w.deliver(w.take(wallet.TopicPassChanged)[0])
		if signed := err == nil && w.pkg("a").Version == 1; signed != c.signed {
			t.Errorf("%v before the end: signed %v, %v", c.left, signed, err)
		}
		if err != nil && !strings.Contains(err.Error(), "expire") {
			t.Errorf("%v before the end: the error does not say why: %v", c.left, err)
		}
		request(w.sweep, http.MethodPost, "/", "")
		if line := fmt.Sprintf("msg=certificate passTypeIdentifier=%s days=%d\n", passType, c.days); !strings.Contains(w.log.String(), line) {
			t.Errorf("%v before the end: the log does not say %q", c.left, line)
		}
	}
}

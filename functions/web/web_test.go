package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/web"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

var (
	card = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "card-1"}
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

// A bus keeps what is announced.
type bus []wallet.PassPackaged

func (b *bus) PassPackaged(_ context.Context, e wallet.PassPackaged) error {
	*b = append(*b, e)
	return nil
}

// A service is the whole web service, and a pass with a package.
type service struct {
	http.Handler
	bus           bus
	log           strings.Builder
	authorization string
}

func newService(t *testing.T) *service {
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	check(t, err)
	token, err := keys.AuthenticationToken(1, card)
	check(t, err)
	store, bucket := inmem.NewStore(), inmem.NewBucket()
	pkg := wallet.CurrentPackage{ID: card}.Next(noon)
	pkg.Object = "packages/1"
	check(t, bucket.Create(t.Context(), pkg.Object, []byte("a package")))
	_, err = store.SavePackage(t.Context(), pkg)
	check(t, err)
	s := &service{authorization: "ApplePass " + token.Reveal()}
	s.Handler = web.New(web.Parts{
		Store: store, Bucket: bucket, Events: &s.bus, Keys: keys, Log: slog.New(slog.NewTextHandler(&s.log, nil)), Now: func() time.Time { return noon },
	})
	return s
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *service) call(h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", s.authorization)
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	return answer
}

// What a phone asks for, in Apple's order: each request reaches its own handler, and all of them the same records.
func TestEveryEndpointIsMounted(t *testing.T) {
	s := newService(t)
	const device = "/v1/devices/phone-1/registrations/pass.com.example.loyalty"
	for _, c := range []struct {
		name, method, target, body string
		status                     int
		says                       string
	}{
		{"list of nobody", "GET", device, "", 204, ""},
		{"register", "POST", device + "/card-1", `{"pushToken":"0a0a"}`, 201, ""},
		{"list", "GET", device, "", 200, `{"serialNumbers":["card-1"]`},
		{"latest", "GET", "/v1/passes/" + card.String(), "", 200, "a package"},
		{"log", "POST", "/v1/log", `{"logs":["a line of the phone"]}`, 200, ""},
		{"unregister", "DELETE", device + "/card-1", "", 200, ""},
		{"list of nobody again", "GET", device, "", 204, ""},
	} {
		if got := s.call(s, c.method, c.target, c.body); got.Code != c.status || !strings.HasPrefix(got.Body.String(), c.says) {
			t.Errorf("%s: %d %s, want %d %s", c.name, got.Code, got.Body, c.status, c.says)
		}
	}
	if want := (bus{{PassID: card, DeviceLibraryIdentifier: "phone-1"}}); !slices.Equal(s.bus, want) {
		t.Errorf("announced %v, want %v", s.bus, want)
	}
	if !strings.Contains(s.log.String(), "a line of the phone") {
		t.Errorf("the phone's line is not in the log: %s", &s.log)
	}
}

var apples = []webservice.Route{
	webservice.RegisterDevice, webservice.UnregisterDevice, webservice.ListUpdatablePasses, webservice.LatestPass, webservice.LogMessages,
}

// Behind one address nothing is answered that the functions would not answer one by one, and what none of them takes is
// refused in the same way.
func TestNothingElseIsMounted(t *testing.T) {
	s := newService(t)
	var paths []string
	for _, r := range append(apples, webservice.InstallPass) {
		paths = append(paths, r.Path)
	}
	paths = append(paths, "/", "/v1", "/v1/passes", "/v1/devices/d/registrations", "/v1/passes/p/s/personalize", "/v1/log/x",
		"/issuer/v1/passes/p/s", "/local/pushes", "/v2/log", "/healthz")
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			wantStatus, allowed := http.StatusNotFound, []string(nil)
			for _, route := range apples { // the function of this route, alone
				alone := s.call(webservice.NewRouter(slog.New(slog.DiscardHandler)).Handle(route, taken), method, path, "")
				if alone.Code == http.StatusMethodNotAllowed && wantStatus == http.StatusNotFound || alone.Code == http.StatusTeapot {
					wantStatus = alone.Code
				}
				if allow := alone.Header().Get("Allow"); allow != "" {
					allowed = append(allowed, allow)
				}
			}
			got := s.call(s, method, path, "")
			if wantStatus == http.StatusTeapot {
				if got.Code == http.StatusNotFound || got.Code == http.StatusMethodNotAllowed {
					t.Errorf("%s %s: %d, though a function takes it", method, path, got.Code)
				}
				continue
			}
			if allow := got.Header().Get("Allow"); got.Code != wantStatus || allow != strings.Join(allowed, ", ") || got.Body.Len() != 0 {
				t.Errorf("%s %s: %d, Allow %q, %q; want %d, Allow %q", method, path, got.Code, allow, got.Body, wantStatus, fmt.Sprint(allowed))
			}
		}
	}
}

// Sign-ups are answered only where there is what to sign with; everywhere else there is no such endpoint.
func TestSignUpsNeedWhatToSignWith(t *testing.T) {
	s := newService(t)
	path := "/v1/passes/" + card.String() + "/personalize"
	if got := s.call(s, "POST", path, ""); got.Code != 404 {
		t.Errorf("with nothing to sign with: %d", got.Code)
	}
	h := web.New(web.Parts{Store: inmem.NewStore(), Bucket: inmem.NewBucket(), Events: &s.bus, Log: slog.New(slog.DiscardHandler), Personalize: taken})
	if got := s.call(h, "POST", path, ""); got.Code != http.StatusTeapot {
		t.Errorf("with something: %d", got.Code)
	}
	if got := s.call(h, "GET", path, ""); got.Code != 405 || got.Header().Get("Allow") != "POST" {
		t.Errorf("another method: %d, Allow %q", got.Code, got.Header().Get("Allow"))
	}
}

// taken answers with a status that no endpoint has.
func taken(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusTeapot)
	return nil
}

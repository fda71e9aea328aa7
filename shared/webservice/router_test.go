package webservice_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

var silent = slog.New(slog.DiscardHandler)

// apple serves Apple's routes and the install link. Each answers 200 with the names that it found in its path.
func apple(log *slog.Logger) *webservice.Router {
	router := webservice.NewRouter(log)
	for _, route := range []webservice.Route{
		webservice.RegisterDevice, webservice.UnregisterDevice, webservice.ListUpdatablePasses, webservice.LatestPass,
		webservice.LogMessages, webservice.InstallPass,
	} {
		router.Handle(route, func(w http.ResponseWriter, r *http.Request) error {
			var found []string
			for _, name := range []string{"deviceLibraryIdentifier", "passTypeIdentifier", "serialNumber", "token"} {
				if value := r.PathValue(name); value != "" {
					found = append(found, fmt.Sprintf("%s=%s", name, value))
				}
			}
			_, err := fmt.Fprintf(w, "%s %s %s", route.Method, route.Path, strings.Join(found, " "))
			return err
		})
	}
	return router
}

func call(h http.Handler, method, target string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, httptest.NewRequest(method, target, nil))
	return recorder
}

const (
	registration = "/v1/devices/dev-1/registrations/pass.com.example/card-1"
	latest       = "/v1/passes/pass.com.example/card-1"
)

func TestRoutes(t *testing.T) { // WS-1, WS-2, WS-5, WS-13, P-22, P-47
	pass := " passTypeIdentifier=pass.com.example serialNumber="
	for _, c := range []struct{ name, method, target, want string }{
		{"register", "POST", registration, "POST " + webservice.RegisterDevice.Path + " deviceLibraryIdentifier=dev-1" + pass + "card-1"},
		{"unregister", "DELETE", registration, "DELETE " + webservice.UnregisterDevice.Path + " deviceLibraryIdentifier=dev-1" + pass + "card-1"},
		{"list", "GET", "/v1/devices/dev-1/registrations/pass.com.example?passesUpdatedSince=a.1",
			"GET " + webservice.ListUpdatablePasses.Path + " deviceLibraryIdentifier=dev-1 passTypeIdentifier=pass.com.example"},
		{"latest", "GET", latest, "GET " + webservice.LatestPass.Path + pass + "card-1"},
		{"log", "POST", "/v1/log", "POST /v1/log "},
		{"install", "GET", "/install/abc.pkpass", "GET /install/{token} token=abc.pkpass"},
		{"a trailing slash", "GET", latest + "/", "GET " + webservice.LatestPass.Path + pass + "card-1"},
		{"doubled slashes", "GET", "//v1//passes///pass.com.example//card-1//", "GET " + webservice.LatestPass.Path + pass + "card-1"},
		{"v1 twice", "GET", "/v1/v1/passes/pass.com.example/card-1", "GET " + webservice.LatestPass.Path + pass + "card-1"},
		{"v1 three times and slashes", "POST", "/v1//v1/v1/log/", "POST /v1/log "},
		{"v1 as a serial number", "GET", "/v1/v1/passes/v1/v1", "GET " + webservice.LatestPass.Path + " passTypeIdentifier=v1 serialNumber=v1"},
		{"an escaped slash stays inside", "GET", "/v1/passes/pass.com.example/a%2Fb", "GET " + webservice.LatestPass.Path + pass + "a/b"},
		{"decoded once", "GET", "/v1/passes/pass.com.example/a%252Fb", "GET " + webservice.LatestPass.Path + pass + "a%2Fb"},
		{"an escaped percent sign", "GET", "/v1/passes/pass.com.example/100%25", "GET " + webservice.LatestPass.Path + pass + "100%"},
		{"an escaped dot", "GET", "/v1/passes/pass.com.example/card%2D1", "GET " + webservice.LatestPass.Path + pass + "card-1"},
		{"escaped dots are a name", "GET", "/v1/passes/pass.com.example/%2E%2E", "GET " + webservice.LatestPass.Path + pass + ".."},
		{"a plus is a plus", "GET", "/v1/passes/pass.com.example/a+b", "GET " + webservice.LatestPass.Path + pass + "a+b"},
		{"HEAD is GET", "HEAD", latest, "GET " + webservice.LatestPass.Path + pass + "card-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := call(apple(silent), c.method, c.target)
			if got.Code != http.StatusOK || got.Body.String() != c.want {
				t.Errorf("%d %q, want %q", got.Code, got.Body, c.want)
			}
		})
	}
}

func TestUnknownPathsAndWrongMethods(t *testing.T) {
	for _, c := range []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", "/", 404, ""},
		{"GET", "/v1", 404, ""},
		{"GET", "/v2/passes/pass.com.example/card-1", 404, ""},
		{"GET", "/v1/passes/pass.com.example", 404, ""},
		{"GET", latest + "/more", 404, ""},
		{"GET", "/v1/passes//card-1", 404, ""},
		{"POST", "/V1/log", 404, ""},
		{"GET", "/v1/../v1/passes/pass.com.example/card-1", 404, ""},
		{"OPTIONS", "*", 404, ""},
		{"GET", "/v1/log", 405, "POST"},
		{"HEAD", "/v1/log", 405, "POST"},
		{"PUT", latest, 405, "GET, HEAD"},
		{"OPTIONS", latest, 405, "GET, HEAD"},
		{"GET", registration, 405, "POST, DELETE"},
		{"get", latest, 405, "GET, HEAD"},
	} {
		got := call(apple(silent), c.method, c.target)
		if got.Code != c.status || got.Header().Get("Allow") != c.allow || got.Body.Len() != 0 {
			t.Errorf("%s %s: %d, Allow %q, body %q; want %d, %q and no body",
				c.method, c.target, got.Code, got.Header().Get("Allow"), got.Body, c.status, c.allow)
		}
	}
}

func TestHeadIsNotOfferedTwice(t *testing.T) {
	router := apple(silent).Handle(webservice.Route{Method: "HEAD", Path: "/v1/log"}, func(http.ResponseWriter, *http.Request) error { return nil })
	if got := call(router, "PUT", "/v1/log").Header().Get("Allow"); got != "POST, HEAD" {
		t.Errorf("Allow %q", got)
	}
}

func TestAFailureIsAStatusAndNothingElse(t *testing.T) {
	router := webservice.NewRouter(silent).Handle(webservice.LatestPass, func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("latest: secret detail: %w", wallet.ErrUnauthorized)
	})
	got := call(router, "GET", latest)
	if got.Code != http.StatusUnauthorized || got.Body.Len() != 0 || got.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %q, Cache-Control %q", got.Code, got.Body, got.Header().Get("Cache-Control"))
	}
}

// onlyOnce fails a test in which a second status is written.
type onlyOnce struct {
	*httptest.ResponseRecorder
	t      *testing.T
	status int
}

func (w *onlyOnce) WriteHeader(status int) {
	if w.status != 0 {
		w.t.Errorf("status %d after %d", status, w.status)
	}
	w.status = status
	w.ResponseRecorder.WriteHeader(status)
}

func TestAFailureAfterTheAnswerBeganAddsNothing(t *testing.T) {
	for name, begin := range map[string]func(http.ResponseWriter){
		"after the status":     func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
		"after the first byte": func(w http.ResponseWriter) { fmt.Fprint(w, "PK") },
	} {
		for kind, router := range map[string]*webservice.Router{
			"device": webservice.NewRouter(silent), "issuer": webservice.NewIssuerRouter(silent),
		} {
			t.Run(name+" to a "+kind, func(t *testing.T) {
				router.Handle(webservice.LatestPass, func(w http.ResponseWriter, _ *http.Request) error {
					begin(w)
					return errors.New("the bucket went away")
				})
				w := &onlyOnce{ResponseRecorder: httptest.NewRecorder(), t: t}
				router.ServeHTTP(w, httptest.NewRequest("GET", latest, nil))
				if w.Code != http.StatusOK || len(w.Header()) > 1 || strings.Contains(w.Body.String(), "{") {
					t.Errorf("%d %v %q", w.Code, w.Header(), w.Body)
				}
			})
		}
	}
}

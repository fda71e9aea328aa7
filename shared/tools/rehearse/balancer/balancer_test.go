package balancer_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"walletpasses.example/server/shared/tools/deployment"
	"walletpasses.example/server/shared/tools/rehearse/balancer"
)

// named is a backend that answers with its name and the path that it got.
func named(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, name+" "+r.RequestURI) })
}

func backends(names ...string) map[string]http.Handler {
	handlers := make(map[string]http.Handler)
	for _, name := range names {
		handlers[name] = named(name)
	}
	return handlers
}

// The routes as they are deployed, with what devices send, rightly and wrongly.
func TestDeployedRoutes(t *testing.T) {
	deployed, err := deployment.Read(os.DirFS("../../../../terraform"))
	if err != nil {
		t.Fatal(err)
	}
	all := backends("register", "unregister", "updatable", "latest", "personalize", "devicelog", "install")
	b, err := balancer.New(deployed.Routes, all, named("web"))
	if err != nil {
		t.Fatal(err)
	}
	const registration = "/v1/devices/d1/registrations/pass.com.example.loyalty"
	for _, test := range []struct{ method, target, want string }{
		{"POST", registration + "/card-1", "register"},
		{"DELETE", registration + "/card-1", "unregister"},
		{"GET", registration + "/card-1", "web"},
		{"GET", registration, "updatable"},
		{"GET", registration + "?passesUpdatedSince=a.1", "updatable"},
		{"HEAD", registration, "web"},
		{"GET", registration + "/", "web"},
		{"GET", "/v1/devices//registrations/pass.com.example.loyalty", "web"},
		{"GET", "/v1/passes/pass.com.example.loyalty/card-1", "latest"},
		{"GET", "/v1/passes/pass.com.example.loyalty/card%2F1", "latest"},
		{"POST", "/v1/passes/pass.com.example.loyalty/card-1/personalize", "personalize"},
		{"GET", "/v1/passes/pass.com.example.loyalty/card-1/personalize", "web"},
		{"GET", "/v1/v1/passes/pass.com.example.loyalty/card-1", "web"},
		{"GET", "//v1/passes/pass.com.example.loyalty/card-1", "web"},
		{"POST", "/v1/log", "devicelog"},
		{"PUT", "/v1/log", "web"},
		{"GET", "/install/abc", "install"},
		{"HEAD", "/install/abc", "install"},
		{"GET", "/install/", "web"},
		{"GET", "/", "web"},
	} {
		answer := httptest.NewRecorder()
		b.ServeHTTP(answer, httptest.NewRequest(test.method, "https://passes.example.com"+test.target, nil))
		if want := test.want + " https://passes.example.com" + test.target; answer.Body.String() != want {
			t.Errorf("%s %s: %q, want %q", test.method, test.target, answer.Body, want)
		}
	}
}

func TestTheFirstRouteWins(t *testing.T) {
	b, err := balancer.New([]deployment.Route{
		{Priority: 1, Path: "/a/b", Function: "first"},
		{Priority: 2, Path: "/a/*", Function: "second"},
	}, backends("first", "second"), named("web"))
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{"/a/b": "first", "/a/c": "second", "/axb": "web"} {
		answer := httptest.NewRecorder()
		b.ServeHTTP(answer, httptest.NewRequest("GET", target, nil))
		if got, _, _ := strings.Cut(answer.Body.String(), " "); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
}

func TestRoutesRefused(t *testing.T) {
	for name, route := range map[string]deployment.Route{
		"no slash":            {Path: "v1/log", Function: "web"},
		"part of a segment":   {Path: "/v1/{name=*}.pkpass", Function: "web"},
		"an unclosed name":    {Path: "/v1/{name=*", Function: "web"},
		"an empty segment":    {Path: "/v1//log", Function: "web"},
		"a name without star": {Path: "/v1/{name}", Function: "web"},
		"the rest of a path":  {Path: "/v1/**", Function: "web"},
		"an unknown function": {Path: "/v1/log", Function: "logs"},
	} {
		if _, err := balancer.New([]deployment.Route{route}, backends("web"), named("web")); err == nil {
			t.Errorf("%s: %+v is taken", name, route)
		}
	}
}

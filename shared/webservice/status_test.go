package webservice_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// twoFindings are an error and a warning.
func twoFindings() wallet.Findings {
	var findings wallet.Findings
	findings.Errorf("/data/points", "TPL-MISSING", "the template needs <points> & more")
	findings.Warnf("/data/pointz", "TPL-UNUSED", "the template has no such placeholder")
	return findings
}

var kinds = []struct {
	name   string
	err    error
	status int
}{
	{"invalid", wallet.ErrInvalid, 400},
	{"unauthorized", wallet.ErrUnauthorized, 401},
	{"not found", wallet.ErrNotFound, 404},
	{"done", wallet.ErrDone, 409},
	{"precondition", wallet.ErrPrecondition, 412},
	{"too large", wallet.ErrTooLarge, 413},
	{"too many", wallet.ErrTooMany, 429},
	{"media type", wallet.ErrMediaType, 415},
	{"findings", twoFindings(), 422},
	{"an unknown template", &template.UnknownError{Name: "nothing"}, 422},
	{"exists", wallet.ErrExists, 500}, // never an answer: objects are named by us
	{"unknown", io.ErrUnexpectedEOF, 500},
	{"not ready", wallet.ErrNotReady, 503},
	{"conflict", wallet.ErrConflict, 503},
	{"unavailable", wallet.ErrUnavailable, 503},
	{"out of time", context.DeadlineExceeded, 503},
	{"left", context.Canceled, 503},
}

func TestStatusOfEachKind(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			for form, err := range map[string]error{
				"plain":   kind.err,
				"wrapped": fmt.Errorf("put pass.com.example/card-1: %w", fmt.Errorf("write: %w", kind.err)),
				"joined":  errors.Join(errors.New("something else"), kind.err),
			} {
				if got := webservice.Status(err); got != kind.status {
					t.Errorf("%s: %d, want %d", form, got, kind.status)
				}
			}
		})
	}
}

// failing answers GET /v1/log with what a router makes of an error.
func failing(router *webservice.Router, err error) *httptest.ResponseRecorder {
	router.Handle(webservice.Route{Method: "GET", Path: "/v1/log"}, func(http.ResponseWriter, *http.Request) error { return err })
	return call(router, "GET", "/v1/log")
}

func TestFailuresAsDevicesAndIssuersSeeThem(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			device := failing(webservice.NewRouter(silent), kind.err)
			issuer := failing(webservice.NewIssuerRouter(silent), kind.err)
			if device.Code != kind.status || issuer.Code != kind.status {
				t.Errorf("device %d, issuer %d; want %d", device.Code, issuer.Code, kind.status)
			}
			if device.Body.Len() != 0 {
				t.Errorf("a device is told %q", device.Body)
			}
			retry := map[int]string{429: "86400", 503: "1"}[kind.status]
			for _, answer := range []*httptest.ResponseRecorder{device, issuer} {
				if h := answer.Header(); h.Get("Retry-After") != retry || h.Get("Cache-Control") != "no-store" {
					t.Errorf("headers %v", h)
				}
			}
		})
	}
}

func TestErrorsOfOursHaveNoDetail(t *testing.T) {
	detail := "dial tcp 10.0.0.7:443: connection refused"
	for _, err := range []error{errors.New(detail), fmt.Errorf("%w: %s", wallet.ErrConflict, detail), fmt.Errorf("%w: %s", wallet.ErrExists, detail)} {
		for _, router := range []*webservice.Router{webservice.NewRouter(silent), webservice.NewIssuerRouter(silent)} {
			if got := failing(router, err); got.Code < 500 || strings.Contains(got.Body.String(), "10.0.0.7") {
				t.Errorf("%d %s", got.Code, got.Body)
			}
		}
	}
}

// members returns the names of a problem document's members and their values.
func members(t *testing.T, answer *httptest.ResponseRecorder) (names []string, values map[string]any) {
	t.Helper()
	if got := answer.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %s", got)
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &values); err != nil {
		t.Fatalf("%q: %v", answer.Body, err)
	}
	return slices.Sorted(maps.Keys(values)), values
}

// mending is what somebody has to mend first.
type mending struct{}

func (mending) Error() string                    { return "10.0.0.7 is broken" }
func (mending) Unwrap() error                    { return wallet.ErrNotReady }
func (mending) Waits() (string, wallet.Findings) { return "Mend it.", twoFindings() }

// https://www.rfc-editor.org/rfc/rfc9457: without a type, the title is the status's own phrase.
func TestProblemDocuments(t *testing.T) {
	t.Run("detail", func(t *testing.T) {
		names, p := members(t, failing(webservice.NewIssuerRouter(silent), fmt.Errorf("patch: %w: send <this>", wallet.ErrMediaType)))
		if !slices.Equal(names, []string{"detail", "status", "title"}) || p["title"] != "Unsupported Media Type" || p["status"] != 415.0 ||
			p["detail"] != "patch: unsupported type: send <this>" {
			t.Errorf("%v", p)
		}
	})
	t.Run("findings", func(t *testing.T) {
		answer := failing(webservice.NewIssuerRouter(silent), fmt.Errorf("put: %w", twoFindings()))
		names, p := members(t, answer)
		if !slices.Equal(names, []string{"detail", "findings", "status", "title"}) || p["title"] != "Unprocessable Entity" || p["status"] != 422.0 {
			t.Errorf("%v", p)
		}
		var body struct{ Findings wallet.Findings }
		if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil || !slices.Equal(body.Findings, twoFindings()) {
			t.Errorf("findings %v, %v", body.Findings, err)
		}
		if !strings.Contains(answer.Body.String(), `{"path":"/data/points","rule":"TPL-MISSING","severity":"error","message":"the template needs <points> & more"}`) {
			t.Errorf("a finding is written as %s", answer.Body)
		}
	})
	t.Run("what to wait for", func(t *testing.T) {
		err := fmt.Errorf("put: %w", mending{})
		names, p := members(t, failing(webservice.NewIssuerRouter(silent), err))
		if !slices.Equal(names, []string{"detail", "findings", "status", "title"}) || p["status"] != 503.0 || p["detail"] != "Mend it." {
			t.Errorf("%v", p)
		}
		if device := failing(webservice.NewRouter(silent), err); device.Code != 503 || device.Body.Len() > 0 {
			t.Errorf("a device is told %d %q", device.Code, device.Body)
		}
	})
	t.Run("unknown path", func(t *testing.T) {
		if _, p := members(t, call(webservice.NewIssuerRouter(silent), "GET", "/x")); p["title"] != "Not Found" || p["status"] != 404.0 {
			t.Errorf("%v", p)
		}
	})
	t.Run("wrong method", func(t *testing.T) {
		router := webservice.NewIssuerRouter(silent).Handle(webservice.LogMessages, nil)
		answer := call(router, "PUT", "/v1/log")
		if _, p := members(t, answer); p["status"] != 405.0 || answer.Header().Get("Allow") != "POST" {
			t.Errorf("%v, Allow %q", p, answer.Header().Get("Allow"))
		}
	})
	t.Run("ours", func(t *testing.T) {
		if names, p := members(t, failing(webservice.NewIssuerRouter(silent), io.ErrNoProgress)); !slices.Equal(names, []string{"status", "title"}) {
			t.Errorf("%v", p)
		}
	})
}

func TestWriteJSON(t *testing.T) {
	recorder := httptest.NewRecorder()
	if err := webservice.WriteJSON(recorder, http.StatusCreated, map[string]string{"lastUpdated": "a.1"}); err != nil {
		t.Fatal(err)
	}
	if h := recorder.Header(); recorder.Code != 201 || recorder.Body.String() != "{\"lastUpdated\":\"a.1\"}\n" ||
		h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v %q", recorder.Code, h, recorder.Body)
	}
	unwritten := &onlyOnce{ResponseRecorder: httptest.NewRecorder(), t: t}
	if err := webservice.WriteJSON(unwritten, http.StatusOK, make(chan int)); err == nil || unwritten.status != 0 {
		t.Errorf("what is not JSON: %v, status %d", err, unwritten.status)
	}
}

func TestMediaType(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "application/json": "application/json", "Application/JSON ; charset=utf-8": "application/json", " text/plain": "text/plain",
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Content-Type", header)
		if got := webservice.MediaType(r); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

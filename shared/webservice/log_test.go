package webservice_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// records parses what a JSON logger wrote, one record a line.
func records(t *testing.T, log *bytes.Buffer) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(log.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%q is no record: %v", line, err)
		}
		all = append(all, record)
	}
	return all
}

func TestEachRequestIsOneRecord(t *testing.T) {
	for _, c := range []struct {
		name         string
		err          error
		level, route string
		status       float64
	}{
		{"answered", nil, "INFO", webservice.LatestPass.Path, 200},
		{"refused", wallet.ErrUnauthorized, "INFO", webservice.LatestPass.Path, 401},
		{"not ready", wallet.ErrNotReady, "INFO", webservice.LatestPass.Path, 503},
		{"our fault", errors.New("broken"), "ERROR", webservice.LatestPass.Path, 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			router := webservice.NewRouter(slog.New(slog.NewJSONHandler(&log, nil))).
				Handle(webservice.LatestPass, func(w http.ResponseWriter, _ *http.Request) error {
					if c.err == nil {
						w.WriteHeader(http.StatusOK)
					}
					return c.err
				})
			call(router, "GET", latest)
			all := records(t, &log)
			if len(all) != 1 {
				t.Fatalf("%d records", len(all))
			}
			got := all[0]
			if got["level"] != c.level || got["method"] != "GET" || got["route"] != c.route || got["status"] != c.status || got["took"] == nil {
				t.Errorf("%v", got)
			}
			if (c.err != nil) != (got["error"] != nil) {
				t.Errorf("the error is logged as %v", got["error"])
			}
		})
	}
}

// P-46, WS-6: neither a name from the path nor a token of a header or body stands in the log.
func TestTheLogHoldsNoIdentifierAndNoToken(t *testing.T) {
	const secret = "s3cr3t"
	keys := tokenKeys(t)
	auth := webservice.Authenticator{Keys: keys, Packages: inmem.NewStore()}
	token, err := keys.AuthenticationToken(1, wallet.PassID{PassTypeIdentifier: "pass.com." + secret, SerialNumber: secret})
	if err != nil {
		t.Fatal(err)
	}
	handle := func(w http.ResponseWriter, r *http.Request) error {
		if _, err := auth.Authorize(r); err != nil {
			return err
		}
		if _, err := webservice.DeviceID(r); err != nil {
			return err
		}
		if _, err := webservice.PushToken(r); err != nil {
			return err
		}
		w.WriteHeader(http.StatusCreated)
		return nil
	}
	path := "/v1/devices/" + secret + "/registrations/pass.com." + secret + "/" + secret
	for _, c := range []struct {
		name, method, path, token, body string
		status                          int
	}{
		{"registered", "POST", path, token.Reveal(), `{"pushToken":"` + secret + `"}`, 201},
		{"no push token", "POST", path, token.Reveal(), `{"pushToken":{"` + secret + `":1}}`, 400},
		{"a bad device", "POST", strings.Replace(path, secret, secret+"%00", 1), token.Reveal(), "", 400},
		{"a wrong token", "POST", path, secret, "", 401},
		{"a bad serial number", "POST", path + "%2F", token.Reveal(), "", 401},
		{"a wrong method", "PUT", path, token.Reveal(), "", 405},
		{"an unknown path", "POST", path + "/" + secret, token.Reveal(), "", 404},
		{"a query", "POST", path + "?token=" + secret, token.Reveal(), `{"pushToken":"` + secret + `"}`, 201},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			router := webservice.NewRouter(slog.New(slog.NewJSONHandler(&log, nil))).Handle(webservice.RegisterDevice, handle)
			r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			r.Header.Set("Authorization", "ApplePass "+c.token)
			recorder := httptest.NewRecorder()
			router.ServeHTTP(recorder, r)
			if recorder.Code != c.status {
				t.Errorf("status %d, want %d", recorder.Code, c.status)
			}
			if text := log.String(); text == "" || strings.Contains(text, secret) || strings.Contains(text, token.Reveal()) {
				t.Errorf("the log says %q", text)
			}
		})
	}
}

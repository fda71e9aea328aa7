package updatable_test

import (
	"log/slog"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"walletpasses.example/server/functions/updatable"
	"walletpasses.example/server/shared/webservice"
)

// Whoever asks and with whatever query: the device gets what changed after its tag, or everything, and any other nothing. What
// it has presented is never taken back. The log shows no device.
func FuzzList(f *testing.F) {
	for _, seed := range []string{"", "passesUpdatedSince=e.1", "passesUpdatedSince=e.2", "passesUpdatedSince=e.3&passesUpdatedSince=e.1", "passesUpdatedSince=e.01",
		"passesUpdatedSince=%65%2E1", "passesUpdatedSince=f.2", "passesupdatedsince=e.2", "passesUpdatedSince=e.1;a=b", "%zz&passesUpdatedSince=e.1", "passesUpdatedSince=\xff", "a=%00&&="} {
		f.Add("phone-1", seed)
		f.Add("phone-2", seed)
	}
	f.Add("%70hone-1/", "")
	f.Add("phone-1/registrations/pass.com.example.other?", "")
	f.Add("phone-1/x/"+passType+"?", "")
	f.Add("a%2Fb", "")
	number := regexp.MustCompile(`^e\.([0-9]{1,18})$`)
	f.Fuzz(func(t *testing.T, device, query string) {
		u, err := url.ParseRequestURI("/v1/devices/" + device + "/registrations/" + passType)
		if err != nil {
			return // net/http answers these itself
		}
		u.RawQuery = query
		l := newList(t)
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.URL = u
		answer := httptest.NewRecorder()
		log := slog.New(slog.NewTextHandler(&l.log, nil))
		webservice.NewRouter(log).Handle(webservice.ListUpdatablePasses, updatable.New(l, log)).ServeHTTP(answer, r)

		if !namesPhone(u.EscapedPath()) {
			if answer.Code != 204 && answer.Code != 404 || answer.Body.Len() > 0 || l.saves > 0 {
				t.Errorf("%s: %d %s, %d writes", u, answer.Code, answer.Body, l.saves)
			}
			return
		}
		since := int64(-1)
		if match := number.FindStringSubmatch(u.Query().Get("passesUpdatedSince")); match != nil && (match[1] == "0" || match[1][0] != '0') {
			since, _ = strconv.ParseInt(match[1], 10, 64) // 18 digits fit
		}
		want := map[int64]string{-1: both, 0: both, 1: onlyB, 2: ""}
		body, ok := want[since]
		if !ok {
			body, since = both, -1 // from the future
		}
		if got := answer.Body.String(); got != body || (answer.Code == 200) != (body != "") || answer.Code != 200 && answer.Code != 204 {
			t.Errorf("%s: %d %s, want %s", u, answer.Code, got, body)
		}
		if got := l.record().Presented; got != max(since, 0) {
			t.Errorf("%s: presented %d", u, got)
		}
		if strings.Contains(l.log.String(), "phone-1") {
			t.Errorf("the log names the device: %s", &l.log)
		}
	})
}

// namesPhone reports the path of the device that is known, with slashes to spare.
func namesPhone(path string) bool {
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	if len(segments) != 5 || segments[3] != "registrations" {
		return false
	}
	device, deviceErr := url.PathUnescape(segments[2])
	asked, askedErr := url.PathUnescape(segments[4])
	return deviceErr == nil && askedErr == nil && device == "phone-1" && asked == passType
}

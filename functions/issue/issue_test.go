package issue_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/issue"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

const (
	path  = "/issuer/v1/passes/pass.com.example.loyalty/card-1"
	whole = `{"template": "points", "data": {"programName": "Bean Club", "organizationName": "Corner Roastery",
		"accountId": "C-1", "fullName": "Ada Example", "qrCodeLink": "https://example.com/c/1", "points": 80}}`
)

var (
	card  = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "card-1"}
	merge = []string{"Content-Type", "application/merge-patch+json"}
)

type fixture struct {
	t     *testing.T
	store *inmem.Store
	api   http.Handler
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	store := inmem.NewStore()
	return fixture{t, store, newAPI(t, store).Routes(slog.New(slog.DiscardHandler))}
}

func newAPI(t *testing.T, store interface {
	issue.Store
	document.Store
}) issue.API {
	t.Helper()
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	if err != nil {
		t.Fatal(err)
	}
	templates, err := template.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return issue.API{
		Store: store,
		Writer: document.Writer{Store: store, Renderer: document.Renderer{
			Templates: templates, Teams: map[string]string{card.PassTypeIdentifier: "TEAMID1234"}, Keys: keys, WebServiceURL: "https://passes.example.com",
		}},
		Links: wallet.InstallLinks{Keys: keys, BaseURL: "https://passes.example.com", Now: time.Now},
	}
}

// answer is what any answer of the API may hold.
type answer struct {
	status int
	header http.Header

	PassTypeIdentifier, SerialNumber, Revision, InstallURL string
	Voided                                                 bool
	Title, Detail                                          string
	Status                                                 int
	Findings                                               wallet.Findings
	Document                                               map[string]any
	Package                                                struct {
		Version int64
		Current bool
		Problem *struct{ Findings wallet.Findings }
	}
	Devices  map[string]int
	Phones   []struct{ Device, State, Why, Answer, NextPush string }
	Timeline []struct {
		Time                  time.Time
		Event, Device, Detail string
	}
}

func (f fixture) call(method, target, body string, headers ...string) answer {
	f.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	f.api.ServeHTTP(recorder, r)
	a := answer{status: recorder.Code, header: recorder.Header()}
	if err := json.Unmarshal(recorder.Body.Bytes(), &a); err != nil {
		f.t.Fatalf("%s %s: %d %q is not JSON: %v", method, target, recorder.Code, recorder.Body, err)
	}
	return a
}

func (f fixture) revision() wallet.Revision {
	f.t.Helper()
	doc, err := f.store.Document(f.t.Context(), card)
	if err != nil {
		f.t.Fatal(err)
	}
	return doc.Revision
}

func TestPutCreatesReplacesAndRepeats(t *testing.T) {
	f := newFixture(t)
	first := f.call("PUT", path, whole)
	if first.status != 201 || first.PassTypeIdentifier != card.PassTypeIdentifier || first.SerialNumber != card.SerialNumber ||
		first.Revision == "" || !strings.HasPrefix(first.InstallURL, "https://passes.example.com/install/") {
		t.Fatalf("created: %+v", first)
	}
	if got := first.header.Get("ETag"); got != `"`+first.Revision+`"` {
		t.Errorf("ETag %s for revision %s", got, first.Revision)
	}
	again := f.call("PUT", path, whole)
	if again.status != 200 || again.Revision != first.Revision {
		t.Errorf("the same again: %d, revision %s after %s", again.status, again.Revision, first.Revision)
	}
	other := f.call("PUT", path, strings.Replace(whole, "80", "81", 1))
	if other.status != 200 || other.Revision == first.Revision {
		t.Errorf("replaced: %d, revision %s after %s", other.status, other.Revision, first.Revision)
	}
}

func TestPatchMerges(t *testing.T) {
	f := newFixture(t)
	if got := f.call("PATCH", path, `{"data":{"points":120}}`, merge...); got.status != 404 {
		t.Errorf("of an absent pass: %d", got.status)
	}
	f.call("PUT", path, whole)
	if got := f.call("PATCH", path, `{"data":{"points":120}}`, merge...); got.status != 200 || got.Revision == "" {
		t.Errorf("%+v", got)
	}
	shown := f.call("GET", path, "")
	data := shown.Document["data"].(map[string]any)
	if data["points"] != 120.0 || data["fullName"] != "Ada Example" {
		t.Errorf("the document is %v", shown.Document)
	}
	if got := f.call("PATCH", path, `{"data":{"points":120}}`, "Content-Type", "application/json"); got.status != 415 {
		t.Errorf("of another media type: %d", got.status)
	}
	if got := f.call("PATCH", path, `{"data":{"points":120}}`, "Content-Type", "Application/Merge-Patch+JSON; charset=utf-8"); got.status != 200 {
		t.Errorf("with parameters: %d", got.status)
	}
}

func TestPatchNullDropsAnOverride(t *testing.T) {
	f := newFixture(t)
	f.call("PUT", path, strings.Replace(whole, `"data"`, `"pass": {"logoText": "Mine", "labelColor": null}, "data"`, 1))
	if pass := f.call("GET", path, "").Document["pass"].(map[string]any); len(pass) != 2 {
		t.Errorf("a PUT's null is not kept: %v", pass)
	}
	f.call("PATCH", path, `{"pass": {"logoText": null}}`, merge...)
	pass := f.call("GET", path, "").Document["pass"].(map[string]any)
	if _, there := pass["logoText"]; there {
		t.Errorf("the override is still there: %v", pass)
	}
}

func TestIfMatch(t *testing.T) {
	f := newFixture(t)
	if got := f.call("PUT", path, whole, "If-Match", "*"); got.status != 412 {
		t.Errorf("* on an absent pass: %d", got.status)
	}
	revision := f.call("PUT", path, whole).Revision
	changed := strings.Replace(whole, "80", "81", 1)
	for header, want := range map[string]int{`"1"`: 412, `"x"`: 412, revision + "1": 412} {
		if got := f.call("PUT", path, changed, "If-Match", header); got.status != want {
			t.Errorf("PUT If-Match %s: %d", header, got.status)
		}
		if got := f.call("PATCH", path, `{"voided":true}`, append(merge, "If-Match", header)...); got.status != want {
			t.Errorf("PATCH If-Match %s: %d", header, got.status)
		}
		if got := f.call("DELETE", path, "", "If-Match", header); got.status != want {
			t.Errorf("DELETE If-Match %s: %d", header, got.status)
		}
	}
	if got := f.call("PUT", path, changed, "If-Match", `"0", "`+revision+`"`); got.status != 200 {
		t.Errorf("one of two: %d", got.status)
	}
	if got := f.call("DELETE", path, "", "If-Match", "*"); got.status != 200 {
		t.Errorf("*: %d", got.status)
	}
}

func TestDeleteLeavesATombstone(t *testing.T) {
	f := newFixture(t)
	if got := f.call("DELETE", path, ""); got.status != 404 {
		t.Errorf("of an absent pass: %d", got.status)
	}
	f.call("PUT", path, whole)
	for i := range 2 {
		if got := f.call("DELETE", path, ""); got.status != 200 || !got.Voided {
			t.Errorf("DELETE %d: %+v", i+1, got)
		}
	}
	if got := f.call("GET", path, ""); got.status != 200 || !got.Voided || got.Document["voided"] != true {
		t.Errorf("GET: %d %v", got.status, got.Document)
	}
	if got := f.call("PATCH", path, `{"data":{"points":1}}`, merge...); got.status != 404 {
		t.Errorf("PATCH: %d", got.status)
	}
	tombstone := f.call("GET", path, "").Revision
	if got := f.call("PUT", path, whole, "If-Match", tombstone+"1"); got.status != 412 {
		t.Errorf("revived with another revision: %d", got.status)
	}
	if got := f.call("PUT", path, whole, "If-Match", `"`+tombstone+`"`); got.status != 201 || got.Voided {
		t.Errorf("revived: %+v", got)
	}
	if got := f.call("GET", path, "").Document["voided"]; got != nil {
		t.Errorf("the revived document says voided: %v", got)
	}
}

func TestRefusalsNameEverythingAndWriteNothing(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17)
	for _, c := range []struct {
		name, body string
		status     int
		paths      []string
	}{
		{"not JSON", `{"template":`, 400, nil},
		{"a list", `[]`, 400, nil},
		{"nothing", ``, 400, nil},
		{"two objects", whole + whole, 400, nil},
		{"too large", `{"template":"` + strings.Repeat("x", wallet.MaxDocumentSize) + `"}`, 413, nil},
		{"unknown fields", strings.Replace(whole, `"data"`, `"colour": 1, "style": 2, "data"`, 1), 422, []string{"/colour", "/style"}},
		{"server-owned keys", strings.Replace(whole, `"data"`, `"serialNumber": "x", "pass": {"webServiceURL": "https://evil.example", "authenticationToken": "0123456789abcdef"}, "data"`, 1), 422,
			[]string{"/serialNumber", "/pass/webServiceURL", "/pass/authenticationToken"}},
		{"the server's own bookkeeping", strings.Replace(whole, `"data"`, `"deleted": true, "messageRevision": 9, "data"`, 1), 422, []string{"/deleted", "/messageRevision"}},
		{"wrong types", `{"template": "points", "data": [], "voided": 1, "expirationDate": "soon"}`, 422, []string{"/data", "/voided", "/expirationDate", "/data/points"}},
		{"a member twice", strings.Replace(whole, `"points": 80`, `"points": 80, "points": 81`, 1), 422, []string{"/data/points"}},
		{"too deep", `{"template": "points", "data": ` + deep + `}`, 422, nil},
		{"an unknown template", strings.Replace(whole, `"points"`, `"nothing"`, 1), 422, []string{"/template"}},
		{"missing values", `{"template": "points", "data": {}}`, 422, []string{"/data/points", "/data/fullName", "/data/qrCodeLink"}},
		{"a text where a number belongs", strings.Replace(whole, "80", `"eighty"`, 1), 422, nil},
		{"a bad colour and a missing value", strings.Replace(strings.Replace(whole, `"points": 80`, `"x": 1`, 1), `"data"`, `"pass": {"labelColor": "reddish"}, "data"`, 1), 422,
			[]string{"/data/points", "pass.json#/labelColor"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			got := f.call("PUT", path, c.body)
			if got.status != c.status || got.Status != c.status || got.Title == "" {
				t.Errorf("status %d (%d in the body), title %q", got.status, got.Status, got.Title)
			}
			if got := got.header.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("Content-Type %s", got)
			}
			var paths []string
			for _, finding := range got.Findings {
				paths = append(paths, finding.Path)
				if finding.Rule == "" || finding.Message == "" || finding.Severity == "" {
					t.Errorf("an incomplete finding: %+v", finding)
				}
			}
			for _, want := range c.paths {
				if !slices.Contains(paths, want) {
					t.Errorf("no finding at %s in %v", want, paths)
				}
			}
			if c.status == 422 && len(got.Findings) == 0 {
				t.Error("no finding")
			}
			if f.revision() != 0 {
				t.Error("something was written")
			}
		})
	}
}

func TestBadIdentifiers(t *testing.T) {
	f := newFixture(t)
	for _, target := range []string{
		"pass.com.example.loyalty/%2e%2e", "pass.com.example.loyalty/__x__", "pass.com.example.loyalty/a%2Fb",
		"pass.com.example.loyalty/" + strings.Repeat("x", 65), "com.example/card-1", "pass.com.example.loyalty/a%20b",
	} {
		for _, method := range []string{"PUT", "PATCH", "GET", "DELETE"} {
			if got := f.call(method, "/issuer/v1/passes/"+target, whole, merge...); got.status != 400 {
				t.Errorf("%s %s: %d", method, target, got.status)
			}
		}
	}
	if got := f.call("POST", path, whole); got.status != 405 || got.header.Get("Allow") == "" {
		t.Errorf("POST: %d, Allow %q", got.status, got.header.Get("Allow"))
	}
	if got := f.call("PUT", "/issuer/v1/passes/pass.com.example.other/x", whole); got.status != 422 {
		t.Errorf("a pass type without a certificate: %d", got.status)
	}
}

func TestPatchBeyondTheLimitIsTooLarge(t *testing.T) {
	f := newFixture(t)
	f.call("PUT", path, whole)
	half := strings.Repeat("x", wallet.MaxDocumentSize/2)
	if got := f.call("PATCH", path, fmt.Sprintf(`{"pass":{"userInfo":{"a":%q}}}`, half), merge...); got.status != 200 {
		t.Fatalf("the first half: %d %+v", got.status, got.Findings)
	}
	before := f.revision()
	if got := f.call("PATCH", path, fmt.Sprintf(`{"pass":{"userInfo":{"b":%q}}}`, half), merge...); got.status != 413 {
		t.Errorf("the second half: %d", got.status)
	}
	if f.revision() != before {
		t.Error("something was written")
	}
}

func TestWarningsComeWithSuccess(t *testing.T) {
	f := newFixture(t)
	got := f.call("PUT", path, strings.Replace(whole, `"points": 80`, `"points": 80, "pointz": 1`, 1))
	if got.status != 201 || len(got.Findings) != 1 || got.Findings[0].Path != "/data/pointz" || got.Findings[0].Severity != wallet.SeverityWarning {
		t.Errorf("%d %v", got.status, got.Findings)
	}
}

func TestGetShowsCountsAndNoTokens(t *testing.T) {
	f := newFixture(t)
	if got := f.call("GET", path, ""); got.status != 404 {
		t.Errorf("of an absent pass: %d", got.status)
	}
	f.call("PUT", path, whole)
	for i := range 3 {
		d := wallet.Device{ID: wallet.DeviceID{PassTypeIdentifier: card.PassTypeIdentifier, DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(fmt.Sprint("secret-device-", i))}}
		d.Register(card.SerialNumber, wallet.NewPushToken("secret-token"), time.Now())
		if i == 0 {
			d.Present(d.Tag())
			d.RefuseToken(d.PushToken, time.Now())
		}
		if _, err := f.store.SaveDevice(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	r := httptest.NewRecorder()
	f.api.ServeHTTP(r, httptest.NewRequest("GET", path, nil))
	if strings.Contains(r.Body.String(), "secret") {
		t.Errorf("the answer tells secrets: %s", r.Body)
	}
	got := f.call("GET", path, "")
	if want := map[string]int{"registered": 3, "delivered": 1, "behind": 2, "refused": 1}; fmt.Sprint(got.Devices) != fmt.Sprint(want) {
		t.Errorf("devices %v, want %v", got.Devices, want)
	}
	if got.Package.Version != 0 || got.Package.Current || got.Timeline == nil {
		t.Errorf("package %+v, timeline %v", got.Package, got.Timeline)
	}
}

func TestGetCountsDevicesByThisPassAlone(t *testing.T) {
	f := newFixture(t)
	f.call("PUT", path, whole)
	d := wallet.Device{ID: wallet.DeviceID{PassTypeIdentifier: card.PassTypeIdentifier, DeviceLibraryIdentifier: "d"}}
	d.Register(card.SerialNumber, wallet.NewPushToken("0a"), time.Now())
	d.Present(d.Tag())
	d.Register("another", wallet.NewPushToken("0a"), time.Now()) // which the device has not fetched yet
	if _, err := f.store.SaveDevice(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if got := f.call("GET", path, "").Devices; got["delivered"] != 1 || got["behind"] != 0 {
		t.Errorf("devices %v", got)
	}
}

package issue_test

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/issue"
	"walletpasses.example/server/shared/wallet"
)

// What PUT and PATCH accept is stored as RFC 7396 makes it and can be sent again; what they refuse changes nothing, and the
// answer says why without the pass's token.
func FuzzWrite(f *testing.F) {
	for _, seed := range []string{
		whole, `{}`, `{"data":{"points":120}}`, `{"template":"stamps","data":{"stamps":1e400}}`, `{"template":"points","pass":{"storeCard":{"primaryFields":[null]}}}`,
		`{"pass":{"logoText":null,"backgroundColor":"rgb(1,2,3)","webServiceURL":"https://example.org"}}`, `{"data":{"points":"{{qrCodeLink}}","fullName":"\ud800\u0000"}}`,
		`{"voided":true,"expirationDate":"2027-01-31T18:00:00+01:00"}`, `{"template":null,"images":{"strip":"http://127.0.0.1/"},"serialNumber":"x","deleted":true}`,
		`{"data":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}}}}}`, `{"data":1,"data":{}}`, `[]`, ``, "\xff",
	} {
		f.Add("PUT", "", []byte(seed))
		f.Add("PATCH", "*", []byte(seed))
	}
	f.Add("PATCH", `"1", W/"2"`, []byte(`{}`))
	var issuer *fixture
	f.Fuzz(func(t *testing.T, method, ifMatch string, body []byte) {
		if method != "PATCH" {
			method = "PUT"
		}
		if issuer == nil {
			made := newFixture(t)
			issuer = &made
			issuer.call("PUT", path, whole)
		}
		issuer.t = t
		before := issuer.document()
		headers := slices.Concat(merge, []string{"If-Match", ifMatch})
		got := issuer.call(method, path, string(body), headers...)
		after := issuer.document()
		if got.status != http.StatusOK {
			checkRefused(t, got, 400, 412, 413, 422)
			if !reflect.DeepEqual(after, before) {
				t.Errorf("%s %q: %d, and the document is %v", method, body, got.status, after.Fields)
			}
			return
		}
		if condition := strings.TrimSpace(ifMatch); condition != "" && condition != "*" && !strings.Contains(condition, strconv.FormatInt(int64(before.Revision), 10)) {
			t.Errorf("%s with If-Match %q changes revision %d", method, ifMatch, before.Revision)
		}
		sent, findings, err := wallet.DecodeObject(body)
		if err != nil || findings.Err() != nil || len(body) > wallet.MaxDocumentSize {
			t.Fatalf("%s %q is accepted: %v %v", method, body, err, findings)
		}
		want := sent
		if method == "PATCH" {
			want = wallet.MergePatch(before.Business(), sent).(map[string]any)
		}
		if !reflect.DeepEqual(after.Business(), want) {
			t.Errorf("%s %q: stored as %v, want %v", method, body, after.Fields, want)
		}
		if got.Findings.Err() != nil || got.PassTypeIdentifier != card.PassTypeIdentifier || got.SerialNumber != card.SerialNumber || got.InstallURL == "" ||
			got.header.Get("ETag") != `"`+got.Revision+`"` {
			t.Errorf("%s %q: %+v", method, body, got)
		}
		headers[len(headers)-1] = `"` + got.Revision + `"`
		if again := issuer.call(method, path, string(body), headers...); again.status != http.StatusOK || again.Revision != got.Revision {
			t.Errorf("%s %q: again: %+v", method, body, again)
		}
		issuer.call("PUT", path, whole) // as it was
	})
}

func (f *fixture) document() wallet.DocumentSnapshot {
	f.t.Helper()
	doc, err := f.store.Document(f.t.Context(), card)
	if err != nil {
		f.t.Fatal(err)
	}
	doc.ReadAt = 0 // which moves with each read
	return doc
}

// checkRefused checks a problem document, and that it does not show the pass's token.
func checkRefused(t *testing.T, a answer, statuses ...int) {
	t.Helper()
	if !slices.Contains(statuses, a.status) || a.Status != a.status || a.Title != http.StatusText(a.status) || a.Detail == "" ||
		a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%+v", a)
	}
	if unprocessable := a.status == http.StatusUnprocessableEntity; unprocessable != (a.Findings.Err() != nil) {
		t.Errorf("%d with the findings %v", a.status, a.Findings)
	}
	for _, finding := range a.Findings {
		if finding.Rule == "" || finding.Message == "" {
			t.Errorf("an incomplete finding: %+v", finding)
		}
	}
	secret, err := keys(t).AuthenticationToken(1, card)
	if err != nil {
		t.Fatal(err)
	}
	if said := a.Detail + a.Findings.Error(); strings.Contains(said, secret.Reveal()) {
		t.Errorf("the token is in %q", said)
	}
}

// keys are those of the fixture.
func keys(t *testing.T) wallet.TokenKeys {
	t.Helper()
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// A link gives exactly the passes that were asked for, all of which are there, or there is no link.
func FuzzBundle(f *testing.F) {
	for _, seed := range []string{
		bundleOf("card-1"), bundleOf("card-2", "card-1"), bundleOf("card-1", "card-1"), bundleOf("card-1", "gone"), bundleOf("card-1", "__a__"), bundleOf(),
		`{"passes":null}`, `{"PASSES":[{"serialnumber":"card-1","passTypeIdentifier":"pass.com.example.loyalty"}]}`, `{"passes":[{}]}`, `[]`, ``, "\xff",
		`{"passes":[` + strings.Repeat(`{},`, 10) + `{}]}`, bundleOf("card-1") + strings.Repeat(" ", 16<<10),
	} {
		f.Add([]byte(seed))
	}
	var issuer *fixture
	f.Fuzz(func(t *testing.T, body []byte) {
		if issuer == nil {
			made := newFixture(t)
			issuer = &made
			for _, serial := range []string{"card-1", "card-2", "gone"} {
				issuer.call("PUT", strings.Replace(path, "card-1", serial, 1), whole)
			}
			issuer.call("DELETE", strings.Replace(path, "card-1", "gone", 1), "")
		}
		issuer.t = t
		got := issuer.call("POST", issue.BundlesPath, string(body))
		if got.status != http.StatusOK {
			checkRefused(t, got, 400, 404, 413)
			return
		}
		_, token, _ := strings.Cut(got.InstallURL, "/install/")
		ids, err := wallet.InstallLinks{Keys: keys(t), Now: time.Now}.Passes(token)
		if err != nil || len(ids) == 0 || len(ids) > wallet.MaxLinked {
			t.Fatalf("%q: %s, %v", body, got.InstallURL, err)
		}
		for i, id := range ids {
			if id.PassTypeIdentifier != card.PassTypeIdentifier || id.SerialNumber != "card-1" && id.SerialNumber != "card-2" || slices.Contains(ids[:i], id) {
				t.Errorf("%q gives %v", body, ids)
			}
		}
		if asked, ok := askedFor(body); ok && !slices.Equal(ids, asked) {
			t.Errorf("%q gives %v", body, ids)
		}
	})
}

// askedFor returns what another reader of JSON finds in a body, when there is no doubt about what is in it.
func askedFor(body []byte) (ids []wallet.PassID, ok bool) {
	object, findings, err := wallet.DecodeObject(body)
	list, isList := object["passes"].([]any)
	if err != nil || len(findings) > 0 || !isList || len(object) != 1 {
		return nil, false
	}
	for _, element := range list {
		member, _ := element.(map[string]any)
		passType, _ := member["passTypeIdentifier"].(string)
		serial, _ := member["serialNumber"].(string)
		if len(member) != 2 || passType == "" || serial == "" {
			return nil, false
		}
		ids = append(ids, wallet.PassID{PassTypeIdentifier: passType, SerialNumber: serial})
	}
	return ids, true
}

package wallet_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

func parseToken(t testing.TB, text string) wallet.PersonalizationToken {
	t.Helper()
	token, err := wallet.ParsePersonalizationToken(text)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestPersonalizationTokensAreOpaque(t *testing.T) {
	for name, text := range map[string]string{
		"a UUID":        "0F8FAD5B-D9CB-469F-A165-70867728950E",
		"base64":        "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=",
		"base64url":     "q83vASNFZ4mrze8BI0VniavN7w_-RWeJ",
		"hexadecimal":   "abcdef0123456789abcdef0123456789",
		"one letter":    "x",
		"the most":      strings.Repeat("x", 1024),
		"nearly a word": "truest",
	} {
		if token := parseToken(t, text); token.Reveal() != text {
			t.Errorf("%s: %q", name, token.Reveal())
		}
	}
	for name, text := range map[string]string{
		"nothing":               "",
		"too long":              strings.Repeat("x", 1025),
		"a manifest":            `{"pass.json":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}`,
		"half a manifest":       `{"pass.json":"da39a3ee`,
		"a manifest in spaces":  " {} ",
		"JSON: an array":        `["a"]`,
		"JSON: text":            `"token"`,
		"JSON: a number":        "1234567890",
		"JSON: another number":  "-1.5e+3",
		"JSON: true":            "true",
		"JSON: null":            "null",
		"an archive":            "PK\x03\x04\x14\x00",
		"a CMS structure":       "0\x82\x0d\x1e\x06\x09",
		"a property list":       "<?xml version=\"1.0\"?>",
		"two lines":             "a\nb",
		"letters beyond ASCII":  "jeton-é",
		"not UTF-8":             "a\xffb",
		"a zero byte":           "a\x00b",
		"a space at the end":    "token ",
		"a number with a space": "12 ",
	} {
		token, err := wallet.ParsePersonalizationToken(text)
		if !errors.Is(err, wallet.ErrInvalid) || !token.IsZero() {
			t.Errorf("%s is taken: %v", name, err)
		} else if len(text) > 2 && strings.Contains(err.Error(), text) {
			t.Errorf("%s: the error shows it: %v", name, err)
		}
	}
}

func FuzzNoPersonalizationTokenMeansAnything(f *testing.F) {
	for _, seed := range []string{"q83vASNFZ4k=", "{}", "12", "true", `{"pass.json":""}`, "PK\x03\x04"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := wallet.ParsePersonalizationToken(text)
		if err != nil {
			return
		}
		if token.Reveal() != text || len(text) == 0 || len(text) > 1024 || json.Valid([]byte(text)) || strings.ContainsAny(text, "{}[]\"<>\\ \t\r\n\x00") {
			t.Errorf("%q is taken", text)
		}
	})
}

func TestPersonalInfo(t *testing.T) {
	info, err := wallet.ParsePersonalInfo(map[string]any{
		"fullName": "Ada Example", "givenName": "Ada", "familyName": "", "postalCode": "94103", "ISOCountryCode": "US",
		"emailAddress": "ada@example.com", "favouriteColour": "green", "shoeSize": int64(39),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(info)), []string{"ISOCountryCode", "emailAddress", "fullName", "givenName", "postalCode"}; !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	for _, c := range []struct {
		fields []string
		want   []string // nil for a refusal
	}{
		{[]string{"PKPassPersonalizationFieldEmailAddress"}, []string{"emailAddress"}},
		{[]string{"PKPassPersonalizationFieldName", "PKPassPersonalizationFieldPostalCode"}, []string{"ISOCountryCode", "fullName", "givenName", "postalCode"}},
		{[]string{"PKPassPersonalizationFieldPhoneNumber"}, nil},
		{wallet.PersonalizationFields(), nil},
	} {
		asked, err := info.Asked(c.fields)
		if got := slices.Sorted(maps.Keys(asked)); !slices.Equal(got, c.want) || (err != nil) != (c.want == nil) || err != nil && !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("asked for %v: %v, %v; want %v", c.fields, got, err, c.want)
		}
	}
	if asked, _ := info.Asked([]string{"PKPassPersonalizationFieldName"}); asked["fullName"].Reveal() != "Ada Example" {
		t.Error("the name is lost")
	}
	for _, value := range []any{nil, true, int64(5550100), []any{"Ada"}, map[string]any{}} {
		if _, err := wallet.ParsePersonalInfo(map[string]any{"phoneNumber": value}); !errors.Is(err, wallet.ErrInvalid) || strings.Contains(err.Error(), "5550100") {
			t.Errorf("a phone number that is %v: %v", value, err)
		}
	}
}

// What customers say about themselves reaches no log, whoever prints whatever holds it.
func TestASignUpDoesNotPrint(t *testing.T) {
	signUp := wallet.Personalization{ID: card, Time: noon, Info: wallet.PersonalInfo{"fullName": wallet.NewPersonalText("Ada Example")}}
	request := wallet.PersonalizationRequest{Token: parseToken(t, "secret-token"), Info: signUp.Info}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "signUp", signUp, "request", request)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "signUp", signUp, "request", request)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&log, verb+verb, signUp, request)
	}
	text, err := json.Marshal([]any{signUp, request})
	if err != nil {
		t.Fatal(err)
	}
	if all := log.String() + string(text); strings.Contains(all, "Ada") || strings.Contains(all, "secret-token") || strings.Contains(all, fmt.Sprintf("%x", "Ada")) {
		t.Errorf("printed: %s", all)
	}
}

func TestDigestTellsRequestsApart(t *testing.T) {
	request := func(token string, info ...string) wallet.PersonalizationRequest {
		r := wallet.PersonalizationRequest{Token: parseToken(t, token), Info: wallet.PersonalInfo{}}
		for i := 0; i < len(info); i += 2 {
			r.Info[info[i]] = wallet.NewPersonalText(info[i+1])
		}
		return r
	}
	seen := make(map[string]string)
	for name, r := range map[string]wallet.PersonalizationRequest{
		"first":          request("t", "fullName", "Ada", "postalCode", "1"),
		"another token":  request("u", "fullName", "Ada", "postalCode", "1"),
		"another value":  request("t", "fullName", "Bob", "postalCode", "1"),
		"another member": request("t", "givenName", "Ada", "postalCode", "1"),
		"one fewer":      request("t", "fullName", "Ada"),
		"moved border":   request("t", "fullName", "Adapo", "stalCode", "1"),
		"nothing":        request("t"),
	} {
		if other, twice := seen[r.Digest()]; twice {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[r.Digest()] = name
	}
	if a, b := request("t", "fullName", "Ada", "postalCode", "1"), request("t", "postalCode", "1", "fullName", "Ada"); a.Digest() != b.Digest() {
		t.Error("equal requests have two digests")
	}
}

func TestAPassIsPersonalizedOnce(t *testing.T) {
	before := wallet.CurrentPackage{
		ID: card, Version: 2, Object: "o", ContentHash: "h", LastModified: noon, Revision: 7,
		RequiredPersonalizationFields: []string{"PKPassPersonalizationFieldName"},
	}
	after := before.Personalize(noon.Add(time.Minute), "digest")
	if err := after.Follows(before); err != nil {
		t.Error(err)
	}
	if after.Version != 2 || after.CommittedAt() != 7 || !after.Personalized.Equal(noon.Add(time.Minute)) || after.PersonalizationDigest != "digest" {
		t.Errorf("%+v", after)
	}
	if e := after.Timeline[len(after.Timeline)-1]; e.Kind != "personalized" || e.Detail != "" || !e.Time.Equal(noon.Add(time.Minute)) {
		t.Errorf("timeline %+v", after.Timeline)
	}
	for name, change := range map[string]func(*wallet.CurrentPackage){
		"again":                       func(p *wallet.CurrentPackage) { *p = p.Personalize(noon.Add(time.Hour), "digest") },
		"by another":                  func(p *wallet.CurrentPackage) { p.PersonalizationDigest = "other" },
		"not any more":                func(p *wallet.CurrentPackage) { p.Personalized, p.PersonalizationDigest = time.Time{}, "" },
		"another form in the package": func(p *wallet.CurrentPackage) { p.RequiredPersonalizationFields = nil },
	} {
		next := after
		change(&next)
		if next.Follows(after) == nil {
			t.Errorf("%s passes", name)
		}
	}
	next := after.Next(noon.Add(time.Hour))
	next.RequiredPersonalizationFields = nil
	if err := next.Follows(after); err != nil {
		t.Errorf("the version without the form: %v", err)
	}
}

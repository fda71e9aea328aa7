package personalize_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Whatever a holder of the pass sends, either its token is signed, once its data is kept, or nothing is signed and nothing kept.
// The log shows nothing of it. (That it does not show the data of the seeds is checked for each request in these tests.)
func FuzzSignUp(f *testing.F) {
	const secret = "c0ffee5ec7e7"
	for _, seed := range [][2]string{
		{`{"personalizationToken":"` + token + `","requiredPersonalizationInfo":{"emailAddress":"ada@example.com","fullName":"`, `"}}`},
		{`{"personalizationToken":"`, `","requiredPersonalizationInfo":` + ada + `}`}, {`{"personalizationToken":"`, `{}","requiredPersonalizationInfo":` + ada + `}`},
		{`{"personalizationToken":"`, `","personalizationToken":"a","requiredPersonalizationInfo":` + ada + `}`}, {`{"personalizationToken":"`, `"}`},
		{`{"personalizationToken":"12345","requiredPersonalizationInfo":{"emailAddress":"x","fullName":"`, `"}}`}, {`{"personalizationToken":"12345","requiredPersonalizationInfo":{"fullName":["`, `"]}}`}, {`{"requiredPersonalizationInfo":{"`, `":null}}`},
		{`{"personalizationToken":"\ud800`, `","requiredPersonalizationInfo":{"familyName":"\u0000","emailAddress":"x"}}`}, {"", ""}, {"\xff", strings.Repeat("[", 200)},
		{`{"personalizationToken":"a","requiredPersonalizationInfo":{"givenName":"`, strings.Repeat("a", 8<<10) + `","emailAddress":"x"}}`},
	} {
		f.Add(seed[0], seed[1])
	}
	if _, err := signing(); err != nil { // here, since an execution must not take long
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		c := newCounter(t)
		record, body := c.record(), before+secret+after
		answer := c.ask("card-1", body, card)
		kept := c.signedUp()
		switch answer.Code {
		case http.StatusOK:
			said, info := saidIn(t, body)
			if len(body) > 8<<10 || json.Valid([]byte(said)) || !c.signs(answer, said) {
				t.Errorf("%q: the answer is not the signature of %q", body, said)
			}
			if len(kept) < 2 || len(c.announced) != 2 || c.record().Personalized.IsZero() {
				t.Errorf("%q: kept %q, announced %q, record %+v", body, kept, c.announced, c.record())
			}
			for _, member := range kept {
				if name, text, _ := strings.Cut(member, "="); text == "" || info[name] != text || name == "phoneNumber" { // which the form does not ask for
					t.Errorf("%q: kept %q", body, member)
				}
			}
			if again := c.ask("card-1", body, card); !c.signs(again, said) {
				t.Errorf("%q: again %d", body, again.Code)
			}
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
			if kept != nil || c.announced != nil || c.record().Revision != record.Revision {
				t.Errorf("%q: %d, kept %q, announced %q", body, answer.Code, kept, c.announced)
			}
			if tooLarge := len(body) > 8<<10; tooLarge != (answer.Code == http.StatusRequestEntityTooLarge) {
				t.Errorf("%d for %d bytes", answer.Code, len(body))
			}
		default:
			t.Errorf("%q: %d", body, answer.Code)
		}
		if strings.Contains(c.log.String(), secret) {
			t.Errorf("%q: the log shows it: %s", body, &c.log)
		}
	})
}

// saidIn returns the token and the data that another reader of JSON finds in a body.
func saidIn(t *testing.T, body string) (token string, info map[string]any) {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(body), &object); err != nil {
		t.Errorf("%q is taken: %v", body, err)
	}
	token, _ = object["personalizationToken"].(string)
	info, _ = object["requiredPersonalizationInfo"].(map[string]any)
	return token, info
}

package webservice_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"walletpasses.example/server/shared/webservice"
)

func TestPersonalizationRequest(t *testing.T) {
	const info = `"requiredPersonalizationInfo":{"fullName":"Ada Example","emailAddress":"ada@example.com"}`
	const least = `{"personalizationToken":"q83vASNFZ4k=",` + info + `}`
	for name, c := range map[string]struct {
		body string
		want int // status; 200 when it is taken
	}{
		"as Apple documents it":     {`{"personalizationToken":"q83vASNFZ4k=",` + info + `}`, 200},
		"with what comes next year": {`{"personalizationToken":"q83vASNFZ4k=","isNew":true,` + info + `}`, 200},
		"nothing":                   {"", 400},
		"not JSON":                  {"ada@example.com", 400},
		"not an object":             {`["ada@example.com"]`, 400},
		"two objects":               {`{"personalizationToken":"q83vASNFZ4k=",` + info + `}{}`, 400},
		"a token twice":             {`{"personalizationToken":"q83vASNFZ4k=","personalizationToken":"ada",` + info + `}`, 400},
		"a number beyond all":       {`{"personalizationToken":"q83vASNFZ4k=","n":5550100555010055501005550100,` + info + `}`, 400},
		"no token":                  {`{` + info + `}`, 400},
		"no info":                   {`{"personalizationToken":"q83vASNFZ4k="}`, 400},
		"a token that is a number":  {`{"personalizationToken":5550100,` + info + `}`, 400},
		"a token that is a manifest": {
			`{"personalizationToken":"{\"pass.json\":\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}",` + info + `}`, 400},
		"a token that is JSON":     {`{"personalizationToken":"5550100",` + info + `}`, 400},
		"info that is no object":   {`{"personalizationToken":"q83vASNFZ4k=","requiredPersonalizationInfo":"Ada"}`, 400},
		"a name that is no string": {`{"personalizationToken":"q83vASNFZ4k=","requiredPersonalizationInfo":{"fullName":["Ada"]}}`, 400},
		"as long as may be":        {`{"personalizationToken":"q83vASNFZ4k=",` + info + `}` + strings.Repeat(" ", 8<<10-len(least)), 200},
		"too long":                 {`{"personalizationToken":"q83vASNFZ4k=",` + info + `}` + strings.Repeat(" ", 8<<10), 413},
	} {
		request, err := webservice.PersonalizationRequest(httptest.NewRequest("POST", "/", strings.NewReader(c.body)))
		if c.want == 200 {
			if err != nil || request.Token.Reveal() != "q83vASNFZ4k=" || request.Info["fullName"].Reveal() != "Ada Example" || len(request.Info) != 2 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || webservice.Status(err) != c.want || !request.Token.IsZero() || request.Info != nil {
			t.Errorf("%s: %v, want status %d", name, err, c.want)
			continue
		}
		for _, secret := range []string{"Ada", "ada", "5550100", "q83v"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error shows %q: %v", name, secret, err)
			}
		}
	}
}

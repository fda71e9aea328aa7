package devicelog_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// quote writes a text as JSON.
func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // no text makes this happen
	}
	return string(quoted)
}

// Whatever surrounds them, a pass's token and a path of the web service do not reach the log, and a record stays one short line.
func FuzzRedact(f *testing.F) {
	const (
		token = "1.q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k"
		path  = "/v1/passes/pass.com.example/s3cr3t"
	)
	f.Add("", "")
	f.Add("Authorization: ApplePass ", " failed")
	f.Add("\x00", "\n")
	f.Add(strings.Repeat("x ", 1019), "x")
	f.Add("/v1/devices/", "/v1/passes/")
	f.Add("ApplePass", "\u202e%s")
	f.Add("ApplePass x "+strings.Repeat("ApplePass x ", 200), "\xff")
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, secret := range []string{token, path} {
			line := before + " " + secret + " " + after
			if len(quote(line)) > 60<<10 {
				return // more than is read
			}
			got := logged(t, line)
			if strings.Contains(got, token[2:12]) && !strings.Contains(before+after, token[2:12]) {
				t.Errorf("%q keeps the token", got)
			}
			if strings.Contains(got, "s3cr3t") && !strings.Contains(before+after, "s3cr3t") {
				t.Errorf("%q keeps the serial number", got)
			}
			if len(got) > 2<<10 || !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
				t.Errorf("%d bytes: %q", len(got), got)
			}
		}
	})
}

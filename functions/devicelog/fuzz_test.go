package devicelog_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"walletpasses.example/server/shared/wallet"
)

// quote writes a text as JSON.
func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // no text makes this happen
	}
	return string(quoted)
}

// Whatever is posted, the answer is 200, and the log gets the lines of the body and nothing else: at most 100, each short, of one
// line and under its own name.
func FuzzLog(f *testing.F) {
	for _, seed := range []string{
		`{"logs":["one","two"]}`, `{"logs":["one",2,null,{"a":"b"},["c"],"three"]}`, `{"logs":"one"}`, `{"logs":["\ud800\u0000\n\u2028"]}`, `{"LOGS":[""]}`,
		`{"logs":["one"]}{"logs":["two"]}`, `{"logs":["one"`, `["one"]`, `null`, "", "\xff\xfe\x00", strings.Repeat("[", 11_000),
		`{"logs":[` + strings.Repeat(`"x",`, 120) + `"last"]}`, `{"logs":["` + strings.Repeat("x ", 2<<10) + `"]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		status, log := post(bytes.NewReader(body))
		if status != 200 || len(log.attrs) > 100 {
			t.Errorf("%q: %d, %d records", body, status, len(log.attrs))
		}
		if want, ok := posted(body); ok && len(log.attrs) != want {
			t.Errorf("%q: %d records, want %d", body, len(log.attrs), want)
		}
		for _, attrs := range log.attrs {
			if len(attrs) != 1 || attrs[0].Key != "line" || attrs[0].Value.Kind() != slog.KindString {
				t.Fatalf("%q is logged as %v", body, attrs)
			}
			checkLine(t, attrs[0].Value.String())
		}
	})
}

// posted returns how many of the first hundred lines of a body are texts, when it is plain what its lines are.
func posted(body []byte) (n int, ok bool) {
	object, findings, err := wallet.DecodeObject(body)
	if err != nil || len(findings) > 0 || len(object) != 1 || len(body) > 64<<10 {
		return 0, false
	}
	lines, ok := object["logs"].([]any)
	for i, line := range lines {
		if _, text := line.(string); text && i < 100 {
			n++
		}
	}
	return n, ok
}

// checkLine checks what reaches the log of a line.
func checkLine(t *testing.T, line string) {
	t.Helper()
	if len(line) > 2<<10 || !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) {
		t.Errorf("%d bytes: %q", len(line), line)
	}
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
			checkLine(t, got)
		}
	})
}

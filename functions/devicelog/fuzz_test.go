package devicelog_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"regexp"
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

// Whatever surrounds them, a pass's token and a path of the web service do not reach the log, a record stays one short line, and
// what is taken out is what the patterns take out.
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
	f.Add("token  is <0f744707 bebcf74f 9b7c25d4> x0f744707 bebcf74f 0F744707 bebcf74f9b7c25d4 00000000", "token TOKEN\t\ttoken")
	f.Add("serial number serial number  a,b; SERIAL NUMBER ,a /install//v1//passes/ /v1/devices/a", "/v1/v1/devices/é aaaaaaaaaaaaaaaaaaatoken b")
	f.Add("aaaaaaaaaaaaaaaaaaa aaaaaaaaaaaaaaaaaaaa aaaaaaaaaaaaaaaaaaaaé", "to\u212aen a token é")
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
			if want := redactedByPatterns(t, line); got != want {
				t.Errorf("%q is logged as\n%q, and the patterns say\n%q", line, got, want)
			}
		}
	})
}

// patterns say what is taken out of a line as one would write it down; what is deployed is faster.
var patterns = []struct {
	pattern *regexp.Regexp
	stays   string
}{ // not (?i), which knows another letter that is a k, and another that is an s
	{regexp.MustCompile(`((?i:ApplePa)[Ss][Ss]\s+)\S+`), "$1…"},
	{regexp.MustCompile(`([Tt][Oo][Kk][Ee][Nn]\s+)\S+`), "$1…"},
	{regexp.MustCompile(`([Ss](?i:erial number)\s+)[^\s,;)]+`), "$1…"},
	{regexp.MustCompile(`(/v1/+(?:devices|passes)/|/install/)\S*`), "$1…"},
	{regexp.MustCompile(`(?i)\b[0-9a-f]{8}(?: [0-9a-f]{8})+`), "…"},
	{regexp.MustCompile(`[A-Za-z0-9._~+=-]{20,}`), "…"},
}

func redactedByPatterns(t *testing.T, line string) string {
	t.Helper()
	if err := json.Unmarshal([]byte(quote(line)), &line); err != nil { // as it is posted
		t.Fatal(err)
	}
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, line)
	for _, p := range patterns {
		line = p.pattern.ReplaceAllString(line, p.stays)
	}
	return strings.ToValidUTF8(line[:min(len(line), 2<<10)], "")
}

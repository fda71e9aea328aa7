package devicelog_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/functions/devicelog"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/webservice"
)

// recorder keeps the attributes of what is logged.
type recorder struct{ attrs [][]slog.Attr }

func (r *recorder) Handle(_ context.Context, record slog.Record) error {
	var attrs []slog.Attr
	record.Attrs(func(a slog.Attr) bool { attrs = append(attrs, a); return true })
	r.attrs = append(r.attrs, attrs)
	return nil
}

func (r *recorder) Enabled(context.Context, slog.Level) bool { return true }
func (r *recorder) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r *recorder) WithGroup(string) slog.Handler            { return r }

// lines returns the text of each record.
func (r *recorder) lines() []string {
	var lines []string
	for _, attrs := range r.attrs {
		for _, a := range attrs {
			lines = append(lines, a.Value.String())
		}
	}
	return lines
}

// post sends a body to the endpoint and returns the status and what was logged.
func post(body io.Reader) (int, *recorder) {
	log := &recorder{}
	router := webservice.NewRouter(slog.New(slog.DiscardHandler)).Handle(webservice.LogMessages, devicelog.New(inmem.NewStore(), slog.New(log), time.Now))
	answer := httptest.NewRecorder()
	router.ServeHTTP(answer, httptest.NewRequest("POST", "/v1/log", body))
	return answer.Code, log
}

// logged returns what becomes of one line.
func logged(t testing.TB, line string) string {
	t.Helper()
	status, log := post(strings.NewReader(`{"logs":[` + quote(line) + `]}`))
	if lines := log.lines(); status == 200 && len(lines) == 1 {
		return lines[0]
	}
	t.Fatalf("%q: status %d, logged %q", line, status, log.lines())
	return ""
}

func TestEverythingIsAnswered200(t *testing.T) { // WS-LOG-1
	for name, c := range map[string]struct {
		body io.Reader
		want []string
	}{
		"lines":              {strings.NewReader(`{"logs":["one","two"]}`), []string{"one", "two"}},
		"no lines":           {strings.NewReader(`{"logs":[]}`), nil},
		"nothing":            {strings.NewReader(``), nil},
		"not JSON":           {strings.NewReader(`logs=one`), nil},
		"cut":                {strings.NewReader(`{"logs":["one","tw`), []string{"one"}},
		"beyond 64 KiB":      {strings.NewReader(`{"logs":["one","` + strings.Repeat("x ", 1<<15) + `","three"]}`), []string{"one"}},
		"other members":      {strings.NewReader(`{"a":{"logs":["zero"]},"logs":["one"],"b":1`), []string{"one"}},
		"a list":             {strings.NewReader(`["one"]`), nil},
		"null":               {strings.NewReader(`null`), nil},
		"lines of no kind":   {strings.NewReader(`{"logs":["one",2,null,{"a":"b"},["c"],1e999,"three"]}`), []string{"one", "three"}},
		"logs of no kind":    {strings.NewReader(`{"logs":"one"}`), nil},
		"bytes":              {strings.NewReader("\xff\xfe\x00"), nil},
		"a megabyte":         {strings.NewReader(`{"logs":["` + strings.Repeat("x ", 1<<19) + `"]}`), nil},
		"a body that breaks": {io.MultiReader(strings.NewReader(`{"logs":["one",`), failingReader{}), []string{"one"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, log := post(c.body)
			if got := log.lines(); status != 200 || !slices.Equal(got, c.want) {
				t.Errorf("status %d, logged %q; want 200 and %q", status, got, c.want)
			}
		})
	}
}

// A failingReader breaks off.
type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestAtMostAHundredLinesAreKept(t *testing.T) { // WS-LOG-1
	_, log := post(strings.NewReader(`{"logs":[` + strings.Repeat(`"x",`, 150) + `"last"]}`))
	if lines := log.lines(); len(lines) != 100 || slices.Contains(lines, "last") {
		t.Errorf("%d lines", len(lines))
	}
}

// A line and its attribute are data: the record's own message is ours, and no name that Cloud Logging reads is taken by a
// stranger's text. https://cloud.google.com/logging/docs/structured-logging
func TestALineIsDataUnderANameOfItsOwn(t *testing.T) {
	_, log := post(strings.NewReader(`{"logs":["one"]}`))
	if len(log.attrs) != 1 || len(log.attrs[0]) != 1 {
		t.Fatalf("%v", log.attrs)
	}
	if key := log.attrs[0][0].Key; slices.Contains([]string{"message", "msg", "severity", "level", "time", "timestamp", "httpRequest"}, key) {
		t.Errorf("the line is logged as %q, which is a name of the log entry itself", key)
	}
}

func TestLinesAreCut(t *testing.T) {
	for name, line := range map[string]string{
		"plain":           strings.Repeat("word ", 1000),
		"wide":            strings.Repeat("ü ", 3000),
		"control":         strings.Repeat("\u0085 ", 3000),
		"many tokens":     strings.Repeat("ApplePass x ", 500),
		"many paths":      strings.Repeat("/v1/passes/ ", 500),
		"many serials":    strings.Repeat("serial number a, ", 500),
		"broken mid-rune": strings.Repeat("x ", 1023) + "x€ and more",
	} {
		if got := logged(t, line); len(got) > 2<<10 || len(got) < 1000 || strings.ContainsRune(got, '\uFFFD') {
			t.Errorf("%s: %d bytes, ends in %q", name, len(got), got[max(0, len(got)-10):])
		}
	}
}

// The texts that devices send (WS-LOG-4), with the secrets of WS-LOG-3 and P-46 in them.
func TestSecretsAreTakenOut(t *testing.T) {
	const (
		device = "2b3a1c9d8e7f60514233445566778899"
		token  = "1.q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k"
		short  = "vxwxd7J8AlNNFPS8" // 16 characters: the shortest that Apple allows
	)
	for _, c := range []struct {
		name, line string
		secrets    []string
		keeps      string
	}{
		{"register", "[2026-11-22 12:00:00 +0000] Register task (for device " + device + ", pass type pass.com.example, serial number card-1; " +
			"with web service url https://passes.example.com) encountered error: Authentication failure",
			[]string{device, "card-1"}, "encountered error: Authentication failure"},
		{"get pass", "Get pass task (pass type pass.com.example, serial number A_17.b, if-modified-since (null); with web service url " +
			"https://passes.example.com/) encountered error: Unexpected response code 500", []string{"A_17.b"}, "Unexpected response code 500"},
		{"list", "Get serial #s task (for device " + device + ", pass type pass.com.example, last updated (null); with web service url x) " +
			"encountered error: Server response was malformed (Missing response data)", []string{device}, "Missing response data"},
		{"a push token in groups", "token is <0f744707 bebcf74f 9b7c25d4> here", []string{"0f744707", "bebcf74f", "9b7c25d4"}, "here"},
		{"a header", "Authorization: ApplePass " + short + " was refused", []string{short}, "was refused"},
		{"a header in another case", "authorization: applepass\t" + short + "; end", []string{short}, "end"},
		{"a token alone", "token " + token + " is wrong", []string{token, token[2:20]}, "is wrong"},
		{"the shortest token alone", "token " + short + " is wrong", []string{short}, "is wrong"},
		{"a path", "GET /v1/devices/ab-1/registrations/pass.com.example/card-1 failed", []string{"ab-1", "card-1"}, "failed"},
		{"an address", "https://passes.example.com/v1/passes/pass.com.example/card-1?a=b failed", []string{"card-1", "a=b"}, "failed"},
		{"v1 twice", "/v1/v1/passes/pass.com.example/card-1 failed", []string{"card-1"}, "failed"},
		{"doubled slashes", "/v1//passes//pass.com.example//card-1 failed", []string{"card-1"}, "failed"},
		{"an install link", "https://passes.example.com/install/" + device + device + ".pkpass failed", []string{device}, "failed"},
		{"a push token", "push token " + device + device + " refused", []string{device}, "refused"},
		{"a token of another system", "token a+token/of~another-system== refused", []string{"a+token", "another-system"}, "refused"},
		{"a token where the line is cut", strings.Repeat("x ", 1019) + token, []string{token[:8]}, "x x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := logged(t, c.line)
			for _, secret := range c.secrets {
				if strings.Contains(got, secret) {
					t.Errorf("%q keeps %q", got, secret)
				}
			}
			if !strings.Contains(got, c.keeps) {
				t.Errorf("%q lacks %q, which tells what went wrong", got, c.keeps)
			}
		})
	}
}

func TestWhatIsNoSecretStays(t *testing.T) { // WS-LOG-4
	for _, line := range []string{
		"Push for passes without any changed serial numbers",
		"Device received spurious push. Request for passesUpdatedSince returned no serial numbers.",
		"Web service error: Response to 'What changed?' did not include lastUpdated tag",
		"100%s of %d%% {} ${jndi:x} %!v(MISSING) <script>", // WS-LOG-2: never a format string
	} {
		if got := logged(t, line); got != line {
			t.Errorf("%q became %q", line, got)
		}
	}
}

func TestControlCharactersDoNotReachTheLog(t *testing.T) {
	got := logged(t, "a\nb\r\nc\x00d\x1b[31me\u0085f\x7fg\th")
	if got != "a b  c d [31me f g h" {
		t.Errorf("%q", got)
	}
}

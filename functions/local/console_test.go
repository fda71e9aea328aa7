package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/document"
)

// read makes a request that is answered 200 or 201, and reads its JSON into value.
func (c client) read(method, target, body string, value any, headers ...string) {
	c.t.Helper()
	status, _, text := c.call(method, target, body, headers...)
	if status != http.StatusOK && status != http.StatusCreated {
		c.t.Fatalf("%s %s: %d %s", method, target, status, text)
	}
	if err := json.Unmarshal(text, value); err != nil {
		c.t.Fatalf("%s %s: %v in %s", method, target, err, text)
	}
}

// offered is what the gallery issues of a template.
type offered struct{ PassTypeIdentifier, SerialNumber, Text string }

func (c client) offer(template string) offered {
	c.t.Helper()
	var s offered
	c.read("GET", "/local/templates/"+template+"/sample?passTypeIdentifier="+url.QueryEscape(defaultPassType), "", &s)
	return s
}

// issueSample issues a template's sample as the gallery does, waits for its package, and returns its path and install link.
func (c client) issueSample(template string) (path, installURL string) {
	c.t.Helper()
	s := c.offer(template)
	path = s.PassTypeIdentifier + "/" + s.SerialNumber
	var issued struct{ InstallURL string }
	c.read("PUT", "/issuer/v1/passes/"+path, s.Text, &issued)
	until(c.t, "it is packaged", func() bool {
		status, _, _ := c.call("GET", "/local/passes/"+path+"/drawn", "")
		return status == http.StatusOK
	})
	return path, issued.InstallURL
}

// drawn returns the document of a frame, which is shut off from everything.
func (c client) drawn(target string) string {
	c.t.Helper()
	status, header, body := c.call("GET", target, "")
	policy := header.Get("Content-Security-Policy")
	if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
		c.t.Fatalf("%s: %d %s", target, status, body)
	}
	if !strings.HasPrefix(policy, "default-src 'none';") || !strings.HasSuffix(policy, "; sandbox") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
		c.t.Errorf("%s: Content-Security-Policy %s", target, policy)
	}
	return string(body)
}

func TestConsolePageIsShutToEverythingElse(t *testing.T) {
	c := newClient(t, serve(t))
	_, header, body := c.call("GET", "/", "")
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	if got := header.Get("Content-Security-Policy"); got != policy {
		t.Errorf("Content-Security-Policy %s", got)
	}
	if found := regexp.MustCompile(`(?i)<style|<script>|\sstyle=|\son[a-z]+=|javascript:|(?:src|href)="(?:https?:)?//`).Find(body); found != nil {
		t.Errorf("the page has %q", found)
	}
	assets := regexp.MustCompile(`(?:src|href)="(/local/console/[^"]+)"`).FindAllSubmatch(body, -1)
	imported := regexp.MustCompile(`from '\./([a-z]+\.js)'`)
	seen := make(map[string]bool)
	var load func(target string)
	load = func(target string) {
		if seen[target] {
			return
		}
		seen[target] = true
		status, header, text := c.call("GET", target, "")
		if status != http.StatusOK || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", target, status, header)
		}
		if strings.HasSuffix(target, ".js") && header.Get("Content-Type") != "text/javascript; charset=utf-8" {
			t.Errorf("%s: %s", target, header.Get("Content-Type"))
		}
		if found := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://`).Find(text); found != nil && !strings.HasSuffix(target, ".svg") {
			t.Errorf("%s has %q", target, found)
		}
		for _, module := range imported.FindAllSubmatch(text, -1) {
			load("/local/console/" + string(module[1]))
		}
	}
	for _, asset := range assets {
		load(string(asset[1]))
	}
	if len(seen) < 12 {
		t.Errorf("only %d files: %v", len(seen), seen)
	}
	for _, missing := range []string{"none.js", "index.html", "..", "%2e%2e%2fconsole.go"} {
		if status, _, _ := c.call("GET", "/local/console/"+missing, ""); status != http.StatusNotFound {
			t.Errorf("%s: %d", missing, status)
		}
	}
}

func TestGalleryDrawsAndIssuesEveryTemplate(t *testing.T) {
	c := newClient(t, serve(t))
	var list struct{ Templates []shownTemplate }
	c.read("GET", "/local/templates", "", &list)
	if len(list.Templates) < 11 {
		t.Errorf("%d templates", len(list.Templates))
	}
	for _, view := range list.Templates {
		if !view.Drawn || view.Broken || view.Revision == "" || view.Style == "" || len(view.Findings) > 0 {
			t.Errorf("%+v", view)
		}
		target := "/local/templates/" + view.Name + "/drawn"
		if front, back := c.drawn(target), c.drawn(target+"?side=back"); front == back {
			t.Errorf("%s has the same front and back", view.Name)
		}
		s := c.offer(view.Name)
		if want := view.Name + "-1"; s.SerialNumber != want {
			t.Errorf("serial number %s, want %s", s.SerialNumber, want)
		}
		if status, _, body := c.call("PUT", "/issuer/v1/passes/"+s.PassTypeIdentifier+"/"+s.SerialNumber, s.Text); status != http.StatusCreated {
			t.Errorf("PUT of %s: %d %s", view.Name, status, body)
		}
		if again := c.offer(view.Name).SerialNumber; again != view.Name+"-2" {
			t.Errorf("the next is %s", again)
		}
	}
	for target, want := range map[string]int{
		"/local/templates/none/drawn":                         404,
		"/local/templates/points/drawn?side=edge":             400,
		"/local/templates/none/sample":                        400,
		"/local/templates/points/sample":                      400,
		"/local/passes/" + defaultPassType + "/none/drawn":    404,
		"/local/passes/" + defaultPassType + "/none/document": 404,
		"/local/passes/pass.x/__x__/drawn":                    400,
		"/local/passes/pass.x/__x__/document":                 400,
		"/local/iphone/" + defaultPassType + "/none/drawn":    404,
	} {
		if status, _, body := c.call("GET", target, ""); status != want {
			t.Errorf("%s: %d %s", target, status, body)
		}
	}
}

func TestListedPassesSayHowTheyStand(t *testing.T) {
	c := newClient(t, serve(t))
	path, _ := c.issueSample("points")
	type view struct {
		SerialNumber, Template, Written   string
		Version                           int64
		Current, Problem, Voided, Deleted bool
	}
	list := func() view {
		t.Helper()
		var answer struct {
			Passes []view
			Next   string
		}
		c.read("GET", "/local/passes", "", &answer)
		if len(answer.Passes) != 1 || answer.Next != "" {
			t.Fatalf("%+v", answer)
		}
		return answer.Passes[0]
	}
	if v := list(); v.SerialNumber != "points-1" || v.Template != "points" || v.Version != 1 || !v.Current || v.Problem || v.Voided || v.Deleted || v.Written == "" {
		t.Errorf("%+v", v)
	}
	var document struct {
		Text, Revision  string
		Voided, Deleted bool
	}
	const long = `"pass": {"userInfo": {"number": 9007199254740993, "mark": "<&>"}},`
	s := c.offer("points")
	c.read("PUT", "/issuer/v1/passes/"+path, strings.Replace(s.Text, `"data"`, long+`"data"`, 1), &document)
	c.read("GET", "/local/passes/"+path+"/document", "", &document)
	if !strings.Contains(document.Text, "9007199254740993") || !strings.Contains(document.Text, "<&>") || !strings.HasPrefix(document.Text, "{\n  \"template\": \"points\",\n  \"data\": {\n    \"") {
		t.Errorf("the text of the document is %s", document.Text)
	}
	if status, _, body := c.call("PUT", "/issuer/v1/passes/"+path, document.Text, "If-Match", `"`+document.Revision+`"`); status != 200 || !strings.Contains(string(body), `"revision":"`+document.Revision+`"`) {
		t.Errorf("its own text is a change: %d %s", status, body)
	}
	c.call("PATCH", "/issuer/v1/passes/"+path, `{"voided":true}`, "Content-Type", "application/merge-patch+json")
	if v := list(); !v.Voided || v.Deleted {
		t.Errorf("voided: %+v", v)
	}
	c.call("DELETE", "/issuer/v1/passes/"+path, "")
	if v := list(); !v.Deleted {
		t.Errorf("deleted: %+v", v)
	}
	c.read("GET", "/local/passes/"+path+"/document", "", &document)
	if !document.Deleted || strings.Contains(document.Text, "voided") {
		t.Errorf("what revives the pass: %+v", document)
	}
	if status, _, _ := c.call("PUT", "/issuer/v1/passes/"+path, document.Text, "If-Match", `"`+document.Revision+`"`); status != http.StatusCreated {
		t.Errorf("revived: %d", status)
	}
}

func TestDraftsAreCheckedAndDrawnAndNotWritten(t *testing.T) {
	c := newClient(t, serve(t))
	path := "/local/passes/" + defaultPassType + "/"
	type answer struct {
		Draft    int
		Findings []struct {
			Path, Rule, Severity, Message string
			Line                          int
		}
	}
	draft := func(serial, text string) (a answer) {
		t.Helper()
		c.read("POST", path+serial+"/draft", text, &a)
		return a
	}
	const good = `{
 "template": "points",
 "data": {
  "accountId": "C-1", "fullName": "Ada Example",
  "organizationName": "Corner Roastery",
  "points": 80,
  "programName": "Bean Club",
  "qrCodeLink": "https://example.com/c/1"
 },
 "pass": {
  "logoText":
   "Mine"
 }
}`
	a := draft("x", good)
	if a.Draft == 0 || len(a.Findings) != 0 {
		t.Fatalf("%+v", a)
	}
	shown := fmt.Sprintf("/draft/drawn?draft=%d", a.Draft)
	if text := c.drawn(path + "x" + shown); !strings.Contains(text, "Ada Example") {
		t.Errorf("the draft shows %s", text)
	}
	if status, _, _ := c.call("GET", path+"y"+shown, ""); status != http.StatusNotFound {
		t.Errorf("a draft of another pass: %d", status)
	}
	for _, number := range []string{"0", "-16", "17", "999", "x", ""} {
		if status, _, _ := c.call("GET", path+"x/draft/drawn?draft="+number, ""); status != http.StatusNotFound {
			t.Errorf("draft %q: %d", number, status)
		}
	}
	for name, broken := range map[string]struct {
		text, rule string
		line       int
	}{
		"no JSON":                         {strings.Replace(good, `80,`, `80`, 1), "JSON", 6},
		"nothing":                         {"", "JSON", 1},
		"a list":                          {"[]", "JSON", 1},
		"an unknown field":                {strings.Replace(good, `"pass": {`, `"colour": 1, "pass": {`, 1), "DOC-UNKNOWN", 10},
		"a value that is missing":         {strings.Replace(good, `"points": 80,`, "", 1), "TPL-MISSING", 3},
		"a value of the template's field": {strings.Replace(good, `80`, `"many"`, 1), "R6", 6},
		"an override":                     {strings.Replace(good, `"logoText"`, "\n\n\"labelColor\"", 1), "KEY-FORMAT", 13},
		"an unknown template":             {strings.Replace(good, `points",`, `none",`, 1), "TPL-UNKNOWN", 2},
		"a picture":                       {strings.Replace(good, `"pass": {`, `"images": {"strip": "https://127.0.0.1/x.png"}, "pass": {`, 1), "IMG-SOURCE", 10},
	} {
		a := draft("x", broken.text)
		found := false
		for _, f := range a.Findings {
			found = found || f.Rule == broken.rule && f.Line == broken.line && f.Severity == "error" && f.Message != ""
		}
		if !found || a.Draft != 0 {
			t.Errorf("%s: %+v, want %s in line %d", name, a, broken.rule, broken.line)
		}
	}
	if a := draft("x", strings.Replace(good, `"points": 80`, `"points": 80, "pointz": 1`, 1)); a.Draft == 0 || len(a.Findings) != 1 || a.Findings[0].Severity != "warning" || a.Findings[0].Line != 6 {
		t.Errorf("a warning: %+v", a)
	}
	for range 20 { // others come in its place
		draft("y", good)
	}
	if status, _, _ := c.call("GET", path+"x"+shown, ""); status != http.StatusNotFound {
		t.Errorf("an old draft: %d", status)
	}
	if status, _, _ := c.call("POST", path+"x/draft", strings.Repeat(" ", 300<<10)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a giant draft: %d", status)
	}
	if status, _, _ := c.call("POST", path+"__x__/draft", good); status != http.StatusBadRequest {
		t.Errorf("a draft of no pass: %d", status)
	}
	if status, _, body := c.call("GET", "/local/passes", ""); status != 200 || strings.Contains(string(body), "serialNumber") {
		t.Errorf("something was written: %s", body)
	}
}

// An address that is half typed is asked for nothing; a picture that was fetched before is drawn as one types.
func TestDraftsFetchNoPictureWhileOneTypes(t *testing.T) {
	s, err := start(t.Context(), options{addr: "127.0.0.1:0", backend: "memory", log: discard, now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	c := newClient(t, s.url)
	const address = "https://pictures.example/strip.png"
	text := strings.Replace(c.offer("points").Text, `"data"`, `"images": {"strip": "`+address+`"},`+"\n"+`"data"`, 1)
	type answer struct {
		Draft    int
		Findings []struct {
			Path, Rule, Severity string
			Line                 int
		}
	}
	draft := func(query, text string) (a answer) {
		t.Helper()
		c.read("POST", "/local/passes/"+defaultPassType+"/x/draft"+query, text, &a)
		return a
	}
	a := draft("?pictures=kept", text)
	if a.Draft == 0 || len(a.Findings) != 1 || a.Findings[0].Path != "/images/strip" || a.Findings[0].Severity != "warning" || a.Findings[0].Line != 3 {
		t.Errorf("while one types: %+v", a)
	}
	if a := draft("?pictures=kept", strings.Replace(text, "https:", "http:", 1)); a.Draft != 0 || len(a.Findings) == 0 || a.Findings[0].Severity != "error" {
		t.Errorf("an address that is never asked: %+v", a)
	}
	var plain bytes.Buffer
	if err := png.Encode(&plain, image.NewGray(image.Rect(0, 0, 1125, 432))); err != nil {
		t.Fatal(err)
	}
	album := document.Album{Bucket: s.backend.bucket, Fetch: func(context.Context, string) ([]byte, error) { return plain.Bytes(), nil }}
	if _, err := album.Picture(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	if a := draft("?pictures=kept", text); a.Draft == 0 || len(a.Findings) != 0 {
		t.Errorf("a picture that is kept: %+v", a)
	}
}

func TestEventsNameWhatChanges(t *testing.T) {
	noGoroutineLeft(t)
	c := newClient(t, serve(t))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"/local/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := c.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stream.Body.Close() })
	lines := bufio.NewScanner(stream.Body)
	wait := func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "data: ") && strings.Contains(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("no event %s: %v", want, lines.Err())
	}
	path, link := c.issueSample("points")
	wait(`"kind":"pass","passTypeIdentifier":"` + defaultPassType + `","serialNumber":"points-1"`)
	c.call("POST", "/local/iphone", link)
	wait(`"kind":"phone"`)
	wait(`"kind":"push"`)
	c.call("POST", "/v1/log", `{"logs":["it does not fit"]}`)
	wait(`"kind":"log"`)
	c.call("PUT", "/issuer/v1/campaigns/"+defaultPassType+"/points", "")
	wait(`"kind":"campaign"`)
	c.call("DELETE", "/issuer/v1/passes/"+path, "")
	wait(`"kind":"pass"`)
}

func TestReadersOfEventsDoNotHoldTheServer(t *testing.T) {
	s, err := start(t.Context(), options{addr: "127.0.0.1:0", backend: "memory", log: discard, now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/local/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := newClient(t, s.url).http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	early, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")) // as browsers do, to have one when they want to ask
	if err != nil {
		t.Fatal(err)
	}
	defer early.Close()
	began := time.Now()
	s.close()
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	if _, err := io.ReadAll(stream.Body); err != nil {
		t.Errorf("the stream was broken off: %v", err)
	}
}

func TestDeviceLogIsShown(t *testing.T) {
	c := newClient(t, serve(t))
	type log struct {
		Lines []struct{ Time, Line string }
	}
	var empty log
	c.read("GET", "/local/devicelog", "", &empty)
	if empty.Lines == nil || len(empty.Lines) != 0 {
		t.Errorf("%+v", empty)
	}
	for n := range 5 {
		var lines []string
		for i := range 50 {
			lines = append(lines, fmt.Sprintf("line %d", n*50+i))
		}
		body, _ := json.Marshal(map[string]any{"logs": lines})
		c.call("POST", "/v1/log", string(body))
	}
	var full log
	c.read("GET", "/local/devicelog", "", &full)
	if n := len(full.Lines); n != 200 || full.Lines[0].Line != "line 50" || full.Lines[n-1].Line != "line 249" || full.Lines[0].Time == "" {
		t.Errorf("%d lines, from %+v", n, full.Lines[:1])
	}
}

func TestConsoleIsNobodyElsesTool(t *testing.T) {
	c := newClient(t, serve(t))
	path, _ := c.issueSample("points")
	for _, target := range []string{
		"POST /local/passes/" + path + "/draft", "POST /local/iphone/power", "POST /local/iphone/update", "POST /local/iphone", "POST /local/sweep",
		"POST /local/campaigns", "PUT /issuer/v1/passes/" + path, "DELETE /issuer/v1/passes/" + path,
	} {
		method, target, _ := strings.Cut(target, " ")
		if status, _, _ := c.call(method, target, "{}", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
			t.Errorf("%s %s from elsewhere: %d", method, target, status)
		}
	}
	for _, target := range []string{"/", "/local/events", "/local/console/main.js", "/local/passes", "/local/passes/" + path + "/document", "/local/iphone/screen", "/local/templates/points/drawn"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "evil.example"
		answer, err := c.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s under another name: %d", target, answer.StatusCode)
		}
	}
}

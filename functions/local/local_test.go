package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

// noGoroutineLeft fails unless as many goroutines run at the end as at the beginning.
func noGoroutineLeft(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		deadline := time.After(patience.Limit)
		for runtime.NumGoroutine() > before {
			select {
			case <-deadline:
				stacks := make([]byte, 1<<20)
				t.Errorf("%d goroutines were left behind:\n%.4000s", runtime.NumGoroutine()-before, stacks[:runtime.Stack(stacks, true)])
				return
			case <-time.After(time.Millisecond):
			}
		}
	})
}

func TestDemoPlaysTheLifeOfAnUpdate(t *testing.T) {
	noGoroutineLeft(t)
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-demo"}, &out, io.Discard); err != nil {
		t.Fatalf("%v after\n%s", err, &out)
	}
	at := 0
	for _, step := range []string{"issued", "packaged", "installed", "added", "registered", "pushed", "listed", "changed", "pushed", "listed", "fetched", "You now have 120 points", "packaged", "delivered", "done"} {
		i := strings.Index(out.String()[at:], step)
		if i < 0 {
			t.Fatalf("no %q after byte %d of\n%s", step, at, &out)
		}
		at += i
	}
}

func TestDemoThroughGooglesClients(t *testing.T) {
	t.Setenv("FIRESTORE_EMULATOR_HOST", emulator.Firestore(t))
	t.Setenv("PUBSUB_EMULATOR_HOST", emulator.PubSub(t))
	t.Setenv("STORAGE_EMULATOR_HOST", emulator.Storage(t))
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-demo", "-backend", "gcp"}, &out, os.Stderr); err != nil {
		t.Fatalf("%v after\n%s", err, &out)
	}
}

func TestFlags(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-backend", "aws"}, "memory or gcp"},
		{[]string{"-nonsense"}, "nonsense"},
		{[]string{"extra"}, "extra"},
		{[]string{"-addr", "no-port"}, "no-port"},
		{[]string{"-addr", "127.0.0.1:0", "-certs", missing}, "-certs"},
		{[]string{"-addr", "127.0.0.1:0", "-templates", missing}, "missing"},
		{[]string{"-addr", "127.0.0.1:0", "-apns", "ftp://x"}, "ftp"},
		{[]string{"-addr", "127.0.0.1:0", "-certs", t.TempDir()}, "no file named"},
	} {
		var stderr bytes.Buffer
		err := run(t.Context(), c.args, io.Discard, &stderr)
		if err == nil || !strings.Contains(err.Error()+stderr.String(), c.want) {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}

// serve runs local mode as main does, and returns the address it printed.
func serve(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), writer, io.Discard)
		writer.CloseWithError(err)
		done <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "Ready: "); ok {
			go io.Copy(io.Discard, reader)
			return address
		}
	}
	t.Fatalf("it never became ready: %v", lines.Err())
	return ""
}

// client is an HTTP client of one test.
type client struct {
	t    *testing.T
	http *http.Client
	url  string
}

func newClient(t *testing.T, url string) client {
	c := client{t, newHTTPClient(), url}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// call makes a request and returns status, header and body.
func (c client) call(method, target, body string, headers ...string) (int, http.Header, []byte) {
	c.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = c.url + target
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response.StatusCode, response.Header, text
}

// until repeats a look until it succeeds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience.Limit)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}

const stampCard = `{"template": "stamps", "data": {"programName": "Bean Club", "organizationName": "Corner Roastery",
	"accountId": "C-1", "fullName": "Ada Example", "qrCodeLink": "https://example.com/c/1", "stamps": 3, "stampGoal": 10}}`

func TestServedAsTheReadmeSays(t *testing.T) {
	noGoroutineLeft(t)
	c := newClient(t, serve(t))
	path := "/issuer/v1/passes/" + defaultPassType + "/card-1"
	status, _, body := c.call("PUT", path, stampCard, "Content-Type", "application/json")
	var issued struct{ InstallURL, Revision string }
	if err := json.Unmarshal(body, &issued); status != 201 || err != nil || !strings.HasPrefix(issued.InstallURL, c.url+"/install/") {
		t.Fatalf("PUT: %d %s", status, body)
	}
	until(t, "the install link leads to a package", func() bool {
		status, header, _ := c.call("GET", issued.InstallURL+".pkpass", "")
		if status == http.StatusServiceUnavailable && header.Get("Retry-After") != "1" {
			t.Error("503 without Retry-After: 1")
		}
		return status == 200
	})
	if status, _, body := c.call("POST", "/local/iphone", issued.InstallURL); status != 201 {
		t.Fatalf("the phone: %d %s", status, body)
	}
	until(t, "the phone has asked after it registered", func() bool { // so that each change needs a push of its own
		_, _, body := c.call("GET", path, "")
		return bytes.Contains(body, []byte(`"event":"listed"`))
	})
	if status, _, body := c.call("PATCH", path, `{"data":{"stamps":4}}`, "Content-Type", "application/merge-patch+json"); status != 200 {
		t.Fatalf("PATCH: %d %s", status, body)
	}
	phoneShows := func(stamps float64) func() bool {
		return func() bool {
			_, _, body := c.call("GET", "/local/iphone", "")
			var held []struct {
				SerialNumber string
				Fields       map[string]any
			}
			return json.Unmarshal(body, &held) == nil && len(held) == 1 && held[0].Fields["stamps"] == stamps
		}
	}
	until(t, "the phone shows four stamps", phoneShows(4))
	message := fmt.Sprintf(`{"passTypeIdentifier":%q,"serialNumber":"card-1","data":{"stamps":5}}`, defaultPassType)
	if status, _, body := c.call("POST", "/local/topics/pass-updates", message); status != 202 {
		t.Fatalf("message: %d %s", status, body)
	}
	until(t, "the phone shows five stamps", phoneShows(5))
	checkPushes(c)
	checkIndex(c, path)
	if status, _, _ := c.call("DELETE", "/local/iphone/"+defaultPassType+"/card-1", ""); status != 200 {
		t.Errorf("removing the pass from the phone: %d", status)
	}
	if status, header, _ := c.call("GET", "//v1//log/", ""); status != 405 || header.Get("Location") != "" {
		t.Errorf("a doubled slash: %d %v", status, header)
	}
}

// checkPushes holds /local/pushes to its contract.
func checkPushes(c client) {
	c.t.Helper()
	_, _, body := c.call("GET", "/local/pushes", "")
	var pushes []map[string]any
	if err := json.Unmarshal(body, &pushes); err != nil || len(pushes) < 3 {
		c.t.Fatalf("%v in %s", err, body)
	}
	last := pushes[len(pushes)-1]
	for _, key := range []string{"time", "pushToken", "topic", "pushType", "priority", "expiration", "body", "status"} {
		if _, ok := last[key]; !ok {
			c.t.Errorf("a push has no %s: %v", key, last)
		}
	}
	if last["topic"] != defaultPassType || last["pushType"] != "background" || last["body"] != "{}" || fmt.Sprint(last["priority"]) != "5" || fmt.Sprint(last["status"]) != "200" {
		c.t.Errorf("the last push is %v", last)
	}
}

// checkIndex holds the page at / to what it should say.
func checkIndex(c client, path string) {
	c.t.Helper()
	status, header, body := c.call("GET", "/", "")
	if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
		c.t.Errorf("/: %d %s", status, header.Get("Content-Type"))
	}
	for _, want := range []string{"curl -X PUT " + c.url + path, "curl -X PATCH", "/local/pushes", defaultPassType} {
		if !bytes.Contains(body, []byte(want)) {
			c.t.Errorf("/ does not say %q", want)
		}
	}
}

func TestPackageVerifiesWithOpenSSL(t *testing.T) { // scenario 16
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed: our own reader alone has verified the packages")
	}
	c := newClient(t, serve(t))
	_, _, root := c.call("GET", "/local/certs/ca.pem", "")
	for _, template := range []string{"stamps", "points", "simple"} {
		serial := "card-" + template
		body := strings.Replace(strings.Replace(stampCard, "stamps", template, 1), `"stampGoal": 10`, `"stampGoal": 10, "points": 5`, 1)
		_, _, answer := c.call("PUT", "/issuer/v1/passes/"+defaultPassType+"/"+serial, body)
		var issued struct{ InstallURL string }
		if err := json.Unmarshal(answer, &issued); err != nil {
			t.Fatal(err)
		}
		var data []byte
		until(t, template+" is packaged", func() bool {
			var status int
			status, _, data = c.call("GET", issued.InstallURL+".pkpass", "")
			return status == 200
		})
		contents, findings := pkpass.Read(data)
		if err := findings.Err(); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for name, content := range map[string][]byte{"manifest.json": contents.Manifest, "signature": contents.Signature, "ca.pem": root} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		verify := exec.CommandContext(t.Context(), openssl, "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature",
			"-content", "manifest.json", "-CAfile", "ca.pem", "-purpose", "any", "-out", os.DevNull)
		verify.Dir = dir
		if out, err := verify.CombinedOutput(); err != nil {
			t.Errorf("%s: openssl: %v\n%s", template, err, out)
		}
	}
}

func TestCertificatesAndTemplatesOfOnesOwn(t *testing.T) {
	authority, err := devcerts.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	const own = "pass.com.example.mine"
	issuedPass, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: own, TeamIdentifier: "ABCDE12345"})
	if err != nil {
		t.Fatal(err)
	}
	files, err := issuedPass.PEM()
	if err != nil {
		t.Fatal(err)
	}
	certs, templates := t.TempDir(), t.TempDir()
	write := func(path string, data []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(certs, own+".pem"), files)
	write(filepath.Join(certs, "root.pem"), authority.RootPEM())
	write(filepath.Join(templates, "mine.pass", "pass.json"), []byte(`{"organizationName":"Mine","description":"{{what}}","generic":{"primaryFields":[{"key":"what","value":"{{what}}"}]}}`))
	for _, name := range []string{"icon.png", "icon@2x.png", "icon@3x.png"} {
		icon, err := os.ReadFile(filepath.Join("..", "..", "shared", "template", "starters", "simple.pass", name))
		if err != nil {
			t.Fatal(err)
		}
		write(filepath.Join(templates, "mine.pass", name), icon)
	}
	c := newClient(t, serve(t, "-certs", certs, "-templates", templates))
	_, _, answer := c.call("PUT", "/issuer/v1/passes/"+own+"/1", `{"template":"mine","data":{"what":"A thing"}}`)
	var issued struct{ InstallURL string }
	if err := json.Unmarshal(answer, &issued); err != nil || issued.InstallURL == "" {
		t.Fatalf("%s", answer)
	}
	var data []byte
	until(t, "it is packaged", func() bool {
		var status int
		status, _, data = c.call("GET", issued.InstallURL+".pkpass", "")
		return status == 200
	})
	block, _ := pem.Decode(authority.RootPEM())
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	contents, findings := pkpass.Verify(data, pkpass.VerifyOptions{Roots: roots, Now: time.Now()})
	if err := findings.Err(); err != nil {
		t.Error(err)
	}
	var pass struct{ TeamIdentifier, PassTypeIdentifier, Description string }
	if err := json.Unmarshal(contents.PassJSON, &pass); err != nil || pass.TeamIdentifier != "ABCDE12345" || pass.PassTypeIdentifier != own || pass.Description != "A thing" {
		t.Errorf("%+v, %v", pass, err)
	}
	if status, _, body := c.call("POST", "/local/iphone", issued.InstallURL); status != 201 {
		t.Errorf("the phone: %d %s", status, body)
	}
}

func TestDocumentTakenAwayIsVoided(t *testing.T) { // P-41
	w := newWorld(t)
	w.issued("a", 1)
	p := w.holder("a")
	doc, err := w.store.Document(t.Context(), id("a"))
	if err != nil {
		t.Fatal(err)
	}
	w.store.DeleteDocument(doc.ID)
	w.settle()
	w.update(p)
	if held := p.Passes(); !held[0].Voided {
		t.Errorf("the phone holds %+v", held)
	}
	version := w.pkg("a").Version
	for range 2 { // once is enough
		if err := w.deliver(message{wallet.TopicPassChanged, []byte(`{"passTypeIdentifier":"` + passType + `","serialNumber":"a"}`)}); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.pkg("a").Version; got != version {
		t.Errorf("version %d after %d", got, version)
	}
	w.put("a", 7)
	w.settle()
	w.update(p)
	if held := p.Passes(); held[0].Voided {
		t.Errorf("written again, the phone holds %+v", held)
	}
	if slices.Contains([]string{"", "0"}, fmt.Sprint(p.Field(id("a"), "points"))) {
		t.Error("no points")
	}
}

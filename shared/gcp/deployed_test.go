package gcp_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const (
	project     = "GOOGLE_CLOUD_PROJECT=my-project-123"
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
	traceparent = "00-" + traceID + "-00f067aa0ba902b7-01"
)

// logged returns the records among the lines that a process wrote, each without its time.
func logged(t *testing.T, output string) []map[string]any {
	t.Helper()
	var records []map[string]any
	for line := range strings.Lines(output) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			continue // the framework's own
		}
		delete(record, "time")
		records = append(records, record)
	}
	return records
}

// count counts the records with this message.
func count(records []map[string]any, message string) int {
	n := 0
	for _, r := range records {
		if r["message"] == message {
			n++
		}
	}
	return n
}

func TestAnHTTPFunctionAsDeployed(t *testing.T) {
	const path = "/v1/passes/pass.com.example/card-1"
	p := start(t, "Web", project, "FIRESTORE_DATABASE=(default)", "WEB_SERVICE_URL=https://passes.example.com")
	if status, body := p.call("GET", path, ""); status != http.StatusServiceUnavailable || strings.Contains(body, "Firestore") {
		t.Errorf("what cannot be opened yet: %d %q", status, body)
	}
	for name, c := range map[string]struct{ path, want string }{
		"as it is":         {path, "card-1"},
		"a trailing slash": {path + "/", "card-1"},
		"v1 twice":         {"/v1" + path, "card-1"},
		"an escaped slash": {"/v1/passes/pass.com.example/a%2Fb", "a/b"},
	} {
		if status, body := p.call("GET", c.path, ""); status != http.StatusOK || body != c.want {
			t.Errorf("%s: %d %q", name, status, body)
		}
	}
	records := logged(t, p.stop())
	if got := count(records, "cannot open"); got != 1 {
		t.Errorf("%d records of the failed opening, want 1: %v", got, records)
	}
	if got := count(records, "request"); got != 4 {
		t.Errorf("%d records of requests, want 4: %v", got, records)
	}
}

// pushed is the body of a Pub/Sub push. https://cloud.google.com/pubsub/docs/push#receive_push
func pushed(message string) string {
	return `{"message":{"data":"` + base64.StdEncoding.EncodeToString([]byte(message)) + `","messageId":"1",` +
		`"publishTime":"2026-11-22T12:00:00Z"},"subscription":"projects/my-project-123/subscriptions/s"}`
}

// eventarcs is the headers that Eventarc adds to the same body. https://cloud.google.com/eventarc/docs/cloudevents
var eventarcs = []string{
	"Content-Type", "application/json", "Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Type", "google.cloud.pubsub.topic.v1.messagePublished",
	"Ce-Source", "//pubsub.googleapis.com/projects/my-project-123/topics/t",
}

func TestAMessageFunctionAsDeployed(t *testing.T) {
	for how, header := range map[string][]string{"through Eventarc": eventarcs, "directly": {"Content-Type", "application/json"}} {
		t.Run(how, func(t *testing.T) {
			p := start(t, "Messages", project, "TOPIC_PASS_PACKAGED=pass-packaged")
			for message, want := range map[string]int{"one": 200, "invalid": 200, "again": 500, "panic": 500} {
				if status, text := p.call("POST", "/", pushed(message), header...); status != want {
					t.Errorf("%q: %d %q, want %d", message, status, text, want)
				}
			}
			if status, text := p.call("POST", "/", "half a mess", header...); status != http.StatusOK {
				t.Errorf("what is no message: %d %q", status, text)
			}
			records := logged(t, p.stop())
			for message, want := range map[string]int{
				"handled one": 1, "handled again": 1, "message refused": 2, "message will be delivered again": 1,
			} {
				if got := count(records, message); got != want {
					t.Errorf("%d records say %q, want %d: %v", got, message, want, records)
				}
			}
		})
	}
}

func TestADocumentFunctionAsDeployed(t *testing.T) {
	p := start(t, "Writes", project, "TOPIC_PASS_CHANGED=pass-changed")
	for document, want := range map[string]int{
		"passTypes/pass.com.example/passes/card-1": 200, "passTypes/pass.com.example/passes/again": 500,
		"passTypes/pass.com.example/passes/invalid": 200, "customers/1": 200,
	} {
		status, text := p.call("POST", "/", "a document", "Content-Type", "application/protobuf", "Ce-Specversion", "1.0", "Ce-Id", "1",
			"Ce-Type", "google.cloud.firestore.document.v1.written",
			"Ce-Source", "//firestore.googleapis.com/projects/my-project-123/databases/(default)",
			"Ce-Subject", "documents/"+document, "Ce-Document", document)
		if status != want {
			t.Errorf("%s: %d %q, want %d", document, status, text, want)
		}
	}
	records := logged(t, p.stop())
	for message, want := range map[string]int{
		"handled card-1": 1, "handled again": 1, "handled 1": 0, "message refused": 2, "message will be delivered again": 1,
	} {
		if got := count(records, message); got != want {
			t.Errorf("%d records say %q, want %d: %v", got, message, want, records)
		}
	}
}

// The largest event is 512 KiB, and nothing looks at it. A server that leaves much of a request unread hangs up, which its
// sender may take for a failure. https://cloud.google.com/eventarc/quotas
func TestALargeEventDoesNotCostTheConnection(t *testing.T) {
	p := start(t, "Writes", project, "TOPIC_PASS_CHANGED=pass-changed")
	connection, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	check(t, err)
	defer connection.Close()
	answers := bufio.NewReader(connection)
	for range 2 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url, bytes.NewReader(make([]byte, 512<<10)))
		check(t, err)
		r.Header.Set("Ce-Document", "passTypes/pass.com.example/passes/card-1")
		check(t, r.Write(connection))
		response, err := http.ReadResponse(answers, r)
		check(t, err)
		check(t, response.Body.Close())
		if response.StatusCode != http.StatusOK || response.Close {
			t.Errorf("%d, closed %t", response.StatusCode, response.Close)
		}
	}
	p.stop()
}

// Whatever is logged while a request or an event is worked on carries the trace of its request, and so do refusals.
func TestEveryKindOfFunctionLogsTheTrace(t *testing.T) {
	for function, c := range map[string]struct {
		settings     []string
		method, path string
		body         string
		header       []string
		want         []string
	}{
		"Web": {[]string{"FIRESTORE_DATABASE=(default)", "WEB_SERVICE_URL=https://passes.example.com"},
			"GET", "/v1/passes/pass.com.example/card-1", "", nil, []string{"cannot open"}},
		"Messages": {[]string{"TOPIC_PASS_PACKAGED=pass-packaged"},
			"POST", "/", pushed("again"), nil, []string{"handled again", "message will be delivered again"}},
		"Writes": {[]string{"TOPIC_PASS_CHANGED=pass-changed"},
			"POST", "/", "", []string{"Ce-Document", "passTypes/pass.com.example/passes/invalid"},
			[]string{"handled invalid", "message refused"}},
	} {
		t.Run(function, func(t *testing.T) {
			p := start(t, function, append(c.settings, project)...)
			p.call(c.method, c.path, c.body, append(c.header, "Traceparent", traceparent)...)
			var got []string
			for _, record := range logged(t, p.stop()) {
				if record["logging.googleapis.com/trace"] == "projects/my-project-123/traces/"+traceID {
					message, _ := record["message"].(string)
					got = append(got, message)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("with the trace: %q, want %q", got, c.want)
			}
		})
	}
}

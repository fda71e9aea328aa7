package eventarc_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"walletpasses.example/server/shared/tools/rehearse/eventarc"
)

// A delivery is what reached the function.
type delivery struct {
	header http.Header
	body   []byte
}

// function is a function that answers with these statuses, one each, and shows what it was called with.
func function(t *testing.T, statuses ...int) (url string, deliveries <-chan delivery) {
	t.Helper()
	seen := make(chan delivery, len(statuses))
	answers := make(chan int, len(statuses))
	for _, status := range statuses {
		answers <- status
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		select {
		case status := <-answers:
			w.WriteHeader(status)
			seen <- delivery{r.Header, body}
		default:
			t.Error("called again after it has acknowledged")
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, seen
}

// listen is a bridge with the trigger "changed", created at an emulator that only notes what it is asked.
func listen(t *testing.T, function string) (bridge *eventarc.Bridge, asked *http.Request) {
	t.Helper()
	bridge, err := eventarc.Listen(eventarc.Backoff{Min: time.Millisecond, Max: 2 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bridge.Close)
	emulator := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		asked = r.Clone(t.Context())
		asked.Body = io.NopCloser(bytes.NewReader(text))
	}))
	t.Cleanup(emulator.Close)
	err = bridge.Create(t.Context(), emulator.Listener.Addr().String(), "p", eventarc.Trigger{
		ID: "changed", EventType: "google.cloud.firestore.document.v1.written", Database: "(default)", Document: "a/{b}", Function: function,
	})
	if err != nil {
		t.Fatal(err)
	}
	return bridge, asked
}

// post sends what the emulator sends.
func post(t *testing.T, bridge *eventarc.Bridge, trigger, body string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		"http://"+bridge.Address()+"/functions/projects/p/triggers/"+trigger, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/protobuf", "Ce-Datacontenttype": "application/protobuf", "Ce-Id": "1", "Ce-Specversion": "1.0",
		"Ce-Source": "//firestore.googleapis.com/projects/projects/p/databases/(default)", "Ce-Document": "a/1",
	} {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func TestAnEventIsDeliveredAsInProduction(t *testing.T) {
	url, deliveries := function(t, http.StatusOK)
	bridge, _ := listen(t, url)
	body := []byte{0x0a, 0x00, 0xff}
	if status := post(t, bridge, "changed", base64.StdEncoding.EncodeToString(body)); status != http.StatusOK {
		t.Errorf("the emulator was answered %d", status)
	}
	got := <-deliveries
	if !bytes.Equal(got.body, body) {
		t.Errorf("body %x, want %x", got.body, body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/protobuf", "Ce-Datacontenttype": "", "Ce-Id": "1", "Ce-Specversion": "1.0", "Ce-Document": "a/1",
		"Ce-Source": "//firestore.googleapis.com/projects/p/databases/(default)",
	} {
		if got := got.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestAnEventIsDeliveredUntilItIsAcknowledged(t *testing.T) {
	url, deliveries := function(t, 500, 503, 404, 204)
	bridge, _ := listen(t, url)
	post(t, bridge, "changed", "aGVsbG8=")
	for range 4 {
		if got := <-deliveries; string(got.body) != "hello" {
			t.Errorf("delivered %q", got.body)
		}
	}
}

func TestAFunctionThatIsAwayIsTriedAgain(t *testing.T) {
	var calls atomic.Int32
	delivered := make(chan string, 1)
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch calls.Add(1) {
		case 1:
			panic(http.ErrAbortHandler) // the connection ends
		case 2:
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect) // which is no acknowledgement
		default:
			body, _ := io.ReadAll(r.Body)
			delivered <- r.URL.Path + " " + string(body)
		}
	}))
	t.Cleanup(away.Close)
	bridge, _ := listen(t, away.URL)
	post(t, bridge, "changed", "aGVsbG8=")
	if got := <-delivered; got != "/ hello" {
		t.Errorf("delivered %q", got)
	}
}

func TestCloseGivesUp(t *testing.T) {
	bridge, _ := listen(t, "http://127.0.0.1:1") // where nobody listens
	post(t, bridge, "changed", "aGVsbG8=")
	bridge.Close() // would not return
}

func TestWhatIsNoEvent(t *testing.T) {
	bridge, _ := listen(t, "http://127.0.0.1:1")
	if status := post(t, bridge, "another", "aGVsbG8="); status != http.StatusNotFound {
		t.Errorf("an unknown trigger: %d", status)
	}
	if status := post(t, bridge, "changed", "{}"); status != http.StatusBadRequest {
		t.Errorf("a body that is not base64: %d", status)
	}
}

func TestCreate(t *testing.T) {
	bridge, asked := listen(t, "http://127.0.0.1:1")
	const want = "/emulator/v1/projects/p/eventarcTrigger?eventarcTriggerId=changed"
	if asked.Method != http.MethodPost || asked.RequestURI != want {
		t.Errorf("%s %s, want POST %s", asked.Method, asked.RequestURI, want)
	}
	const form = `{"database":"(default)","document":{"matchType":"PATH_PATTERN","value":"a/{b}"},` +
		`"eventType":"google.cloud.firestore.document.v1.written","namespace":"(default)"}`
	if body, err := io.ReadAll(asked.Body); string(body) != form {
		t.Errorf("%s (%v), want %s", body, err, form)
	}
	refusing := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(refusing.Close)
	if err := bridge.Create(t.Context(), refusing.Listener.Addr().String(), "p", eventarc.Trigger{ID: "x"}); err == nil {
		t.Error("no error though the emulator refused")
	}
}

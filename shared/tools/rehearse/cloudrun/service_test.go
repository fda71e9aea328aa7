package cloudrun_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/cloudtest/patience"
	"walletpasses.example/server/shared/tools/rehearse/cloudrun"
)

// TestMain runs the tests or, started as the platform starts a function, is one.
func TestMain(m *testing.M) {
	switch os.Getenv("FUNCTION_TARGET") {
	case "":
		os.Exit(m.Run())
	case "Broken":
		fmt.Println("CERTIFICATES_DIR is not set")
		os.Exit(1)
	default:
		fmt.Println("started", os.Getenv("FUNCTION_TARGET"))
		http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), http.HandlerFunc(function))
	}
}

// function answers with its process, or what was asked of it.
func function(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/echo":
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s %s", r.Method, r.Host, r.RequestURI, body)
	case "/environment":
		fmt.Fprint(w, strings.Join(os.Environ(), "\n"))
	case "/hang":
		fmt.Println("hanging")
		<-r.Context().Done()
	case "/fail":
		w.WriteHeader(http.StatusInternalServerError)
	default:
		fmt.Fprint(w, os.Getpid())
	}
}

func start(t *testing.T, settings ...string) *cloudrun.Service {
	t.Helper()
	s, err := cloudrun.Start(t.Context(), cloudrun.Function{
		Name: "register", EntryPoint: "RegisterDevice", Executable: os.Args[0], Settings: settings,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// ask calls the service and returns status and body.
func ask(ctx context.Context, t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "passes.example.com"
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// waitFor looks again and again until something is so.
func waitFor(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	limit := time.After(patience.Limit)
	for !isSo() {
		select {
		case <-time.After(time.Millisecond):
		case <-limit:
			t.Fatalf("waited for %s", what)
		}
	}
}

func TestARequestPassesAsItCame(t *testing.T) {
	s := start(t)
	const want = "DELETE passes.example.com /echo?a=%zz;b hello"
	if status, got := ask(t.Context(), t, http.MethodDelete, s.URL()+"/echo?a=%zz;b", "hello"); status != http.StatusOK || got != want {
		t.Errorf("%d %q, want %q", status, got, want)
	}
	if status, _ := ask(t.Context(), t, http.MethodGet, s.URL()+"/fail", ""); status != http.StatusInternalServerError {
		t.Errorf("%d, want 500", status)
	}
	if s.Answered() != 1 {
		t.Errorf("%d answered, want 1: a 500 is none", s.Answered())
	}
}

func TestAnInstanceFindsItsSettingsAndNothingElse(t *testing.T) {
	t.Setenv("OF_THE_PARENT", "1")
	s := start(t, "TOPIC_PASS_CHANGED=pass-changed")
	_, text := ask(t.Context(), t, http.MethodGet, s.URL()+"/environment", "")
	found := make(map[string]string)
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		found[name] = value
	}
	for name, want := range map[string]string{
		"TOPIC_PASS_CHANGED": "pass-changed", "FUNCTION_TARGET": "RegisterDevice", "K_SERVICE": "register", "OF_THE_PARENT": "",
	} {
		if found[name] != want {
			t.Errorf("%s=%q, want %q", name, found[name], want)
		}
	}
	if found["PORT"] == "" {
		t.Error("no PORT")
	}
}

func TestRestartInterruptsWhatIsUnderWay(t *testing.T) {
	s := start(t)
	_, before := ask(t.Context(), t, http.MethodGet, s.URL(), "")
	interrupted := make(chan int)
	go func() {
		status, _ := ask(t.Context(), t, http.MethodGet, s.URL()+"/hang", "")
		interrupted <- status
	}()
	waitFor(t, "the request to begin", func() bool { return strings.Contains(s.Output(), "hanging") })
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if status := <-interrupted; status != http.StatusServiceUnavailable || s.Interrupted() != 1 {
		t.Errorf("status %d and %d interrupted, want 503 and 1", status, s.Interrupted())
	}
	if status, after := ask(t.Context(), t, http.MethodGet, s.URL(), ""); status != http.StatusOK || after == before {
		t.Errorf("status %d from process %s, which was %s before", status, after, before)
	}
	if n := strings.Count(s.Output(), "started RegisterDevice"); n != 2 {
		t.Errorf("the output tells of %d starts: %q", n, s.Output())
	}
}

func TestAFunctionThatDoesNotStart(t *testing.T) {
	_, err := cloudrun.Start(t.Context(), cloudrun.Function{Name: "issue", EntryPoint: "Broken", Executable: os.Args[0]})
	if err == nil || !strings.Contains(err.Error(), "issue") || !strings.Contains(err.Error(), "CERTIFICATES_DIR is not set") {
		t.Errorf("%v, want the function's name and what it said", err)
	}
}

func TestCloseEndsTheProcess(t *testing.T) {
	s := start(t)
	s.Close()
	if status, _ := ask(t.Context(), t, http.MethodGet, s.URL(), ""); status != 0 {
		t.Errorf("answered %d after Close", status)
	}
}

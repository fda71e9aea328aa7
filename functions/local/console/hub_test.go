package console_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/functions/local/console"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// reading opens the stream of events, and returns what reads the next event.
func reading(t *testing.T, hub *console.Hub) (next func() (console.Event, bool)) {
	t.Helper()
	c := &console.Console{Hub: hub}
	server := httptest.NewServer(c.Handle(webservice.NewIssuerRouter(slog.New(slog.DiscardHandler))))
	t.Cleanup(server.Close)
	t.Cleanup(hub.Close) // first: the server waits for its readers
	answer, err := server.Client().Get(server.URL + "/local/events")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", answer.StatusCode, answer.Header)
	}
	lines := bufio.NewScanner(answer.Body)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), ":") {
		t.Fatalf("the stream begins with %q", lines.Text())
	}
	return func() (console.Event, bool) {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var e console.Event
				if err := json.Unmarshal([]byte(data), &e); err != nil {
					t.Fatalf("%q: %v", data, err)
				}
				return e, true
			}
		}
		return console.Event{}, false
	}
}

func TestEventsReachAReaderAndEndWithTheHub(t *testing.T) {
	hub := new(console.Hub)
	hub.Publish(console.Event{Kind: console.KindLog}) // nobody reads yet
	next := reading(t, hub)
	want := console.Event{Kind: console.KindPass, PassID: wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "a"}}
	hub.Publish(want)
	if got, ok := next(); !ok || got != want {
		t.Errorf("%+v %v", got, ok)
	}
	hub.Publish(console.Event{Kind: console.KindPhone})
	if got, _ := next(); got.Kind != console.KindPhone {
		t.Errorf("%+v", got)
	}
	hub.Close()
	if got, ok := next(); ok {
		t.Errorf("after the end: %+v", got)
	}
	if _, ok := reading(t, hub)(); ok {
		t.Error("a closed hub was read from")
	}
}

// deaf is a reader who takes nothing until told to.
type deaf struct {
	header http.Header
	listen chan struct{}

	mu   sync.Mutex
	text strings.Builder
}

func (d *deaf) Header() http.Header              { return d.header }
func (d *deaf) WriteHeader(int)                  {}
func (d *deaf) Flush()                           {}
func (d *deaf) SetWriteDeadline(time.Time) error { return nil }

func (d *deaf) Write(b []byte) (int, error) {
	<-d.listen
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(b)
}

// heard returns what was written since it was called last.
func (d *deaf) heard() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.text.Reset()
	return d.text.String()
}

func TestASlowReaderStopsNobodyAndIsToldToReadEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := new(console.Hub)
		router := (&console.Console{Hub: hub}).Handle(webservice.NewIssuerRouter(slog.New(slog.DiscardHandler)))
		slow := &deaf{header: make(http.Header), listen: make(chan struct{})}
		done := make(chan struct{})
		go func() {
			defer close(done)
			router.ServeHTTP(slow, httptest.NewRequest("GET", "/local/events", nil))
		}()
		synctest.Wait()
		for range 2 {
			hub.Publish(console.Event{Kind: console.KindLog})
		}
		for n := range 1000 {
			hub.Publish(console.Event{Kind: console.KindPass, PassID: wallet.PassID{SerialNumber: fmt.Sprint(n)}})
		}
		close(slow.listen)
		synctest.Wait()
		if got := slow.heard(); strings.Count(got, "data:") != 1 || !strings.Contains(got, `"kind":"reload"`) {
			t.Errorf("after more than can be kept: %.200s", got)
		}
		hub.Publish(console.Event{Kind: console.KindLog})
		synctest.Wait()
		if got := slow.heard(); strings.Count(got, `"kind":"log"`) == 0 {
			t.Errorf("afterwards: %s", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := slow.heard(); got != ":\n\n:\n\n:\n\n" {
			t.Errorf("in a quiet minute: %q", got)
		}
		hub.Close()
		<-done
	})
}

func TestEqualEventsThatWaitAreTakenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := new(console.Hub)
		router := (&console.Console{Hub: hub}).Handle(webservice.NewIssuerRouter(slog.New(slog.DiscardHandler)))
		slow := &deaf{header: make(http.Header), listen: make(chan struct{})}
		done := make(chan struct{})
		go func() {
			defer close(done)
			router.ServeHTTP(slow, httptest.NewRequest("GET", "/local/events", nil))
		}()
		synctest.Wait()
		for range 1000 {
			hub.Publish(console.Event{Kind: console.KindLog})
			hub.Publish(console.Event{Kind: console.KindPhone})
		}
		close(slow.listen)
		synctest.Wait()
		if got := slow.heard(); strings.Count(got, "data:") != 2 || !strings.Contains(got, `"kind":"log"`) || !strings.Contains(got, `"kind":"phone"`) {
			t.Errorf("%.300s", got)
		}
		hub.Close()
		<-done
	})
}

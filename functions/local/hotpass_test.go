package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/wallet"
)

// A crowd is what happens when many write to one record at once: how long Firestore takes, and how often each writer tried.
type crowd struct {
	read, write time.Duration // means

	mu       sync.Mutex
	requests int // those that were sent, repetitions included
	attempts int // the most guarded writes of one request
	slowest  time.Duration
	statuses map[int]int
}

// tries counts the guarded writes of one request; it travels in the request's context.
type tries struct{ n int }

type triesKey struct{}

// pass is the [gate] of a crowd: calls take their time.
func (c *crowd) pass(ctx context.Context, call string) error {
	mean := c.read
	if strings.HasPrefix(call, "Save") {
		mean = c.write
		if t, ok := ctx.Value(triesKey{}).(*tries); ok {
			t.n++
		}
	}
	select {
	case <-time.After(mean/2 + rand.N(mean)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send does a task in the time that a request has.
func (c *crowd) send(t *testing.T, w overload, task task) (*httptest.ResponseRecorder, error) {
	start, count := time.Now(), new(tries)
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), triesKey{}, count), requestTime)
	defer cancel()
	answer, err := task.do(ctx, w)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	c.attempts = max(c.attempts, count.n)
	c.slowest = max(c.slowest, time.Since(start))
	if answer != nil {
		c.statuses[answer.Code]++
	}
	return answer, err
}

// until sends a task until it is taken, as patiently as whoever sends it; a caller waits as long as Retry-After says, and a
// message comes again as Pub/Sub brings it.
func (c *crowd) until(t *testing.T, w overload, task task) {
	backoff := 10 * time.Second // of the subscription
	for sent := 1; ; sent++ {
		switch answer, err := c.send(t, w, task); {
		case answer != nil && answer.Code < 300, answer == nil && err == nil:
			return
		case answer != nil && (answer.Code != 503 || answer.Header().Get("Retry-After") != "1"):
			t.Errorf("%s: %d %s", task.name, answer.Code, answer.Body)
			return
		case sent == 20: // a dead letter, where it is a message
			t.Errorf("%s was not taken after %d deliveries", task.name, sent)
			return
		case answer != nil:
			time.Sleep(time.Second + rand.N(time.Second))
		default:
			time.Sleep(backoff/2 + rand.N(backoff))
			backoff = min(2*backoff, 10*time.Minute)
		}
	}
}

func (c *crowd) String() string {
	return fmt.Sprintf("%d requests, statuses %v, at most %d attempts in one request, the slowest took %v",
		c.requests, c.statuses, c.attempts, c.slowest.Round(time.Millisecond))
}

// inACrowd runs a test in which a read and a guarded write take so long, in a bubble.
func inACrowd(t *testing.T, read, write time.Duration, test func(t *testing.T, c *crowd, w overload)) {
	t.Helper()
	if _, err := signing(); err != nil { // outside of the bubble
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{read: read, write: write, statuses: make(map[int]int)}
		start := time.Now()
		test(t, c, prepared(t).overload(c.pass))
		if c.attempts > 12 {
			t.Errorf("a request tried %d times", c.attempts)
		}
		if c.slowest > requestTime {
			t.Errorf("a request took %v", c.slowest)
		}
		t.Logf("%v; all in %v", c, time.Since(start).Round(time.Millisecond))
	})
}

// speeds are Firestore on a good day, and where a record is fought for.
var speeds = []struct {
	name        string
	read, write time.Duration
}{{"quick", 8 * time.Millisecond, 30 * time.Millisecond}, {"contended", 30 * time.Millisecond, 250 * time.Millisecond}}

// Fifty writers change one pass at once, each a value of its own, several times over. Whatever was acknowledged is there.
func TestAHotPassLosesNothingAndStallsNobody(t *testing.T) {
	const writers, rounds = 50, 4
	for _, channel := range []string{"issue", "ingest"} {
		for _, speed := range speeds {
			t.Run(channel+", "+speed.name, func(t *testing.T) {
				inACrowd(t, speed.read, speed.write, func(t *testing.T, c *crowd, w overload) {
					var all sync.WaitGroup
					for writer := range writers {
						all.Go(func() {
							for round := range rounds {
								c.until(t, w, ownValue(channel, writer, round))
							}
						})
					}
					all.Wait()
					wantAllValues(t, w.store, writers, rounds-1)
					w.settle()
					if pkg := w.pkg("a"); pkg.Problem != nil || pkg.SourceRevision != revision(t, w) {
						t.Errorf("the package is not made from the last document: %+v", pkg)
					}
				})
			})
		}
	}
}

// ownValue is a change of a value that one writer alone changes.
func ownValue(channel string, writer, round int) task {
	data := fmt.Sprintf(`"data":{"writer%d":%d}`, writer, round)
	if channel == "ingest" {
		return hears("ingest", wallet.TopicPassUpdates, `{"passTypeIdentifier":"`+passType+`","serialNumber":"a",`+data+`}`)
	}
	issuers := func(w overload) http.Handler { return w.issuer }
	return asks("issue", issuers, "PATCH", "/issuer/v1/passes/"+passType+"/a", "{"+data+"}", "Content-Type", "application/merge-patch+json")
}

func wantAllValues(t *testing.T, store document.Store, writers, want int) {
	t.Helper()
	doc, err := store.Document(t.Context(), id("a"))
	if err != nil {
		t.Fatal(err)
	}
	data, _ := doc.Fields["data"].(map[string]any)
	for writer := range writers {
		if got := fmt.Sprint(data[fmt.Sprintf("writer%d", writer)]); got != fmt.Sprint(want) {
			t.Errorf("writer %d wrote %d last, and there is %s", writer, want, got)
		}
	}
}

func revision(t *testing.T, w overload) wallet.Revision {
	t.Helper()
	doc, err := w.store.Document(t.Context(), id("a"))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Revision
}

// One phone registers the same pass a thousand times at once. Some of it is refused for the moment; nothing fails, what was
// acknowledged is there, and the phone is not pushed to a thousand times.
func TestAStormOfOneRegistration(t *testing.T) {
	for _, speed := range speeds {
		t.Run(speed.name, func(t *testing.T) {
			inACrowd(t, speed.read, speed.write, func(t *testing.T, c *crowd, w overload) {
				stop := w.deliverAllTheTime()
				var all sync.WaitGroup
				for range 1000 {
					all.Go(func() { _, _ = c.send(t, w, registers("a")) })
				}
				all.Wait()
				stop()
				for status := range c.statuses {
					if status != 200 && status != 201 && status != 503 {
						t.Errorf("%d answers are %d", c.statuses[status], status)
					}
				}
				if c.statuses[201] != 1 {
					t.Errorf("%d registrations are new", c.statuses[201])
				}
				w.wantRegistered(t, 1, 50)
			})
		})
	}
}

// One phone registers five hundred passes at once, and asks again where it is told to.
func TestAStormOfManyRegistrations(t *testing.T) {
	const passes = 500
	inACrowd(t, speeds[0].read, speeds[0].write, func(t *testing.T, c *crowd, w overload) {
		for n := range passes {
			doc := wallet.CurrentPackage{ID: id(fmt.Sprint("p", n)), Version: 1, LastModified: noon, Object: "o", ContentHash: "h"}
			if _, err := w.store.SavePackage(t.Context(), doc); err != nil {
				t.Fatal(err)
			}
		}
		stop := w.deliverAllTheTime()
		var all sync.WaitGroup
		for n := range passes {
			all.Go(func() { c.until(t, w, registers(fmt.Sprint("p", n))) })
		}
		all.Wait()
		stop()
		w.wantRegistered(t, passes, passes)
	})
}

// registers is a task of the device "storm".
func registers(serial string) task {
	return task{"register " + serial, func(ctx context.Context, w overload) (*httptest.ResponseRecorder, error) {
		path := "/v1/devices/storm/registrations/" + passType + "/" + serial
		r := httptest.NewRequestWithContext(ctx, "POST", path, strings.NewReader(`{"pushToken":"storm"}`))
		r.Header.Set("Authorization", w.auth(serial))
		answer := httptest.NewRecorder()
		w.web.ServeHTTP(answer, r)
		return answer, nil
	}}
}

// deliverAllTheTime hands the announcements that come in to push, twenty at a time, until stop is called and none is left.
func (w overload) deliverAllTheTime() (stop func()) {
	stopped, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for left := true; left; {
			select {
			case <-time.After(50 * time.Millisecond):
			case <-stopped:
				left = false
			}
			messages := w.take(wallet.TopicPassPackaged)
			for len(messages) > 0 {
				var batch sync.WaitGroup
				n := min(20, len(messages))
				for _, m := range messages[:n] {
					batch.Go(func() {
						if w.deliver(m) != nil {
							_ = w.publish(m.topic, jsonText(m.data))
						}
					})
				}
				batch.Wait()
				messages = append(messages[n:], w.take(wallet.TopicPassPackaged)...)
			}
		}
	}()
	return func() { close(stopped); <-done }
}

// jsonText is text that is JSON already.
type jsonText []byte

func (j jsonText) MarshalJSON() ([]byte, error) { return j, nil }

// wantRegistered checks that the storm's device has so many passes, is owed nothing, and was not pushed to more often than that.
func (w overload) wantRegistered(t *testing.T, passes, mostPushes int) {
	t.Helper()
	device, err := w.store.Device(t.Context(), wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: "storm"})
	if err != nil || len(device.Passes) != passes {
		t.Errorf("%d passes are registered, want %d; %v", len(device.Passes), passes, err)
	}
	if device.NeedsPush(w.now) {
		t.Error("a push is owed")
	}
	pushes := 0
	for _, token := range w.apns.pushes() {
		if token == "storm" {
			pushes++
		}
	}
	t.Logf("%d pushes", pushes)
	if pushes == 0 || pushes > mostPushes {
		t.Errorf("%d pushes, want at most %d", pushes, mostPushes)
	}
}

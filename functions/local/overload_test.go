package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"walletpasses.example/server/functions/changed"
	"walletpasses.example/server/functions/ingest"
	"walletpasses.example/server/functions/install"
	"walletpasses.example/server/functions/issue"
	"walletpasses.example/server/functions/personalize"
	"walletpasses.example/server/functions/push"
	"walletpasses.example/server/functions/regenerate"
	"walletpasses.example/server/functions/sweep"
	"walletpasses.example/server/functions/web"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// An overload is a world with a gate in front of all that its handlers call.
type overload struct {
	*world
	changed func(context.Context, wallet.PassID) error // what the trigger calls
}

func (w *world) overload(pass gate) overload {
	w.t.Helper()
	store, bucket, events := gatedStore{w.store, pass}, gatedBucket{w.bucket, pass}, gatedEvents{w, pass}
	s, err := signing()
	if err != nil {
		w.t.Fatal(err)
	}
	writer := document.Writer{Store: store, Renderer: w.packager.Renderer}
	links := wallet.InstallLinks{Keys: w.keys, BaseURL: "https://passes.example.com", Now: w.clock}
	packager := &regenerate.Packager{
		Store: store, Bucket: bucket, Events: events, Renderer: w.packager.Renderer, Signers: w.packager.Signers, Log: discard, Now: w.clock,
	}
	w.handlers = map[string]wallet.MessageHandler{
		wallet.TopicPassUpdates:  ingest.New(writer, store, w.clock),
		wallet.TopicPassChanged:  packager.Handle,
		wallet.TopicPassPackaged: push.New(store, events, gatedAPNs{w.apns, pass}, discard, w.clock),
	}
	desk := &personalize.Desk{
		Store: store, Events: events, Auth: webservice.Authenticator{Keys: w.keys, Packages: store}, Now: w.clock,
		Signers: map[string]*pkpass.TokenSigner{passType: pkpass.NewTokenSigner(s.identity, w.clock)},
	}
	w.web = web.New(web.Parts{
		Store: store, Bucket: bucket, Events: events, Keys: w.keys, Log: discard, Now: w.clock, Personalize: desk.Handle,
	})
	w.issuer = issue.API{Store: store, Writer: writer, Links: links}.Routes(discard)
	w.install = webservice.NewPageRouter(discard).Handle(webservice.InstallPass, install.New(store, bucket, links))
	sweeper := &sweep.Sweeper{Store: store, Bucket: bucket, Events: events, Expiries: material{}.expiries, Log: discard, Now: w.clock}
	w.sweep = webservice.NewIssuerRouter(discard).Handle(webservice.Route{Method: http.MethodPost, Path: "/"}, sweeper.Handle)
	return overload{w, changed.New(events)}
}

// A task is one request or message, which a function answers with a status, or an error.
type task struct {
	name string
	do   func(ctx context.Context, w overload) (*httptest.ResponseRecorder, error)
}

// asks is a task of a request; handler says whose.
func asks(name string, handler func(overload) http.Handler, method, path, body string, headers ...string) task {
	return task{name, func(ctx context.Context, w overload) (*httptest.ResponseRecorder, error) {
		r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
		r.Header.Set("Authorization", w.auth("a"))
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		answer := httptest.NewRecorder()
		handler(w).ServeHTTP(answer, r)
		return answer, nil
	}}
}

// hears is a task of a message.
func hears(name, topic, message string) task {
	return task{name, func(ctx context.Context, w overload) (*httptest.ResponseRecorder, error) {
		err := w.handlers[topic](ctx, []byte(message))
		return nil, wallet.Acknowledge(ctx, discard, name, err)
	}}
}

// tasks are every kind of request and message, about the card "a" with the device "phone".
func tasks(t *testing.T) []task {
	t.Helper()
	const registration = "/v1/devices/phone/registrations/" + passType
	const card = passType + "/a"
	const named = `{"passTypeIdentifier":"` + passType + `","serialNumber":"a"}`
	devices := func(w overload) http.Handler { return w.web }
	issuers := func(w overload) http.Handler { return w.issuer }
	browsers := func(w overload) http.Handler { return w.install }
	w := newWorld(t) // the keys are the same in each
	link, err := wallet.InstallLinks{Keys: w.keys, Now: w.clock}.InstallURL(id("a"))
	if err != nil {
		t.Fatal(err)
	}
	link = path.Base(link)
	return []task{
		asks("register", devices, "POST", strings.Replace(registration, "phone", "new", 1)+"/a", `{"pushToken":"token-2"}`),
		asks("unregister", devices, "DELETE", registration+"/a", ""),
		asks("updatable", devices, "GET", registration, ""),
		asks("latest", devices, "GET", "/v1/passes/"+card, ""),
		asks("install, page", browsers, "GET", "/install/"+link, ""),
		asks("install, package", browsers, "GET", "/install/"+link+".pkpass", ""),
		asks("issue, PATCH", issuers, "PATCH", "/issuer/v1/passes/"+card, `{"data":{"points":3}}`, "Content-Type", "application/merge-patch+json"),
		asks("issue, PUT", issuers, "PUT", "/issuer/v1/passes/"+passType+"/c", pointsCard("c", 1)),
		asks("issue, GET", issuers, "GET", "/issuer/v1/passes/"+card, ""),
		asks("issue, DELETE", issuers, "DELETE", "/issuer/v1/passes/"+card, ""),
		asks("issue, bundle", issuers, "POST", "/issuer/v1/bundles", `{"passes":[`+named+`]}`),
		asks("sweep", func(w overload) http.Handler { return w.sweep }, "POST", "/", ""),
		hears("ingest", wallet.TopicPassUpdates, strings.TrimSuffix(named, "}")+`,"data":{"points":4}}`),
		hears("regenerate", wallet.TopicPassChanged, named),
		hears("push", wallet.TopicPassPackaged, named),
		hears("push, one device", wallet.TopicPassPackaged, strings.TrimSuffix(named, "}")+`,"deviceLibraryIdentifier":"phone"}`),
		{"changed", func(ctx context.Context, w overload) (*httptest.ResponseRecorder, error) {
			return nil, w.changed(ctx, id("a"))
		}},
	}
}

// prepared is a world with a registered card whose document is ahead of its package, so that there is something to do everywhere.
func prepared(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.issued("a", 1)
	w.issued("b", 1)
	device := wallet.Device{ID: wallet.DeviceID{PassTypeIdentifier: passType, DeviceLibraryIdentifier: "phone"}}
	device.Register("a", wallet.NewPushToken("token-1"), w.now)
	if _, err := w.store.SaveDevice(t.Context(), device); err != nil {
		t.Fatal(err)
	}
	w.put("a", 2)
	w.now = w.now.Add(time.Hour)
	return w
}

// pointsCard is a document.
func pointsCard(serial string, points int) string {
	return fmt.Sprintf(`{"template":"points","data":{"programName":"Bean Club","organizationName":"Corner Roastery","accountId":%q,
		"fullName":"Ada Example","qrCodeLink":"https://example.com/c/1","points":%d}}`, serial, points)
}

// requestTime is what a function has for a request: the least that any is deployed with, less the margin to answer in.
const requestTime = 25 * time.Second

// Whatever service hangs, at whatever call: a request is answered within its time, and such that it is asked again; a message
// is not acknowledged. Nothing is left running, and once the service is back, the same request succeeds.
func TestAServiceThatHangs(t *testing.T) {
	if _, err := signing(); err != nil { // once, and outside of all bubbles
		t.Fatal(err)
	}
	total := 0
	for _, task := range tasks(t) {
		for n, left := int64(1), true; left; n++ {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				var hung string
				w := prepared(t).overload(func(ctx context.Context, call string) error {
					if calls.Add(1) != n {
						return nil
					}
					hung = call
					<-ctx.Done()
					return ctx.Err()
				})
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), requestTime)
				defer cancel()
				answer, err := task.do(ctx, w)
				if left = hung != ""; left {
					total++
					if took := time.Since(start); took > requestTime {
						t.Errorf("%s, %s hangs: answered after %v", task.name, hung, took)
					}
					wantRetry(t, task.name+", "+hung+" hangs", answer, err)
				}
				calls.Store(n) // the service is back
				answer, err = task.do(t.Context(), w)
				if err != nil || answer != nil && answer.Code >= 400 {
					t.Errorf("%s, after %s hung: %v, %v", task.name, hung, answer, err)
				}
			})
		}
	}
	if total < 30 {
		t.Errorf("only %d calls were made to hang", total)
	}
	t.Logf("%d calls hung", total)
}

// wantRetry checks that whoever asked will ask again: a phone or issuer after a second, Scheduler by its own plan, Pub/Sub since
// the message was not acknowledged. The list of what changed is answered all the same: what it failed to note, it notes the
// next time.
func wantRetry(t *testing.T, what string, answer *httptest.ResponseRecorder, err error) {
	t.Helper()
	switch {
	case answer == nil:
		if err == nil {
			t.Errorf("%s: the message is acknowledged", what)
		}
	case strings.HasPrefix(what, "sweep"):
		if answer.Code < 500 {
			t.Errorf("%s: %d", what, answer.Code)
		}
	case what == "updatable, SaveDevice hangs":
		if answer.Code != 200 {
			t.Errorf("%s: %d", what, answer.Code)
		}
	case answer.Code != 503 || answer.Header().Get("Retry-After") != "1":
		t.Errorf("%s: %d %v", what, answer.Code, answer.Header())
	}
}

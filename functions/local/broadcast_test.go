package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"walletpasses.example/server/functions/campaign"
	"walletpasses.example/server/functions/regenerate"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/tools/devcerts"
	"walletpasses.example/server/shared/wallet"
)

var (
	broadcastPasses = flag.Int64("passes", 1500, "how many passes TestBroadcast brings up to a changed template")
	broadcastKills  = flag.Duration("kill", 200*time.Millisecond, "how often TestBroadcast kills all that is under way")
)

// TestBroadcast changes the template of many passes, and kills everything that is under way again and again, while a business
// goes on to update passes: every pass comes up to the template, no update is lost, and none waits behind more than the
// campaign may have under way. The figures of the README are of
//
//	go test ./functions/local -run TestBroadcast -v -passes 1000000 -kill 30s -timeout 2h
func TestBroadcast(t *testing.T) {
	f := newFactory(t)
	f.open(runtime.GOMAXPROCS(0))
	began := time.Now()
	for n := range *broadcastPasses {
		f.order(n, 0)
	}
	f.finish()
	alone := f.rate(began)
	before := held()

	f.change("second")
	began, f.packaged = time.Now(), atomic.Int64{}
	kills := f.broadcast()
	f.finish()
	rate, peak := f.rate(began), f.peak.Load()-before
	t.Logf("%d passes, %d kills, %d updates of the business: %.0f packages a second, %.0f %% of %.0f without a campaign; at most %d MB more than %d MB held before; "+
		"an update waited behind %d packages at most", *broadcastPasses, kills, f.updates, rate, 100*rate/alone, alone, peak>>20, before>>20, f.waited.Load())

	if c, err := f.store.Campaign(t.Context(), broadcastID); err != nil || c.State != wallet.CampaignDone || c.Done != *broadcastPasses {
		t.Errorf("%+v, %v", c, err)
	}
	for n := range *broadcastPasses {
		pkg, err := f.store.CurrentPackage(t.Context(), f.pass(n))
		if err != nil || pkg.TemplateRevision != f.revision() || pkg.Problem != nil || pkg.Version < 2 {
			t.Fatalf("pass %d: %+v, %v", n, pkg, err)
		}
		if doc, err := f.store.Document(t.Context(), f.pass(n)); err != nil || doc.Revision > pkg.SourceRevision {
			t.Fatalf("pass %d is behind its document: %v", n, err)
		}
	}
	for _, err := range f.store.Violations() {
		t.Error(err)
	}
}

// A factory is a campaign and packagers, with a queue between them that delivers again what was killed.
type factory struct {
	t      *testing.T
	store  *inmem.Store
	runner campaign.Runner
	packer *regenerate.Packager

	mu        sync.Mutex
	arrived   *sync.Cond
	queue     []job
	underWay  int
	closed    bool
	templates template.Templates
	alive     context.Context // of all that is under way
	kill      context.CancelFunc

	elsewhere
	updates  int          // of the business
	packaged atomic.Int64 // packages stored
	waited   atomic.Int64 // the most packages that were made between an update's message and its package
	peak     atomic.Int64
}

// A job is a message in the queue.
type job struct {
	message []byte
	since   int64 // packages made when it was published; negative for one of the campaign's
}

var broadcastID = wallet.CampaignID{PassTypeIdentifier: passType, Template: "card"}

func newFactory(t *testing.T) *factory {
	f := &factory{t: t, store: inmem.NewStoreAt(time.Now)}
	f.arrived = sync.NewCond(&f.mu)
	f.alive, f.kill = context.WithCancel(context.Background())
	t.Cleanup(func() { f.kill() })
	authority, err := devcerts.New(time.Now())
	f.check(err)
	certificate, err := authority.IssuePass(devcerts.PassRequest{PassTypeIdentifier: passType, TeamIdentifier: "TEAMID1234"})
	f.check(err)
	identity, err := certificate.Identity()
	f.check(err)
	keys, err := wallet.NewTokenKeys(1, map[int][]byte{1: []byte(strings.Repeat("k", 32))})
	f.check(err)
	f.change("first")
	f.packer = &regenerate.Packager{
		Store: f.store, Bucket: f, Events: f, Log: discard, Now: time.Now,
		Signers: map[string]*pkpass.Signer{passType: pkpass.NewSigner(identity, time.Now)},
		Renderer: document.Renderer{
			Templates: f, Teams: map[string]string{passType: "TEAMID1234"}, Keys: keys, WebServiceURL: "https://passes.example.com",
		},
	}
	f.runner = campaign.Runner{Store: f.store, Templates: f, Events: f, Log: discard, Now: time.Now}
	c := wallet.NewCampaign(broadcastID)
	c.First, c.Pace = 0, 5000
	c.Begin(time.Now(), f.revision(), 0)
	c.Finish(time.Now())
	_, err = f.store.SaveCampaign(t.Context(), c)
	f.check(err)
	return f
}

func (f *factory) check(err error) {
	if err != nil {
		f.t.Error(err)
	}
}

// change gives the template another text.
func (f *factory) change(text string) {
	icon := f.icon()
	set, err := template.LoadAll(fstest.MapFS{
		"card.pass/pass.json": {Data: []byte(`{"description":"` + text + `","organizationName":"Corner Roastery",
			"storeCard":{"primaryFields":[{"key":"points","label":"Points","value":"{{points}}"}]}}`)},
		"card.pass/icon.png": {Data: icon}, "card.pass/icon@2x.png": {Data: icon}, "card.pass/icon@3x.png": {Data: icon},
	})
	f.check(err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.templates = set
}

// icon is a picture file.
func (f *factory) icon() []byte {
	var file bytes.Buffer
	f.check(png.Encode(&file, image.NewGray(image.Rect(0, 0, 87, 87))))
	return file.Bytes()
}

func (f *factory) Template(ctx context.Context, name string) (*template.Template, error) {
	f.mu.Lock()
	set := f.templates
	f.mu.Unlock()
	return set.Template(ctx, name)
}

func (f *factory) revision() string { return f.templates["card"].Revision() }

func (f *factory) pass(n int64) wallet.PassID {
	return wallet.PassID{PassTypeIdentifier: passType, SerialNumber: fmt.Sprintf("card-%07d", n)}
}

// order is the business's write of a pass, with its message.
func (f *factory) order(n, points int64) {
	doc, err := f.store.Document(context.Background(), f.pass(n))
	f.check(err)
	_, err = f.store.SaveDocument(context.Background(), doc.Replace(map[string]any{"template": "card", "data": map[string]any{"points": points}}))
	f.check(err)
	f.publish(f.pass(n), f.packaged.Load())
}

// Create is the bucket's. It keeps nothing: objects are not this process's memory.
func (f *factory) Create(ctx context.Context, _ string, _ []byte) error {
	f.packaged.Add(1)
	return ctx.Err()
}

// PassChanged is a message of the campaign's.
func (f *factory) PassChanged(ctx context.Context, e wallet.PassChanged) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.publish(e.PassID, -1)
	return nil
}

// PassPackaged ends where the fan-out begins.
func (f *factory) PassPackaged(ctx context.Context, _ wallet.PassPackaged) error { return ctx.Err() }

func (f *factory) publish(id wallet.PassID, since int64) {
	message, err := json.Marshal(wallet.PassChanged{PassID: id})
	f.check(err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue = append(f.queue, job{message, since})
	f.arrived.Signal()
}

// open lets packagers work on the queue until the test ends.
func (f *factory) open(workers int) {
	var working sync.WaitGroup
	for range workers {
		working.Go(f.work)
	}
	f.t.Cleanup(func() {
		f.mu.Lock()
		f.closed = true
		f.arrived.Broadcast()
		f.mu.Unlock()
		working.Wait()
	})
}

func (f *factory) work() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		for len(f.queue) == 0 && !f.closed {
			f.arrived.Wait()
		}
		if f.closed {
			return
		}
		next := f.queue[0]
		f.queue = f.queue[1:]
		f.underWay++
		ctx := f.alive
		f.mu.Unlock()
		err := f.packer.Handle(ctx, next.message)
		f.mu.Lock()
		f.underWay--
		switch {
		case err != nil: // it comes again
			f.queue = append(f.queue, next)
		case next.since >= 0:
			f.waited.Store(max(f.waited.Load(), f.packaged.Load()-next.since))
		}
		f.arrived.Broadcast()
	}
}

// finish waits until the queue is empty and nobody is at work.
func (f *factory) finish() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.queue) > 0 || f.underWay > 0 {
		f.arrived.Wait()
	}
}

// rate is how many packages were made a second.
func (f *factory) rate(since time.Time) float64 {
	return float64(f.packaged.Load()) / time.Since(since).Seconds()
}

// broadcast drives the campaign until it is done, as the Scheduler does, and returns how often everything was killed.
func (f *factory) broadcast() (kills int) {
	f.waited.Store(0)
	revision := f.revision()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			f.mu.Lock()
			ctx := f.alive
			f.mu.Unlock()
			f.drive(ctx)
			c, err := f.store.Campaign(context.Background(), broadcastID)
			if f.check(err); c.State != wallet.CampaignRunning && c.TemplateRevision == revision {
				return
			}
		}
	}()
	kill, update := time.NewTicker(*broadcastKills), time.NewTicker(50*time.Millisecond)
	defer kill.Stop()
	defer update.Stop()
	for {
		select {
		case <-done:
			return kills
		case <-kill.C:
			f.killAll()
			kills++
			f.peak.Store(max(f.peak.Load(), held()))
		case <-update.C:
			f.updates++
			f.order(int64(f.updates*7919)%*broadcastPasses, int64(f.updates))
		}
	}
}

func (f *factory) killAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kill()
	f.alive, f.kill = context.WithCancel(context.Background())
}

// drive is one call of the Scheduler. What kills it is no failure.
func (f *factory) drive(ctx context.Context) {
	err := f.runner.Handle(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil))
	if ctx.Err() == nil {
		f.check(err)
	}
}

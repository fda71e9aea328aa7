package simtest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing/synctest"
	"time"

	"walletpasses.example/server/functions/changed"
	"walletpasses.example/server/functions/ingest"
	"walletpasses.example/server/functions/issue"
	"walletpasses.example/server/functions/push"
	"walletpasses.example/server/functions/regenerate"
	"walletpasses.example/server/functions/sweep"
	"walletpasses.example/server/functions/web"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// A world is the whole system at one moment: what is stored, what is on its way, who is at work, and who has a phone in the
// hand. It lives inside one synctest bubble, in which its goroutine is the scheduler. Nothing in it moves by itself.
type world struct {
	*fixture
	config
	random *rand.Rand
	now    time.Time // the true one, which the store and APNs have too
	step   int

	store  *inmem.Store
	bucket *inmem.Bucket
	bus    bus
	apns   apnsServer
	gate   gate

	workers    [2]worker
	tasks      []*task // that have not ended
	taskNumber int
	sleepers   int // at most so many goroutines wait for a timer
	phones     []*phone
	devices    []wallet.DeviceID // that were ever registered
	sweeping   bool              // a call of the sweep is at work
	points     int64             // the highest that any card has had
	model      model

	faultsLeft int
	counts     *counts
	trace      []string
	traced     bool
	idle       []*message // reused

	held         *call // until nobody else can move
	losesCrashed bool  // the message that a worker crashed over is not delivered again
}

// A worker is a running instance of every function. What is particular about it is its clock.
type worker struct {
	skew        time.Duration
	clock       atomic.Int64                     // what it shows: a handler that a timer has woken reads it beside the scheduler
	subscribers map[string]wallet.MessageHandler // by topic
	web         http.Handler
	issuer      http.Handler
	campaigns   http.Handler
	sweep       http.Handler
}

var discard = slog.New(slog.DiscardHandler)

// newWorld returns a world in which nothing has happened yet.
func newWorld(f *fixture, c config, counts *counts) *world {
	w := &world{fixture: f, config: c, random: rand.New(rand.NewPCG(c.seed, 0)), now: noon, bucket: inmem.NewBucket(), counts: counts}
	w.store = inmem.NewStoreAt(func() time.Time { return w.now })
	w.bus.world, w.apns.world = w, w
	w.apns.phones = make(map[string]*phone)
	w.model = newModel(w)
	w.store.OnDocumentWritten(func(id wallet.PassID) {
		w.model.documentWritten(id.SerialNumber)
		w.bus.accept(topicDocuments, id.SerialNumber, id)
	})
	for i := range w.workers {
		w.build(&w.workers[i])
	}
	return w
}

// build puts a worker together as function.go of each function does, on the world's doubles.
func (w *world) build(worker *worker) {
	worker.set(w.now, 0)
	now := func() time.Time { return time.Unix(0, worker.clock.Load()).UTC() }
	store, bucket := gatedStore{w.store, w}, gatedBucket{w.bucket, w}
	renderer := w.renderer(gatedTemplates{w.templates})
	writer := document.Writer{Store: store, Renderer: renderer}
	packager := &regenerate.Packager{
		Store: store, Bucket: bucket, Events: &w.bus, Renderer: renderer, Log: discard, Now: now,
		Signers: map[string]*pkpass.Signer{passType: w.signer},
	}
	acknowledged := func(topic string, handle wallet.MessageHandler) wallet.MessageHandler {
		return func(ctx context.Context, m []byte) error {
			return wallet.Acknowledge(ctx, discard, functionOf[topic], handle(ctx, m))
		}
	}
	onWrite := changed.New(&w.bus)
	worker.subscribers = map[string]wallet.MessageHandler{
		topicDocuments: func(ctx context.Context, m []byte) error {
			var id wallet.PassID
			if err := json.Unmarshal(m, &id); err != nil {
				return err
			}
			return onWrite(ctx, id)
		},
		wallet.TopicPassUpdates:      acknowledged(wallet.TopicPassUpdates, ingest.New(writer, store, now)),
		wallet.TopicPassChanged:      acknowledged(wallet.TopicPassChanged, packager.Handle),
		wallet.TopicPassPackaged:     acknowledged(wallet.TopicPassPackaged, push.New(store, &w.bus, &w.apns, discard, now)),
		wallet.TopicPassPersonalized: func(context.Context, []byte) error { return nil },
	}
	worker.web = web.New(web.Parts{Store: store, Bucket: bucket, Events: &w.bus, Keys: w.keys, Log: discard, Now: now})
	worker.issuer = issue.API{Store: store, Writer: writer, Links: w.links}.Routes(discard)
	sweeper := &sweep.Sweeper{
		Store: store, Bucket: bucket, Events: &w.bus, Log: discard, Now: now,
		Expiries: func() (map[string]time.Time, error) { return nil, nil },
	}
	worker.campaigns = w.runner(store, gatedTemplates{w.templates}, now)
	worker.sweep = webservice.NewIssuerRouter(discard).Handle(webservice.Route{Method: http.MethodPost, Path: "/"}, sweeper.Handle)
}

// set sets the worker's clock.
func (worker *worker) set(now time.Time, skew time.Duration) {
	worker.skew = skew
	worker.clock.Store(now.Add(skew).UnixNano())
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	w.now = w.now.Add(d)
	for i := range w.workers {
		w.workers[i].set(w.now, w.workers[i].skew)
	}
}

func (w *world) anyWorker() *worker { return &w.workers[w.random.IntN(len(w.workers))] }

func (w *world) anySerial() string { return serials[w.random.IntN(w.config.cards)] }

// settle waits until every goroutine stands at the gate, waits for a timer, or has ended; and then ends the tasks that have.
func (w *world) settle() {
	for synctest.Wait(); w.dismiss(); synctest.Wait() {
	}
	running := w.tasks[:0]
	var ended []*task
	for _, t := range w.tasks {
		if t.ended.Load() {
			ended = append(ended, t)
		} else {
			running = append(running, t)
		}
	}
	w.tasks = running
	for _, t := range ended {
		switch {
		case t.dead.Load():
			t.err = errCrashed
		case t.err == nil && (t.unheard || w.strikes(lostAnswer, 4*w.config.rarity)):
			t.err, t.faulted = errLost, true
		}
		t.cancel(nil)
		t.finish(t.err)
		if t.err != nil {
			w.say("%v failed: %v", t, t.err)
		}
	}
}

// abandon ends every task wherever it is, so that the bubble can close.
func (w *world) abandon() {
	for w.settle(); len(w.tasks) > 0; w.settle() {
		for _, t := range w.tasks {
			t.dead.Store(true)
			t.cancel(errCrashed)
		}
		time.Sleep(patience)
	}
}

// say adds a line to the trace, where one is kept.
func (w *world) say(format string, args ...any) {
	if w.traced {
		w.trace = append(w.trace, fmt.Sprintf("%4d %s  ", w.step, w.now.Format("02 15:04:05.000"))+fmt.Sprintf(format, args...))
	}
}

// What follows looks at the stores past the gate: it is for those who watch.

func (w *world) currentPackage(serial string) wallet.CurrentPackage {
	pkg, err := w.store.CurrentPackage(context.Background(), passID(serial))
	if err != nil {
		panic(err) // the store in memory fails only for bad names
	}
	return pkg
}

func (w *world) document(serial string) wallet.DocumentSnapshot {
	doc, err := w.store.Document(context.Background(), passID(serial))
	if err != nil {
		panic(err)
	}
	return doc
}

func (w *world) device(id wallet.DeviceID) wallet.Device {
	device, err := w.store.Device(context.Background(), id)
	if err != nil {
		panic(err)
	}
	return device
}

// records are the devices that are registered, in the order in which they first were.
func (w *world) records() []wallet.Device {
	var records []wallet.Device
	for _, id := range w.devices {
		if d := w.device(id); d.Revision != 0 {
			records = append(records, d)
		}
	}
	return records
}

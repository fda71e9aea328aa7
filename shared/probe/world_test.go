package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
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
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// A world is every function as it is deployed, over the store and the bucket in memory. Each call that a handler makes of the
// world outside passes the gate.
type world struct {
	now    time.Time
	keys   wallet.TokenKeys
	links  wallet.InstallLinks
	store  *inmem.Store
	bucket *inmem.Bucket
	gate   gate
	bus    bus

	web, issuer, install, sweep http.Handler
	subscribers                 map[string]wallet.MessageHandler // by topic
}

// A setup is what worlds differ in.
type setup struct {
	log      *slog.Logger
	apns     push.APNs                     // nil where nothing is pushed
	pictures func(*gate) document.Pictures // nil where no document refers to any
	keys     map[int][]byte                // of tokens and links, by version; the highest is for new ones
}

// newWorld puts the functions together as function.go of each does.
func newWorld(s setup) (*world, error) {
	material, err := made()
	if err != nil {
		return nil, err
	}
	w := &world{now: noon, bucket: inmem.NewBucket()}
	clock := func() time.Time { return w.now }
	if w.keys, err = wallet.NewTokenKeys(slices.Max(slices.Collect(maps.Keys(s.keys))), s.keys); err != nil {
		return nil, err
	}
	w.links = wallet.InstallLinks{Keys: w.keys, BaseURL: address, Now: clock}
	w.store = inmem.NewStoreAt(clock)
	w.bus.gate = &w.gate
	store, objects := gatedStore{w.store, &w.gate}, gatedBucket{w.bucket, &w.gate}
	renderer := document.Renderer{
		Templates: gatedTemplates{material.templates, &w.gate}, Teams: material.teams(), Keys: w.keys, WebServiceURL: address,
	}
	if s.pictures != nil {
		renderer.Pictures = s.pictures(&w.gate)
	}
	writer := document.Writer{Store: store, Renderer: renderer}
	packager := &regenerate.Packager{
		Store: store, Bucket: objects, Events: &w.bus, Renderer: renderer, Signers: make(map[string]*pkpass.Signer), Log: s.log, Now: clock,
	}
	desk := &personalize.Desk{
		Store: store, Events: &w.bus, Auth: webservice.Authenticator{Keys: w.keys, Packages: store}, Signers: make(map[string]*pkpass.TokenSigner), Now: clock,
	}
	for passType, identity := range material.identities {
		packager.Signers[passType] = pkpass.NewSigner(identity, clock)
		desk.Signers[passType] = pkpass.NewTokenSigner(identity, clock)
	}
	acknowledged := func(function string, handle wallet.MessageHandler) wallet.MessageHandler {
		return func(ctx context.Context, m []byte) error {
			return wallet.Acknowledge(ctx, s.log, function, handle(ctx, m))
		}
	}
	w.subscribers = map[string]wallet.MessageHandler{
		wallet.TopicPassUpdates:  acknowledged("IngestPass", ingest.New(writer, store, clock)),
		wallet.TopicPassChanged:  acknowledged("RegeneratePass", packager.Handle),
		wallet.TopicPassPackaged: acknowledged("PushUpdate", push.New(store, &w.bus, s.apns, s.log, clock)),
	}
	onWrite := changed.New(&w.bus)
	w.store.OnDocumentWritten(func(id wallet.PassID) {
		if err := onWrite(context.Background(), id); err != nil {
			w.bus.failed = append(w.bus.failed, err)
		}
	})
	w.web = web.New(web.Parts{
		Store: store, Bucket: objects, Events: &w.bus, Keys: w.keys, Log: s.log, Now: clock, Personalize: desk.Handle,
	})
	w.issuer = issue.API{Store: store, Writer: writer, Links: w.links}.Routes(s.log)
	w.install = webservice.NewPageRouter(s.log).Handle(webservice.InstallPass, install.New(store, objects, w.links))
	sweeper := &sweep.Sweeper{Store: store, Bucket: objects, Events: &w.bus, Expiries: material.expiries, Log: s.log, Now: clock}
	w.sweep = webservice.NewIssuerRouter(s.log).Handle(webservice.Route{Method: http.MethodPost, Path: "/"}, sweeper.Handle)
	return w, nil
}

// A message waits on a topic.
type message struct {
	topic string
	data  []byte
}

// A bus keeps what is announced until somebody delivers it.
type bus struct {
	gate *gate

	mu      sync.Mutex
	waiting []message
	sent    [][]byte // every message there ever was
	failed  []error  // of the trigger, which the platform would call again
}

func (b *bus) PassChanged(_ context.Context, e wallet.PassChanged) error {
	return b.publish(wallet.TopicPassChanged, e)
}

func (b *bus) PassPackaged(_ context.Context, e wallet.PassPackaged) error {
	return b.publish(wallet.TopicPassPackaged, e)
}

func (b *bus) PassPersonalized(_ context.Context, e wallet.PassPersonalized) error {
	return b.publish(wallet.TopicPassPersonalized, e)
}

func (b *bus) publish(topic string, event any) error {
	_, err := through(b.gate, "publish "+topic, wallet.PassID{}, func() (struct{}, error) {
		data, err := json.Marshal(event)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.waiting = append(b.waiting, message{topic, data})
		b.sent = append(b.sent, data)
		return struct{}{}, err
	})
	return err
}

// next takes the oldest message off the bus.
func (b *bus) next() (message, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		return message{}, false
	}
	m := b.waiting[0]
	b.waiting = b.waiting[1:]
	return m, true
}

// settle delivers every message, and what follows from it, once each, and returns what went wrong.
func (w *world) settle(ctx context.Context) []error {
	var failed []error
	for m, ok := w.bus.next(); ok; m, ok = w.bus.next() {
		handle, subscribed := w.subscribers[m.topic]
		if !subscribed {
			continue // the business's own
		}
		if err := handle(ctx, m.data); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", m.topic, err))
		}
	}
	return failed
}

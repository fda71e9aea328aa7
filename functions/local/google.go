package main

import (
	"context"
	"sync"

	"walletpasses.example/server/shared/gcp/bucket"
	"walletpasses.example/server/shared/gcp/events"
	"walletpasses.example/server/shared/gcp/local"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/wallet"
)

// What local mode uses on emulators, where any name will do.
const (
	emulatorProject  = "local"
	emulatorDatabase = "(default)"
	emulatorBucket   = "packages"
)

// openGoogle uses Google's clients, on emulators.
func openGoogle(ctx context.Context, o options) (_ backend, err error) {
	keys, err := randomKeys()
	if err != nil {
		return backend{}, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	g := &google{log: o.log.Error, ctx: running}
	g.closers = append(g.closers, func() error { stop(); g.running.Wait(); return nil })
	defer func() {
		if err != nil {
			g.close()
		}
	}()
	topics := []string{wallet.TopicPassUpdates, wallet.TopicPassChanged, wallet.TopicPassPackaged, wallet.TopicPassPersonalized}
	if g.project, err = local.Open(ctx, emulatorProject, emulatorBucket, topics...); err != nil {
		return backend{}, err
	}
	g.closers = append(g.closers, g.project.Close)
	for _, topic := range topics {
		if err = g.project.Subscribe(ctx, topic); err != nil {
			return backend{}, err
		}
	}
	documents, err := store.Open(ctx, emulatorProject, emulatorDatabase)
	if err != nil {
		return backend{}, err
	}
	g.closers = append(g.closers, documents.Close)
	objects, err := bucket.Open(ctx, emulatorBucket)
	if err != nil {
		return backend{}, err
	}
	g.closers = append(g.closers, objects.Close)
	publisher, err := events.Open(ctx, emulatorProject, events.Topics{
		PassChanged: wallet.TopicPassChanged, PassPackaged: wallet.TopicPassPackaged, PassPersonalized: wallet.TopicPassPersonalized,
	})
	if err != nil {
		return backend{}, err
	}
	g.closers = append(g.closers, publisher.Close)
	return backend{
		store: documents, bucket: objects, events: publisher, keys: keys,
		publish: g.project.Publish,
		subscribe: func(topic string, handle wallet.MessageHandler) {
			g.run(func(ctx context.Context) error { return g.project.Receive(ctx, topic, handle) })
		},
		onWrite: func(handle func(context.Context, wallet.PassID) error) {
			g.run(func(ctx context.Context) error { return g.project.WatchDocuments(ctx, handle) })
		},
		close: g.close,
	}, nil
}

// google is what has to be stopped again.
type google struct {
	ctx     context.Context
	log     func(msg string, args ...any)
	project *local.Project
	running sync.WaitGroup
	closers []func() error
}

// run receives until the backend is closed.
func (g *google) run(receive func(context.Context) error) {
	g.running.Go(func() {
		if err := receive(g.ctx); err != nil && g.ctx.Err() == nil {
			g.log("the emulators stopped delivering", "error", err)
		}
	})
}

// close stops receiving first, and then releases the connections.
func (g *google) close() {
	for _, f := range g.closers {
		if err := f(); err != nil {
			g.log("close", "error", err)
		}
	}
	g.closers = nil
}

package main

import (
	"context"
	"io"
	"iter"
	"time"

	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/wallet"
)

// A gate is passed by every call to the store, the bucket, the bus and APNs, before the call is made. An error is the call's.
type gate func(ctx context.Context, call string) error

type gatedStore struct {
	*inmem.Store
	pass gate
}

// through makes a call that answers with one value, once the gate lets it pass.
func through[V any](ctx context.Context, pass gate, name string, call func() (V, error)) (V, error) {
	if err := pass(ctx, name); err != nil {
		var none V
		return none, err
	}
	return call()
}

// throughAll is through for a call that answers with a sequence.
func throughAll[V any](ctx context.Context, pass gate, name string, call iter.Seq2[V, error]) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		if err := pass(ctx, name); err != nil {
			var none V
			yield(none, err)
			return
		}
		call(yield)
	}
}

func (s gatedStore) Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error) {
	return through(ctx, s.pass, "Document", func() (wallet.DocumentSnapshot, error) { return s.Store.Document(ctx, id) })
}

func (s gatedStore) SaveDocument(ctx context.Context, d wallet.DocumentSnapshot) (wallet.Revision, error) {
	return through(ctx, s.pass, "SaveDocument", func() (wallet.Revision, error) { return s.Store.SaveDocument(ctx, d) })
}

func (s gatedStore) CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	return through(ctx, s.pass, "CurrentPackage", func() (wallet.CurrentPackage, error) { return s.Store.CurrentPackage(ctx, id) })
}

func (s gatedStore) SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	return through(ctx, s.pass, "SavePackage", func() (wallet.Revision, error) { return s.Store.SavePackage(ctx, pkg) })
}

func (s gatedStore) SavePersonalization(ctx context.Context, p wallet.Personalization, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	return through(ctx, s.pass, "SavePersonalization", func() (wallet.Revision, error) { return s.Store.SavePersonalization(ctx, p, pkg) })
}

func (s gatedStore) Device(ctx context.Context, id wallet.DeviceID) (wallet.Device, error) {
	return through(ctx, s.pass, "Device", func() (wallet.Device, error) { return s.Store.Device(ctx, id) })
}

func (s gatedStore) SaveDevice(ctx context.Context, d wallet.Device) (wallet.Revision, error) {
	return through(ctx, s.pass, "SaveDevice", func() (wallet.Revision, error) { return s.Store.SaveDevice(ctx, d) })
}

func (s gatedStore) CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error) {
	return through(ctx, s.pass, "CountDevices", func() (int, error) { return s.Store.CountDevices(ctx, id, shard, limit) })
}

func (s gatedStore) RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error] {
	return throughAll(ctx, s.pass, "RegisteredDevices", s.Store.RegisteredDevices(ctx, id, shard))
}

func (s gatedStore) DevicesDue(ctx context.Context, by time.Time) iter.Seq2[wallet.Device, error] {
	return throughAll(ctx, s.pass, "DevicesDue", s.Store.DevicesDue(ctx, by))
}

func (s gatedStore) CurrentPackages(ctx context.Context, after, until string) iter.Seq2[wallet.CurrentPackage, error] {
	return throughAll(ctx, s.pass, "CurrentPackages", s.Store.CurrentPackages(ctx, after, until))
}

func (s gatedStore) DocumentRevisions(ctx context.Context, after string, limit int) ([]wallet.DocumentRevision, string, error) {
	if err := s.pass(ctx, "DocumentRevisions"); err != nil {
		return nil, "", err
	}
	return s.Store.DocumentRevisions(ctx, after, limit)
}

func (s gatedStore) Walk(ctx context.Context, name string) (wallet.Walk, error) {
	return through(ctx, s.pass, "Walk", func() (wallet.Walk, error) { return s.Store.Walk(ctx, name) })
}

func (s gatedStore) SaveWalk(ctx context.Context, w wallet.Walk) (wallet.Revision, error) {
	return through(ctx, s.pass, "SaveWalk", func() (wallet.Revision, error) { return s.Store.SaveWalk(ctx, w) })
}

type gatedBucket struct {
	*inmem.Bucket
	pass gate
}

func (b gatedBucket) Create(ctx context.Context, name string, data []byte) error {
	if err := b.pass(ctx, "Create"); err != nil {
		return err
	}
	return b.Bucket.Create(ctx, name, data)
}

func (b gatedBucket) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if err := b.pass(ctx, "Open"); err != nil {
		return nil, 0, err
	}
	return b.Bucket.Open(ctx, name)
}

func (b gatedBucket) List(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	return through(ctx, b.pass, "List", func() ([]string, error) { return b.Bucket.List(ctx, prefix, after, limit) })
}

type gatedEvents struct {
	*world
	pass gate
}

func (e gatedEvents) PassChanged(ctx context.Context, event wallet.PassChanged) error {
	if err := e.pass(ctx, "PassChanged"); err != nil {
		return err
	}
	return e.world.PassChanged(ctx, event)
}

func (e gatedEvents) PassPackaged(ctx context.Context, event wallet.PassPackaged) error {
	if err := e.pass(ctx, "PassPackaged"); err != nil {
		return err
	}
	return e.world.PassPackaged(ctx, event)
}

func (e gatedEvents) PassPersonalized(ctx context.Context, event wallet.PassPersonalized) error {
	if err := e.pass(ctx, "PassPersonalized"); err != nil {
		return err
	}
	return e.world.PassPersonalized(ctx, event)
}

type gatedAPNs struct {
	*scriptedAPNs
	pass gate
}

func (a gatedAPNs) Push(ctx context.Context, token wallet.PushToken, topic string) apns.Answer {
	if err := a.pass(ctx, "Push"); err != nil {
		return apns.Answer{Verdict: apns.Later, Err: err}
	}
	return a.scriptedAPNs.Push(ctx, token, topic)
}

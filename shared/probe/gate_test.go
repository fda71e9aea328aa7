package probe

import (
	"context"
	"io"
	"iter"
	"sync"
	"time"

	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// A call is one that a handler made of the world outside.
type call struct {
	name string
	pass wallet.PassID // that it was about, where it is about one
}

// A gate notes every call of the handlers, and can make it fail.
type gate struct {
	mu    sync.Mutex
	calls []call
	fault func(call) (before, after error) // nil for none
}

func (g *gate) enter(c call) (before, after error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls = append(g.calls, c)
	if g.fault == nil {
		return nil, nil
	}
	return g.fault(c)
}

// even reports that the number of calls so far is.
func (g *gate) even() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.calls)%2 == 0
}

// through makes a call, or has it fail before or after it took effect.
func through[T any](g *gate, name string, pass wallet.PassID, do func() (T, error)) (T, error) {
	var none T
	before, after := g.enter(call{name, pass})
	if before != nil {
		return none, before
	}
	result, err := do()
	if err == nil && after != nil {
		return none, after
	}
	return result, err
}

// A gatedStore has exactly the methods that handlers declare.
type gatedStore struct {
	store *inmem.Store
	gate  *gate
}

func (s gatedStore) Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error) {
	return through(s.gate, "Document", id, func() (wallet.DocumentSnapshot, error) { return s.store.Document(ctx, id) })
}

func (s gatedStore) SaveDocument(ctx context.Context, d wallet.DocumentSnapshot) (wallet.Revision, error) {
	return through(s.gate, "SaveDocument", d.ID, func() (wallet.Revision, error) { return s.store.SaveDocument(ctx, d) })
}

func (s gatedStore) CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	return through(s.gate, "CurrentPackage", id, func() (wallet.CurrentPackage, error) { return s.store.CurrentPackage(ctx, id) })
}

func (s gatedStore) SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	return through(s.gate, "SavePackage", pkg.ID, func() (wallet.Revision, error) { return s.store.SavePackage(ctx, pkg) })
}

func (s gatedStore) SavePersonalization(ctx context.Context, p wallet.Personalization, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	return through(s.gate, "SavePersonalization", p.ID, func() (wallet.Revision, error) { return s.store.SavePersonalization(ctx, p, pkg) })
}

func (s gatedStore) Device(ctx context.Context, id wallet.DeviceID) (wallet.Device, error) {
	return through(s.gate, "Device", wallet.PassID{}, func() (wallet.Device, error) { return s.store.Device(ctx, id) })
}

func (s gatedStore) SaveDevice(ctx context.Context, d wallet.Device) (wallet.Revision, error) {
	return through(s.gate, "SaveDevice", wallet.PassID{}, func() (wallet.Revision, error) { return s.store.SaveDevice(ctx, d) })
}

func (s gatedStore) CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error) {
	return through(s.gate, "CountDevices", id, func() (int, error) { return s.store.CountDevices(ctx, id, shard, limit) })
}

func (s gatedStore) RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error] {
	return sequence(s.gate, "RegisteredDevices", id, s.store.RegisteredDevices(ctx, id, shard))
}

func (s gatedStore) DevicesDue(ctx context.Context, by time.Time) iter.Seq2[wallet.Device, error] {
	return sequence(s.gate, "DevicesDue", wallet.PassID{}, s.store.DevicesDue(ctx, by))
}

func (s gatedStore) CurrentPackages(ctx context.Context, after, until string) iter.Seq2[wallet.CurrentPackage, error] {
	return sequence(s.gate, "CurrentPackages", wallet.PassID{}, s.store.CurrentPackages(ctx, after, until))
}

func (s gatedStore) DocumentRevisions(ctx context.Context, after string, limit int) (page []wallet.DocumentRevision, next string, err error) {
	page, err = through(s.gate, "DocumentRevisions", wallet.PassID{}, func() (page []wallet.DocumentRevision, err error) {
		page, next, err = s.store.DocumentRevisions(ctx, after, limit)
		return page, err
	})
	return page, next, err
}

func (s gatedStore) Walk(ctx context.Context, name string) (wallet.Walk, error) {
	return through(s.gate, "Walk", wallet.PassID{}, func() (wallet.Walk, error) { return s.store.Walk(ctx, name) })
}

func (s gatedStore) SaveWalk(ctx context.Context, w wallet.Walk) (wallet.Revision, error) {
	return through(s.gate, "SaveWalk", wallet.PassID{}, func() (wallet.Revision, error) { return s.store.SaveWalk(ctx, w) })
}

// sequence is through for what is read one by one: it fails at its beginning or at its end.
func sequence[T any](g *gate, name string, pass wallet.PassID, records iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		before, after := g.enter(call{name, pass})
		if before != nil {
			yield(none, before)
			return
		}
		for record, err := range records {
			if !yield(record, err) {
				return
			}
		}
		if after != nil {
			yield(none, after)
		}
	}
}

type gatedBucket struct {
	bucket *inmem.Bucket
	gate   *gate
}

func (b gatedBucket) Create(ctx context.Context, name string, data []byte) error {
	_, err := through(b.gate, "Create", wallet.PassID{}, func() (struct{}, error) { return struct{}{}, b.bucket.Create(ctx, name, data) })
	return err
}

func (b gatedBucket) Open(ctx context.Context, name string) (object io.ReadCloser, size int64, err error) {
	object, err = through(b.gate, "Open", wallet.PassID{}, func() (object io.ReadCloser, err error) {
		object, size, err = b.bucket.Open(ctx, name)
		return object, err
	})
	return object, size, err
}

func (b gatedBucket) List(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	return through(b.gate, "List", wallet.PassID{}, func() ([]string, error) { return b.bucket.List(ctx, prefix, after, limit) })
}

func (b gatedBucket) Remove(ctx context.Context, name string) error {
	_, err := through(b.gate, "Remove", wallet.PassID{}, func() (struct{}, error) { return struct{}{}, b.bucket.Remove(ctx, name) })
	return err
}

type gatedTemplates struct {
	set  template.Set
	gate *gate
}

func (t gatedTemplates) Template(ctx context.Context, name string) (*template.Template, error) {
	return through(t.gate, "Template", wallet.PassID{}, func() (*template.Template, error) { return t.set.Template(ctx, name) })
}

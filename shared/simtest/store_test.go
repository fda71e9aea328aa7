package simtest

import (
	"context"
	"iter"
	"time"

	"walletpasses.example/server/shared/inmem"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// gatedStore is the store in memory behind the gate. The world watches what is written.
type gatedStore struct {
	*inmem.Store
	world *world
}

func (s gatedStore) Device(ctx context.Context, id wallet.DeviceID) (wallet.Device, error) {
	return cross(ctx, readDevice, string(id.DeviceLibraryIdentifier), func() (wallet.Device, error) { return s.Store.Device(ctx, id) })
}

func (s gatedStore) SaveDevice(ctx context.Context, d wallet.Device) (wallet.Revision, error) {
	return cross(ctx, saveDevice, string(d.ID.DeviceLibraryIdentifier), func() (wallet.Revision, error) {
		before := s.world.device(d.ID)
		revision, err := s.Store.SaveDevice(ctx, d)
		if err == nil {
			s.world.model.deviceSaved(before, d)
		}
		return revision, err
	})
}

func (s gatedStore) RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error] {
	return listed(ctx, listRegistered, id.SerialNumber, s.Store.RegisteredDevices(ctx, id, shard))
}

func (s gatedStore) CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error) {
	return cross(ctx, countDevices, id.SerialNumber, func() (int, error) { return s.Store.CountDevices(ctx, id, shard, limit) })
}

func (s gatedStore) DevicesDue(ctx context.Context, by time.Time) iter.Seq2[wallet.Device, error] {
	return listed(ctx, listDue, "", s.Store.DevicesDue(ctx, by))
}

func (s gatedStore) CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	return cross(ctx, readPackage, id.SerialNumber, func() (wallet.CurrentPackage, error) { return s.Store.CurrentPackage(ctx, id) })
}

func (s gatedStore) CurrentPackages(ctx context.Context, after, until string) iter.Seq2[wallet.CurrentPackage, error] {
	return listed(ctx, listPackages, after, s.Store.CurrentPackages(ctx, after, until))
}

func (s gatedStore) SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	return cross(ctx, savePackage, pkg.ID.SerialNumber, func() (wallet.Revision, error) {
		before := s.world.currentPackage(pkg.ID.SerialNumber)
		revision, err := s.Store.SavePackage(ctx, pkg)
		if err == nil {
			s.world.model.packageSaved(before, pkg)
		}
		return revision, err
	})
}

func (s gatedStore) Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error) {
	return cross(ctx, readDocument, id.SerialNumber, func() (wallet.DocumentSnapshot, error) { return s.Store.Document(ctx, id) })
}

func (s gatedStore) SaveDocument(ctx context.Context, doc wallet.DocumentSnapshot) (wallet.Revision, error) {
	return cross(ctx, saveDocument, doc.ID.SerialNumber, func() (wallet.Revision, error) { return s.Store.SaveDocument(ctx, doc) })
}

func (s gatedStore) DocumentRevisions(ctx context.Context, after string, limit int) ([]wallet.DocumentRevision, string, error) {
	var next string
	page, err := cross(ctx, listDocuments, after, func() (page []wallet.DocumentRevision, err error) {
		page, next, err = s.Store.DocumentRevisions(ctx, after, limit)
		return page, err
	})
	return page, next, err
}

func (s gatedStore) Walk(ctx context.Context, name string) (wallet.Walk, error) {
	return cross(ctx, readWalk, name, func() (wallet.Walk, error) { return s.Store.Walk(ctx, name) })
}

func (s gatedStore) SaveWalk(ctx context.Context, w wallet.Walk) (wallet.Revision, error) {
	return cross(ctx, saveWalk, w.Name, func() (wallet.Revision, error) { return s.Store.SaveWalk(ctx, w) })
}

// listed passes the gate when it is first asked for an element, and then takes all of them at that moment. An answer that is
// lost breaks off half way.
func listed[T any](ctx context.Context, where site, object string, all iter.Seq2[T, error]) iter.Seq2[T, error] {
	at := taskOf(ctx).place()
	return func(yield func(T, error) bool) {
		var taken []T
		_, err := crossFrom(ctx, at, where, object, func() (struct{}, error) {
			for element, err := range all {
				if err != nil {
					return struct{}{}, err
				}
				taken = append(taken, element)
			}
			return struct{}{}, nil
		})
		if err != nil {
			taken = taken[:len(taken)/2]
		}
		for _, element := range taken {
			if !yield(element, nil) {
				return
			}
		}
		if err != nil {
			var nothing T
			yield(nothing, err)
		}
	}
}

// gatedTemplates are templates behind the gate, as those in a bucket are.
type gatedTemplates struct{ template.Templates }

func (ts gatedTemplates) Template(ctx context.Context, name string) (*template.Template, error) {
	return cross(ctx, readTemplate, name, func() (*template.Template, error) { return ts.Templates.Template(ctx, name) })
}

// Fresh is what a set that keeps templates for a while does when what it kept may be too old.
func (ts gatedTemplates) Fresh(ctx context.Context, name string) (*template.Template, error) {
	return cross(ctx, readTemplate, name+", anew", func() (*template.Template, error) { return ts.Templates.Template(ctx, name) })
}

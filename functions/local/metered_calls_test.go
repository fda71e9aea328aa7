package main

import (
	"context"
	"crypto"
	"io"
	"iter"
	"time"

	"walletpasses.example/server/shared/tools/cost/bill"
	"walletpasses.example/server/shared/wallet"
)

type meteredStore struct {
	records
	meter *metered
}

// meteredAll counts what a sequence yields.
func meteredAll[V any](m *metered, method string, sequence iter.Seq2[V, error]) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		found := 0
		defer func() { m.call(method, found) }()
		for v, err := range sequence {
			found++
			if !yield(v, err) {
				return
			}
		}
	}
}

func (s meteredStore) Document(ctx context.Context, id wallet.PassID) (wallet.DocumentSnapshot, error) {
	s.meter.call("Document", 1)
	return s.records.Document(ctx, id)
}

// SaveDocument fires the trigger, unless nothing changed.
func (s meteredStore) SaveDocument(ctx context.Context, d wallet.DocumentSnapshot) (wallet.Revision, error) {
	s.meter.call("SaveDocument", 1)
	revision, err := s.records.SaveDocument(ctx, d)
	if err != nil || revision == d.Revision {
		return revision, err
	}
	s.meter.add(bill.Operations{Triggers: 1})
	return revision, s.meter.queue(topicWritten, wallet.PassChanged{PassID: d.ID})
}

func (s meteredStore) CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	s.meter.call("CurrentPackage", 1)
	return s.records.CurrentPackage(ctx, id)
}

func (s meteredStore) SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	s.meter.call("SavePackage", 1)
	return s.records.SavePackage(ctx, pkg)
}

func (s meteredStore) Personalization(ctx context.Context, id wallet.PassID) (wallet.Personalization, error) {
	s.meter.call("Personalization", 1)
	return s.records.Personalization(ctx, id)
}

func (s meteredStore) SavePersonalization(ctx context.Context, p wallet.Personalization, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	s.meter.call("SavePersonalization", 1)
	return s.records.SavePersonalization(ctx, p, pkg)
}

func (s meteredStore) Device(ctx context.Context, id wallet.DeviceID) (wallet.Device, error) {
	s.meter.call("Device", 1)
	return s.records.Device(ctx, id)
}

func (s meteredStore) SaveDevice(ctx context.Context, d wallet.Device) (wallet.Revision, error) {
	method := "SaveDevice"
	if len(d.Passes) == 0 {
		method = bill.Forgotten
	}
	s.meter.call(method, 1)
	return s.records.SaveDevice(ctx, d)
}

func (s meteredStore) RegisteredDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard) iter.Seq2[wallet.Device, error] {
	return meteredAll(s.meter, "RegisteredDevices", s.records.RegisteredDevices(ctx, id, shard))
}

func (s meteredStore) CountDevices(ctx context.Context, id wallet.PassID, shard wallet.Shard, limit int) (int, error) {
	n, err := s.records.CountDevices(ctx, id, shard, limit)
	s.meter.call("CountDevices", n)
	return n, err
}

func (s meteredStore) DevicesDue(ctx context.Context, by time.Time) iter.Seq2[wallet.Device, error] {
	return meteredAll(s.meter, "DevicesDue", s.records.DevicesDue(ctx, by))
}

func (s meteredStore) DocumentRevisions(ctx context.Context, after string, limit int) ([]wallet.DocumentRevision, string, error) {
	page, next, err := s.records.DocumentRevisions(ctx, after, limit)
	s.meter.call("DocumentRevisions", len(page))
	return page, next, err
}

func (s meteredStore) CurrentPackages(ctx context.Context, after, until string) iter.Seq2[wallet.CurrentPackage, error] {
	return meteredAll(s.meter, "CurrentPackages", s.records.CurrentPackages(ctx, after, until))
}

func (s meteredStore) Walk(ctx context.Context, name string) (wallet.Walk, error) {
	s.meter.call("Walk", 1)
	return s.records.Walk(ctx, name)
}

func (s meteredStore) SaveWalk(ctx context.Context, w wallet.Walk) (wallet.Revision, error) {
	s.meter.call("SaveWalk", 1)
	return s.records.SaveWalk(ctx, w)
}

func (s meteredStore) Campaign(ctx context.Context, id wallet.CampaignID) (wallet.Campaign, error) {
	s.meter.call("Campaign", 1)
	return s.records.Campaign(ctx, id)
}

func (s meteredStore) SaveCampaign(ctx context.Context, c wallet.Campaign) (wallet.Revision, error) {
	s.meter.call("SaveCampaign", 1)
	return s.records.SaveCampaign(ctx, c)
}

func (s meteredStore) Campaigns(ctx context.Context) iter.Seq2[wallet.Campaign, error] {
	return meteredAll(s.meter, "Campaigns", s.records.Campaigns(ctx))
}

func (s meteredStore) TemplatePackages(ctx context.Context, id wallet.CampaignID, after, until string, limit int) iter.Seq2[wallet.CurrentPackage, error] {
	return meteredAll(s.meter, "TemplatePackages", s.records.TemplatePackages(ctx, id, after, until, limit))
}

func (s meteredStore) CountTemplatePackages(ctx context.Context, id wallet.CampaignID) (int64, error) {
	n, err := s.records.CountTemplatePackages(ctx, id)
	s.meter.call("CountTemplatePackages", int(n))
	return n, err
}

type meteredBucket struct {
	objects
	meter *meter
}

func (b meteredBucket) Create(ctx context.Context, name string, data []byte) error {
	b.meter.call("Create", 1)
	return b.objects.Create(ctx, name, data)
}

func (b meteredBucket) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	b.meter.call("Open", 1)
	return b.objects.Open(ctx, name)
}

func (b meteredBucket) List(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	b.meter.call("List", 1)
	return b.objects.List(ctx, prefix, after, limit)
}

func (b meteredBucket) Remove(ctx context.Context, name string) error {
	b.meter.call("Remove", 1)
	return b.objects.Remove(ctx, name)
}

type meteredEvents struct{ cloud *metered }

func (e meteredEvents) PassChanged(_ context.Context, event wallet.PassChanged) error {
	e.cloud.call("PassChanged", 1)
	return e.cloud.queue(wallet.TopicPassChanged, event)
}

func (e meteredEvents) PassPackaged(_ context.Context, event wallet.PassPackaged) error {
	e.cloud.call("PassPackaged", 1)
	return e.cloud.queue(wallet.TopicPassPackaged, event)
}

func (e meteredEvents) PassPersonalized(_ context.Context, event wallet.PassPersonalized) error {
	e.cloud.call("PassPersonalized", 1)
	return e.cloud.queue(wallet.TopicPassPersonalized, event)
}

type meteredKey struct {
	crypto.Signer
	meter *meter
}

func (k meteredKey) Sign(random io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	k.meter.add(bill.Operations{Signatures: 1})
	return k.Signer.Sign(random, digest, o)
}

package main

import (
	"context"

	"walletpasses.example/server/functions/local/console"
	"walletpasses.example/server/functions/push"
	"walletpasses.example/server/shared/apns"
	"walletpasses.example/server/shared/wallet"
)

// tappedStore tells the console of every write.
type tappedStore struct {
	records
	publish func(console.Event)
	running func() // called when a campaign that runs is written
}

func (t tappedStore) SaveDocument(ctx context.Context, d wallet.DocumentSnapshot) (wallet.Revision, error) {
	revision, err := t.records.SaveDocument(ctx, d)
	return revision, t.pass(d.ID, err)
}

func (t tappedStore) SavePackage(ctx context.Context, p wallet.CurrentPackage) (wallet.Revision, error) {
	revision, err := t.records.SavePackage(ctx, p)
	return revision, t.pass(p.ID, err)
}

func (t tappedStore) SavePersonalization(ctx context.Context, p wallet.Personalization, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	revision, err := t.records.SavePersonalization(ctx, p, pkg)
	return revision, t.pass(pkg.ID, err)
}

func (t tappedStore) SaveDevice(ctx context.Context, d wallet.Device) (wallet.Revision, error) {
	revision, err := t.records.SaveDevice(ctx, d)
	return revision, t.pass(wallet.PassID{PassTypeIdentifier: d.ID.PassTypeIdentifier}, err) // it may have let go of a pass, too
}

func (t tappedStore) SaveCampaign(ctx context.Context, c wallet.Campaign) (wallet.Revision, error) {
	revision, err := t.records.SaveCampaign(ctx, c)
	if err == nil {
		t.publish(console.Event{Kind: console.KindCampaign})
		if c.State == wallet.CampaignRunning {
			t.running()
		}
	}
	return revision, err
}

// pass tells of a pass unless it was not written.
func (t tappedStore) pass(id wallet.PassID, err error) error {
	if err == nil {
		t.publish(console.Event{Kind: console.KindPass, PassID: id})
	}
	return err
}

// tappedAPNs tells the console of every push, once it has been answered.
type tappedAPNs struct {
	push.APNs
	publish func(console.Event)
}

func (t tappedAPNs) Push(ctx context.Context, token wallet.PushToken, topic string) apns.Answer {
	answer := t.APNs.Push(ctx, token, topic)
	t.publish(console.Event{Kind: console.KindPush, PassID: wallet.PassID{PassTypeIdentifier: topic}})
	return answer
}

package main

import (
	"context"

	"walletpasses.example/server/functions/campaign"
	"walletpasses.example/server/functions/changed"
	"walletpasses.example/server/functions/personalize"
	"walletpasses.example/server/functions/push"
	"walletpasses.example/server/functions/regenerate"
	"walletpasses.example/server/functions/register"
	"walletpasses.example/server/functions/sweep"
	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/wallet"
)

// A backend is what the cloud provides: a store, a bucket, a bus, and a trigger for written documents.
type backend struct {
	store  records
	bucket objects
	events announcer
	keys   wallet.TokenKeys

	// publish puts a message on a topic, as an issuer does.
	publish func(ctx context.Context, topic string, message []byte) error
	// subscribe delivers the messages of a topic, at least once, until close.
	subscribe func(topic string, handle wallet.MessageHandler)
	// onWrite calls for each write of a pass document, at least once, until close.
	onWrite func(handle func(context.Context, wallet.PassID) error)

	close func()
}

// objects is everything that the functions together ask of a bucket.
type objects interface {
	regenerate.Bucket
	sweep.Bucket
}

// records is everything that the functions together ask of a store.
type records interface {
	document.Store
	regenerate.Store
	push.Store
	register.Store
	sweep.Store
	campaign.Store
	personalize.Store
	Personalization(ctx context.Context, id wallet.PassID) (wallet.Personalization, error)
}

// announcer is everything that the functions together announce.
type announcer interface {
	changed.Events
	regenerate.Events
	personalize.Events
}

func openBackend(ctx context.Context, o options) (backend, error) {
	if o.backend == "gcp" {
		return openGoogle(ctx, o)
	}
	return openMemory(o)
}

package main

import (
	"context"
	"fmt"

	"cloud.google.com/go/firestore"
	records "cloud.google.com/go/firestore/apiv1"
	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/storage"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/wallet"
)

// clients are Google's own, as business apps use them, and whoever sets a project up. records is what the functions read and
// write themselves.
type clients struct {
	firestore *firestore.Client
	records   *store.Store
	pubsub    *pubsub.Client
	updates   *pubsub.Publisher
	storage   *storage.Client
}

// openClients connects to the emulators.
func (s *stage) openClients(ctx context.Context) error {
	documents, err := insecurely(s.firestore)
	if err != nil {
		return err
	}
	if s.clients.firestore, err = firestore.NewClientWithDatabase(ctx, project, database, documents); err != nil {
		return fmt.Errorf("open Firestore: %w", err)
	}
	s.onClear(func() { _ = s.clients.firestore.Close() }) // of the connection; nothing is being written any more
	records, err := records.NewClient(ctx, documents)
	if err != nil {
		return fmt.Errorf("open Firestore: %w", err)
	}
	s.clients.records = store.New(records, project, database)
	messages, err := insecurely(s.pubsub)
	if err != nil {
		return err
	}
	if s.clients.pubsub, err = pubsub.NewClient(ctx, project, messages); err != nil {
		return fmt.Errorf("open Pub/Sub: %w", err)
	}
	s.onClear(func() { _ = s.clients.pubsub.Close() })
	s.clients.updates = s.clients.pubsub.Publisher(wallet.TopicPassUpdates)
	s.onClear(s.clients.updates.Stop)
	objects := option.WithEndpoint("http://" + s.storage.Address + "/storage/v1/")
	if s.clients.storage, err = storage.NewClient(ctx, objects, option.WithoutAuthentication()); err != nil {
		return fmt.Errorf("open Cloud Storage: %w", err)
	}
	s.onClear(func() { _ = s.clients.storage.Close() })
	return nil
}

// insecurely connects to an emulator, which speaks gRPC without TLS.
func insecurely(to *emulator.Server) (option.ClientOption, error) {
	connection, err := grpc.NewClient("passthrough:///"+to.Address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	return option.WithGRPCConn(connection), err
}

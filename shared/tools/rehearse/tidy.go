package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"walletpasses.example/server/shared/wallet"
)

// tidy removes the superseded packages of a pass, which the sweep does after a day: the stand-in for Cloud Storage looks
// through all that it has whenever it is asked for one.
func (s *stage) tidy(ctx context.Context, id wallet.PassID) error {
	current, err := s.clients.records.CurrentPackage(ctx, id)
	if err != nil {
		return err
	}
	bucket, now := s.clients.storage.Bucket(packagesBucket), time.Now()
	objects := bucket.Objects(ctx, &storage.Query{Prefix: wallet.ObjectPrefix + id.String() + "/"})
	for {
		object, err := objects.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list the packages of %v: %w", id, err)
		}
		if !current.Superseded(object.Name, now) {
			continue
		}
		if err := bucket.Object(object.Name).Delete(ctx); err != nil {
			return fmt.Errorf("remove %s: %w", object.Name, err)
		}
	}
}

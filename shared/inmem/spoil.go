package inmem

import (
	"context"
	"errors"
	"fmt"

	"walletpasses.example/server/shared/wallet"
)

// SpoilPackage makes a package record unreadable to CurrentPackage and CurrentPackages, as somebody can with Firestore's console.
func (s *Store) SpoilPackage(id wallet.PassID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spoilt[id] = true
}

// foundPackage is CurrentPackage for one of many: a record that cannot be read is a [wallet.ErrInvalid], beside its ID.
func (s *Store) foundPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	pkg, err := s.CurrentPackage(ctx, id)
	if errors.Is(err, wallet.ErrUnreadable) {
		return wallet.CurrentPackage{ID: id}, fmt.Errorf("%w: %w", wallet.ErrInvalid, err)
	}
	return pkg, err
}

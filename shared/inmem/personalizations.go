package inmem

import (
	"context"
	"fmt"
	"maps"

	"walletpasses.example/server/shared/wallet"
)

// Personalization returns a customer's sign-up; [wallet.ErrNotFound] when there is none.
func (s *Store) Personalization(ctx context.Context, id wallet.PassID) (wallet.Personalization, error) {
	if err := ready(ctx, id); err != nil {
		return wallet.Personalization{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.signUps[id]
	if !ok {
		return wallet.Personalization{}, fmt.Errorf("%w: there is no personalization of %v", wallet.ErrNotFound, id)
	}
	p.Info = maps.Clone(p.Info)
	return p, nil
}

// SavePersonalization creates the record of a sign-up and replaces the pointer to the current package with pkg, which says
// so: both or neither. It fails with [wallet.ErrConflict] when there is such a record already, or the pointer is not of
// pkg.Revision any more; otherwise it returns the pointer's new revision. What [Store.SavePackage] refuses is
// refused, and text that is not UTF-8 as [wallet.ErrInvalid].
func (s *Store) SavePersonalization(ctx context.Context, p wallet.Personalization, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	if err := ready(ctx, p.ID); err != nil {
		return 0, err
	}
	if err := ready(ctx, pkg.ID); err != nil {
		return 0, err
	}
	for member, text := range p.Info {
		if err := storable(text.Reveal(), wallet.PointerTo("", member), 1); err != nil {
			return 0, fmt.Errorf("personalization of %v: %w", p.ID, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.signUps[p.ID]; there {
		return 0, fmt.Errorf("%w: there is a personalization of %v", wallet.ErrConflict, p.ID)
	}
	revision, err := s.replacePackage(pkg)
	if err != nil {
		return 0, err
	}
	p.Time, p.Info = timestamp(p.Time), maps.Clone(p.Info)
	s.signUps[p.ID] = p
	return revision, nil
}

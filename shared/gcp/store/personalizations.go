package store

import (
	"context"
	"fmt"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// Personalization returns a customer's sign-up; [wallet.ErrNotFound] when there is none, or not any more.
func (s *Store) Personalization(ctx context.Context, id wallet.PassID) (wallet.Personalization, error) {
	name, err := s.passName(personalizations, id)
	if err != nil {
		return wallet.Personalization{}, err
	}
	doc, err := s.read(ctx, name)
	if err != nil {
		return wallet.Personalization{}, fmt.Errorf("read personalization of %v: %w", id, err)
	}
	if doc.revision == 0 {
		return wallet.Personalization{}, fmt.Errorf("%w: there is no personalization of %v", wallet.ErrNotFound, id)
	}
	r := &record{fields: doc.fields}
	p := wallet.Personalization{ID: id, Time: get[time.Time](r, "time"), Info: make(wallet.PersonalInfo)}
	info := get[map[string]any](r, "requiredPersonalizationInfo")
	r.within("requiredPersonalizationInfo", info, func(r *record) {
		for member := range info {
			p.Info[member] = wallet.NewPersonalText(get[string](r, member))
		}
	})
	if r.err != nil {
		return wallet.Personalization{}, fmt.Errorf("read personalization of %v: %w", id, r.err)
	}
	return p, nil
}

// SavePersonalization creates the record of a sign-up and replaces the pointer to the current package with pkg, which says
// so: both or neither. It fails with [wallet.ErrConflict] when there is such a record already, or the pointer is not of
// pkg.Revision any more; otherwise it returns the pointer's new revision. Text that is not UTF-8 is [wallet.ErrInvalid].
func (s *Store) SavePersonalization(ctx context.Context, p wallet.Personalization, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	revision, err := s.savePersonalization(ctx, p, pkg)
	if err != nil {
		return 0, fmt.Errorf("save personalization of %v: %w", pkg.ID, err)
	}
	return revision, nil
}

func (s *Store) savePersonalization(ctx context.Context, p wallet.Personalization, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	pointer, err := s.passName(packages, pkg.ID)
	if err != nil {
		return 0, err
	}
	signUp, err := s.passName(personalizations, p.ID)
	if err != nil {
		return 0, err
	}
	replace, err := replacement(pointer, encodePackage(pkg), pkg.Revision)
	if err != nil {
		return 0, err
	}
	create, err := replacement(signUp, encodePersonalization(p), 0)
	if err != nil {
		return 0, err
	}
	return s.commit(ctx, replace, create)
}

// encodePersonalization is the record as the business reads it, under Apple's names.
func encodePersonalization(p wallet.Personalization) map[string]any {
	info := make(map[string]any, len(p.Info))
	for member, text := range p.Info {
		info[member] = text.Reveal()
	}
	fields := map[string]any{"requiredPersonalizationInfo": info}
	putTime(fields, "time", p.Time)
	return fields
}

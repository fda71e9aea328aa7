package inmem

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"

	"walletpasses.example/server/shared/wallet"
)

// Campaign returns the record of a campaign, or one with only its ID when there is none.
func (s *Store) Campaign(ctx context.Context, id wallet.CampaignID) (wallet.Campaign, error) {
	if err := ready(ctx, id); err != nil {
		return wallet.Campaign{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.campaigns[id]
	c.ID = id
	return c, nil
}

// SaveCampaign replaces the record under the rules of [Store.SaveDocument].
func (s *Store) SaveCampaign(ctx context.Context, c wallet.Campaign) (wallet.Revision, error) {
	if err := ready(ctx, c.ID); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stored := s.campaigns[c.ID]
	if err := guard(c.ID, stored.Revision, c.Revision); err != nil {
		return 0, err
	}
	c.Started, c.Moved, c.WatchUntil, c.Ended = timestamp(c.Started), timestamp(c.Moved), timestamp(c.WatchUntil), timestamp(c.Ended)
	if c != stored || c.Revision == 0 {
		c.Revision = s.nextRevision()
		s.campaigns[c.ID] = c
	}
	return c.Revision, nil
}

// Campaigns yields all campaigns, ordered by pass type and template.
func (s *Store) Campaigns(ctx context.Context) iter.Seq2[wallet.Campaign, error] {
	return func(yield func(wallet.Campaign, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(wallet.Campaign{}, err)
			return
		}
		s.mu.Lock()
		found := slices.SortedFunc(maps.Values(s.campaigns), func(a, b wallet.Campaign) int {
			return cmp.Or(cmp.Compare(a.ID.PassTypeIdentifier, b.ID.PassTypeIdentifier), cmp.Compare(a.ID.Template, b.ID.Template))
		})
		s.mu.Unlock()
		for _, c := range found {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// TemplatePackages yields at most limit packages that were made with a campaign's template, ordered by serial number: those
// after one serial number up to another, either of which may be empty.
func (s *Store) TemplatePackages(ctx context.Context, id wallet.CampaignID, after, until string, limit int) iter.Seq2[wallet.CurrentPackage, error] {
	return func(yield func(wallet.CurrentPackage, error) bool) {
		if err := ready(ctx, id); err != nil {
			yield(wallet.CurrentPackage{}, err)
			return
		}
		for _, pkg := range s.templatePackages(id, after, until, limit) {
			if !yield(pkg, nil) {
				return
			}
		}
	}
}

func (s *Store) templatePackages(id wallet.CampaignID, after, until string, limit int) []wallet.CurrentPackage {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []wallet.CurrentPackage
	for pass := range s.packageOrder.after(wallet.PassID{PassTypeIdentifier: id.PassTypeIdentifier, SerialNumber: after}) {
		if pass.PassTypeIdentifier != id.PassTypeIdentifier || until != "" && pass.SerialNumber > until || len(found) == limit {
			break
		}
		if pkg := s.packages[pass]; pkg.Template == id.Template {
			found = append(found, clonePackage(pkg))
		}
	}
	return found
}

// CountTemplatePackages returns how many packages were made with a campaign's template.
func (s *Store) CountTemplatePackages(ctx context.Context, id wallet.CampaignID) (int64, error) {
	if err := ready(ctx, id); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int64
	for pass, pkg := range s.packages {
		if pass.PassTypeIdentifier == id.PassTypeIdentifier && pkg.Template == id.Template {
			n++
		}
	}
	return n, nil
}

package inmem

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// DocumentRevisions returns a page of at most limit pass documents of all pass types, ordered by pass type and serial
// number, and where the next one begins: empty after the last. after is empty for the first page.
func (s *Store) DocumentRevisions(ctx context.Context, after string, limit int) (page []wallet.DocumentRevision, next string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	last := place(after)
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.documentOrder.after(last) {
		page = append(page, wallet.DocumentRevision{ID: id, Revision: s.documents[id].Revision})
		if len(page) == limit {
			return page, id.String(), nil
		}
	}
	return page, "", nil
}

func byPassTypeAndSerial(a, b wallet.PassID) int {
	return cmp.Or(cmp.Compare(a.PassTypeIdentifier, b.PassTypeIdentifier), cmp.Compare(a.SerialNumber, b.SerialNumber))
}

// CurrentPackages yields, in the order of [Store.DocumentRevisions], the pointers of the passes whose documents lie after one
// of its places up to another, or would: empty for the beginning and the end. A record that cannot be read is a
// [wallet.ErrInvalid] in its place, beside its ID; any other error ends the sequence.
func (s *Store) CurrentPackages(ctx context.Context, after, until string) iter.Seq2[wallet.CurrentPackage, error] {
	return func(yield func(wallet.CurrentPackage, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(wallet.CurrentPackage{}, err)
			return
		}
		for _, id := range s.packagesBetween(place(after), place(until)) {
			if pkg, err := s.foundPackage(ctx, id); !yield(pkg, err) || err != nil && !errors.Is(err, wallet.ErrInvalid) {
				return
			}
		}
	}
}

func (s *Store) packagesBetween(after, until wallet.PassID) []wallet.PassID {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []wallet.PassID
	for id := range s.packageOrder.after(after) {
		if (until != wallet.PassID{}) && byPassTypeAndSerial(id, until) > 0 {
			break
		}
		found = append(found, id)
	}
	return found
}

// place reads what [Store.DocumentRevisions] calls a place.
func place(name string) (id wallet.PassID) {
	id.PassTypeIdentifier, id.SerialNumber, _ = strings.Cut(name, "/")
	return id
}

// Walk returns how far a walk of the sweep has come; zero, but for its name, before the first.
func (s *Store) Walk(ctx context.Context, name string) (wallet.Walk, error) {
	if err := ctx.Err(); err != nil {
		return wallet.Walk{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.walks[name]
	w.Name = name
	return w, nil
}

// SaveWalk replaces how far a walk has come under the rules of [Store.SaveDocument].
func (s *Store) SaveWalk(ctx context.Context, w wallet.Walk) (wallet.Revision, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stored := s.walks[w.Name]
	if err := guard("the walk over "+w.Name, stored.Revision, w.Revision); err != nil {
		return 0, err
	}
	w.Started, w.Previous = timestamp(w.Started), timestamp(w.Previous)
	if w != stored || w.Revision == 0 {
		w.Revision = s.nextRevision()
		s.walks[w.Name] = w
	}
	return w.Revision, nil
}

package inmem

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// DocumentRevisions returns a page of at most limit pass documents of all pass types, ordered by pass type and serial
// number, and where the next one begins: empty after the last. after is empty for the first page.
func (s *Store) DocumentRevisions(ctx context.Context, after string, limit int) (page []wallet.DocumentRevision, next string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	var last wallet.PassID
	last.PassTypeIdentifier, last.SerialNumber, _ = strings.Cut(after, "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.SortedFunc(maps.Keys(s.documents), byPassTypeAndSerial) {
		if byPassTypeAndSerial(id, last) <= 0 {
			continue
		}
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

// CurrentPackages yields the pointers of many passes, each once and in no order; what there is none of comes with its ID
// alone.
func (s *Store) CurrentPackages(ctx context.Context, ids []wallet.PassID) iter.Seq2[wallet.CurrentPackage, error] {
	return func(yield func(wallet.CurrentPackage, error) bool) {
		wanted := make(map[wallet.PassID]bool, len(ids)) // whose order is another each time
		for _, id := range ids {
			if err := ready(ctx, id); err != nil {
				yield(wallet.CurrentPackage{}, err)
				return
			}
			wanted[id] = true
		}
		for id := range wanted {
			if !yield(s.CurrentPackage(ctx, id)) {
				return
			}
		}
	}
}

// Walk returns how far the sweep has come; zero before the first walk.
func (s *Store) Walk(ctx context.Context) (wallet.Walk, error) {
	if err := ctx.Err(); err != nil {
		return wallet.Walk{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.walk, nil
}

// SaveWalk replaces how far the sweep has come under the rules of [Store.SaveDocument].
func (s *Store) SaveWalk(ctx context.Context, w wallet.Walk) (wallet.Revision, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := guard("the walk", s.walk.Revision, w.Revision); err != nil {
		return 0, err
	}
	w.Started, w.Previous = timestamp(w.Started), timestamp(w.Previous)
	if w != s.walk || w.Revision == 0 {
		w.Revision = s.nextRevision()
		s.walk = w
	}
	return w.Revision, nil
}

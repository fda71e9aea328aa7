package document_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/wallet"
)

// A message of an issuer: points and the revision that it carries.
type message struct{ points, revision int64 }

func messageRevision(s wallet.DocumentSnapshot) int64 {
	n, _ := s.MessageRevision()
	return n
}

// permutations returns every order of three messages.
func permutations(m [3]message) [][]message {
	var all [][]message
	for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		all = append(all, []message{m[order[0]], m[order[1]], m[order[2]]})
	}
	return all
}

// A counter may begin below 1, too.
func TestIngestHighestRevisionWinsInAnyOrder(t *testing.T) {
	for _, order := range append(permutations([3]message{{10, 1}, {20, 2}, {30, 7}}), permutations([3]message{{10, -2}, {20, -1}, {30, 0}})...) {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			writer, store := newWriter(t)
			for _, m := range order {
				_, err := writer.Ingest(t.Context(), card, points(m.points), &m.revision)
				check(t, err)
			}
			if s := stored(t, store); value(s, "points") != int64(30) || messageRevision(s) != max(order[0].revision, order[1].revision, order[2].revision) {
				t.Errorf("%v points at revision %d", value(s, "points"), messageRevision(s))
			}
		})
	}
}

// Pub/Sub keeps no order: the message that makes a pass may arrive after one that changes it.
func TestIngestAnUpdateThatOvertakesTheCreationIsNotAcknowledgedAway(t *testing.T) {
	writer, store := newWriter(t)
	update := map[string]any{"data": map[string]any{"points": int64(20)}}
	_, overtaking := writer.Ingest(t.Context(), card, update, new(int64(2)))
	_, err := writer.Ingest(t.Context(), card, points(10), new(int64(1)))
	check(t, err)
	if errors.Is(overtaking, wallet.ErrNotReady) { // asks for another delivery
		_, err := writer.Ingest(t.Context(), card, update, new(int64(2))) // delivered again
		check(t, err)
	}
	if got := value(stored(t, store), "points"); got != int64(20) {
		t.Errorf("%v points: the newest message, refused with %q, is lost", got, overtaking)
	}
}

func TestIngestWithoutRevisionIsInOrderOfArrival(t *testing.T) {
	writer, store := newWriter(t)
	for i, revision := range []*int64{new(int64(5)), nil, nil} {
		_, err := writer.Ingest(t.Context(), card, points(int64(10+10*i)), revision)
		check(t, err)
	}
	if s := stored(t, store); value(s, "points") != int64(30) || messageRevision(s) != 5 {
		t.Errorf("%v points at revision %d", value(s, "points"), messageRevision(s))
	}
}

func TestIngestRepeatedOrLateChangesNothing(t *testing.T) {
	writer, store := newWriter(t)
	first, err := writer.Ingest(t.Context(), card, points(10), new(int64(5)))
	check(t, err)
	if !first.Created || first.Document.Revision == 0 {
		t.Errorf("the first: %+v", first)
	}
	for _, late := range []message{{10, 5}, {11, 5}, {12, 4}, {13, 1}} {
		again, err := writer.Ingest(t.Context(), card, points(late.points), &late.revision)
		if err != nil || again.Created || again.Document.Revision != first.Document.Revision {
			t.Errorf("%v: %+v, %v", late, again, err)
		}
	}
	// Nor does an invalid one that comes too late: it would be refused for what nobody is going to read.
	if _, err := writer.Ingest(t.Context(), card, map[string]any{"colour": int64(1)}, new(int64(5))); err != nil {
		t.Errorf("late and invalid: %v", err)
	}
	if s := stored(t, store); store.saves != 1 || s.Revision != first.Document.Revision || value(s, "points") != int64(10) {
		t.Errorf("%d saves, revision %d after %d, %v points", store.saves, s.Revision, first.Document.Revision, value(s, "points"))
	}
}

func TestIngestMergesLikePatch(t *testing.T) {
	writer, store := newWriter(t)
	_, err := writer.Ingest(t.Context(), card, with(points(10), "pass", map[string]any{"logoText": "Mine"}), nil)
	check(t, err)
	written, err := writer.Ingest(t.Context(), card, map[string]any{"data": map[string]any{"points": int64(11)}, "pass": nil}, nil)
	if err != nil || written.Created {
		t.Errorf("%+v, %v", written, err)
	}
	s := stored(t, store)
	if value(s, "points") != int64(11) || value(s, "fullName") != "Ada Example" || s.Fields["pass"] != nil {
		t.Errorf("%v", s.Fields)
	}
}

func TestIngestCreatesOnlyWithATemplate(t *testing.T) {
	for name, fields := range map[string]map[string]any{
		"without": with(points(10), "template", nil), "null": with(with(points(10), "template", nil), "voided", true), "nothing at all": {},
	} {
		writer, store := newWriter(t)
		if _, err := writer.Ingest(t.Context(), card, fields, nil); !errors.Is(err, wallet.ErrNotReady) {
			t.Errorf("%s: %v", name, err)
		}
		if store.saves != 0 {
			t.Errorf("%s: something was written", name)
		}
	}
	writer, store := newWriter(t)
	null := points(10)
	null["template"] = nil
	if _, err := writer.Ingest(t.Context(), card, null, nil); !errors.Is(err, wallet.ErrInvalid) || store.saves != 0 {
		t.Errorf("a template of null: %v, %d saves", err, store.saves)
	}
}

func TestIngestRevivesATombstoneOnlyWithATemplate(t *testing.T) {
	writer, store := newWriter(t)
	_, err := writer.Ingest(t.Context(), card, with(points(10), "expirationDate", "2030-01-01T00:00:00Z"), new(int64(4)))
	check(t, err)
	_, err = writer.Delete(t.Context(), card, document.Condition{})
	check(t, err)

	if _, err := writer.Ingest(t.Context(), card, map[string]any{"data": map[string]any{"points": int64(11)}}, new(int64(5))); !errors.Is(err, wallet.ErrNotFound) {
		t.Errorf("without a template: %v", err)
	}
	if written, err := writer.Ingest(t.Context(), card, points(12), new(int64(4))); err != nil || !written.Document.Deleted() {
		t.Errorf("a message from before the deletion: %v, %v", written.Document.Fields, err)
	}
	if s := stored(t, store); !s.Deleted() {
		t.Fatalf("revived: %v", s.Fields)
	}
	written, err := writer.Ingest(t.Context(), card, points(13), new(int64(5)))
	if err != nil || !written.Created {
		t.Errorf("%+v, %v", written, err)
	}
	s := stored(t, store)
	names := slices.Sorted(maps.Keys(s.Business()))
	if s.Deleted() || messageRevision(s) != 5 || value(s, "points") != int64(13) || !slices.Equal(names, []string{"data", "template"}) {
		t.Errorf("revived as %v: what the tombstone held must not come back", s.Fields)
	}
}

func TestIngestKeepsTheRevisionThroughOtherWrites(t *testing.T) {
	writer, store := newWriter(t)
	_, err := writer.Ingest(t.Context(), card, points(10), new(int64(9)))
	check(t, err)
	_, err = writer.Put(t.Context(), card, points(20), document.Condition{})
	check(t, err)
	_, err = writer.Ingest(t.Context(), card, points(10), new(int64(8)))
	check(t, err)
	if s := stored(t, store); value(s, "points") != int64(20) || messageRevision(s) != 9 {
		t.Errorf("%v points at revision %d", value(s, "points"), messageRevision(s))
	}
}

func TestIngestRefusesWhatCannotBePackaged(t *testing.T) {
	writer, store := newWriter(t)
	_, err := writer.Ingest(t.Context(), card, points(10), new(int64(1)))
	check(t, err)
	for name, patch := range map[string]map[string]any{
		"an unknown field": {"colour": "red"},
		"a missing value":  {"data": map[string]any{"points": nil}},
		"a bad colour":     {"pass": map[string]any{"labelColor": "reddish"}},
		"no template":      {"template": nil},
	} {
		if _, err := writer.Ingest(t.Context(), card, patch, new(int64(2))); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s := stored(t, store); messageRevision(s) != 1 || store.saves != 1 {
		t.Errorf("revision %d after %d saves: a refused message must not hold up the next", messageRevision(s), store.saves)
	}
}

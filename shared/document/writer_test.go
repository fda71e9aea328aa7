package document_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/wallet"
)

// operations are the four writes, each on a pass that is there.
var operations = map[string]func(t *testing.T, w document.Writer) (document.Written, error){
	"Put": func(t *testing.T, w document.Writer) (document.Written, error) {
		return w.Put(t.Context(), card, points(50), document.Condition{})
	},
	"Merge": func(t *testing.T, w document.Writer) (document.Written, error) {
		return w.Merge(t.Context(), card, map[string]any{"data": map[string]any{"points": int64(50)}}, document.Condition{})
	},
	"Ingest": func(t *testing.T, w document.Writer) (document.Written, error) {
		return w.Ingest(t.Context(), card, map[string]any{"data": map[string]any{"points": int64(50)}}, new(int64(3)))
	},
	"Delete": func(t *testing.T, w document.Writer) (document.Written, error) {
		return w.Delete(t.Context(), card, document.Condition{})
	},
}

// eachOperation runs a test for each write, on a pass that is there, on a clock that needs no waiting.
func eachOperation(t *testing.T, test func(t *testing.T, operation func() (document.Written, error), store *counted)) {
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				writer, store := newWriter(t)
				_, err := writer.Put(t.Context(), card, points(1), document.Condition{})
				check(t, err)
				store.reads, store.saves = 0, 0
				test(t, func() (document.Written, error) { return operation(t, writer) }, store)
			})
		})
	}
}

func TestAConflictBeginsAgain(t *testing.T) {
	for _, conflicts := range []int{0, 1, 3, 11} {
		t.Run(fmt.Sprint(conflicts), func(t *testing.T) {
			eachOperation(t, func(t *testing.T, operation func() (document.Written, error), store *counted) {
				// Somebody else is faster: the document really changes between the read and the save.
				store.beforeSave = func(save int) error {
					if save > conflicts {
						return nil
					}
					s := stored(t, store)
					s.Fields["pass"] = map[string]any{"logoText": fmt.Sprint("faster ", save)}
					_, err := store.Store.SaveDocument(t.Context(), s)
					return err
				}
				written, err := operation()
				check(t, err)
				if store.reads != conflicts+1 || store.saves != conflicts+1 {
					t.Errorf("%d reads, %d saves; want %d of each", store.reads, store.saves, conflicts+1)
				}
				if s := stored(t, store); s.Revision != written.Document.Revision || !s.Equal(written.Document) {
					t.Errorf("stored %v, answered %v", s, written.Document)
				}
			})
		})
	}
}

// What somebody else wrote in between is merged into, not written over.
func TestAMergeThatBeginsAgainKeepsTheOther(t *testing.T) {
	writer, store := newWriter(t)
	_, err := writer.Put(t.Context(), card, points(1), document.Condition{})
	check(t, err)
	store.saves = 0
	store.beforeSave = func(save int) error {
		if save > 1 {
			return nil
		}
		s := stored(t, store)
		s.Fields = data(s.Fields, "fullName", "Grace Example")
		_, err := store.Store.SaveDocument(t.Context(), s)
		return err
	}
	_, err = writer.Merge(t.Context(), card, map[string]any{"data": map[string]any{"points": int64(50)}}, document.Condition{})
	check(t, err)
	if s := stored(t, store); value(s, "fullName") != "Grace Example" || value(s, "points") != int64(50) {
		t.Errorf("%v", s.Fields)
	}
}

// A condition holds for what is written over, not for what was read first.
func TestAConditionIsCheckedAgain(t *testing.T) {
	writer, store := newWriter(t)
	first, err := writer.Put(t.Context(), card, points(1), document.Condition{})
	check(t, err)
	store.saves = 0
	store.beforeSave = func(int) error {
		s := stored(t, store)
		s.Fields = data(s.Fields, "points", int64(2))
		_, err := store.Store.SaveDocument(t.Context(), s)
		return err
	}
	_, err = writer.Put(t.Context(), card, points(3), document.Condition{Revisions: []wallet.Revision{first.Document.Revision}})
	if !errors.Is(err, wallet.ErrPrecondition) || value(stored(t, store), "points") != int64(2) {
		t.Errorf("%v, and %v points", err, value(stored(t, store), "points"))
	}
}

// The client of a store repeats a call whose answer was lost, and is in conflict with itself. Whoever added points is not told
// that they were not added.
func TestAnAnswerThatWasLost(t *testing.T) {
	writer, store := newWriter(t)
	store.beforeSave = func(save int) error {
		_, err := store.Store.SaveDocument(t.Context(), stored(t, store).Replace(points(int64(save))))
		return err
	}
	first, err := writer.Put(t.Context(), card, points(1), document.Condition{})
	if err != nil || !first.Created || first.Document.Revision != stored(t, store).Revision {
		t.Errorf("%+v, %v", first, err)
	}
	second, err := writer.Put(t.Context(), card, points(2), document.Condition{Exists: true, Revisions: []wallet.Revision{first.Document.Revision}})
	if err != nil || second.Created || second.Document.Revision != stored(t, store).Revision || store.saves != 2 {
		t.Errorf("%+v, %v after %d saves", second, err, store.saves)
	}
}

func TestEndlessConflictsAreAConflict(t *testing.T) {
	eachOperation(t, func(t *testing.T, operation func() (document.Written, error), store *counted) {
		store.beforeSave = func(int) error { return fmt.Errorf("%w: a till that never rests", wallet.ErrConflict) }
		if _, err := operation(); !errors.Is(err, wallet.ErrConflict) {
			t.Errorf("%v", err)
		}
		if store.saves < 2 || store.saves > 100 {
			t.Errorf("%d attempts", store.saves)
		}
	})
}

func TestOtherErrorsAreReturnedAsTheyAre(t *testing.T) {
	away := errors.New("Firestore is away")
	eachOperation(t, func(t *testing.T, operation func() (document.Written, error), store *counted) {
		store.beforeSave = func(int) error { return away }
		if _, err := operation(); err != away || store.saves != 1 {
			t.Errorf("%v after %d attempts", err, store.saves)
		}
	})
}

func TestADocumentOfTheBusinessAlreadyThereIsNotWritten(t *testing.T) {
	writer, store := newWriter(t)
	first, err := writer.Put(t.Context(), card, data(points(1), "pointz", "unused"), document.Condition{})
	check(t, err)
	again, err := writer.Put(t.Context(), card, data(points(1), "pointz", "unused"), document.Condition{})
	check(t, err)
	if again.Created || store.saves != 1 || again.Document.Revision != first.Document.Revision {
		t.Errorf("%+v after %d saves", again, store.saves)
	}
	if len(first.Findings) != 1 || len(again.Findings) != 1 {
		t.Errorf("warnings %v, then %v", first.Findings, again.Findings)
	}
}

func TestConditions(t *testing.T) {
	writer, _ := newWriter(t)
	if _, err := writer.Put(t.Context(), card, points(1), document.Condition{Exists: true}); !errors.Is(err, wallet.ErrPrecondition) {
		t.Errorf("any revision of an absent document: %v", err)
	}
	written, err := writer.Put(t.Context(), card, points(1), document.Condition{})
	check(t, err)
	revision := written.Document.Revision
	if _, err := writer.Put(t.Context(), card, points(2), document.Condition{Revisions: []wallet.Revision{revision + 7}}); !errors.Is(err, wallet.ErrPrecondition) {
		t.Errorf("another revision: %v", err)
	}
	if _, err := writer.Put(t.Context(), card, points(2), document.Condition{Revisions: []wallet.Revision{revision + 7, revision}}); err != nil {
		t.Errorf("one of two: %v", err)
	}
	if _, err := writer.Delete(t.Context(), card, document.Condition{Exists: true}); err != nil {
		t.Errorf("any revision: %v", err)
	}
	if _, err := writer.Put(t.Context(), card, points(2), document.Condition{Exists: true}); !errors.Is(err, wallet.ErrPrecondition) {
		t.Errorf("any revision of a tombstone: %v", err)
	}
}

func TestADocumentBeyondTheLimitIsTooLarge(t *testing.T) {
	writer, store := newWriter(t)
	half := strings.Repeat("x", wallet.MaxDocumentSize/2)
	_, err := writer.Put(t.Context(), card, with(points(1), "pass", map[string]any{"userInfo": map[string]any{"a": half}}), document.Condition{})
	check(t, err)
	_, err = writer.Merge(t.Context(), card, map[string]any{"pass": map[string]any{"userInfo": map[string]any{"b": half}}}, document.Condition{})
	if !errors.Is(err, wallet.ErrTooLarge) || store.saves != 1 {
		t.Errorf("%v after %d saves", err, store.saves)
	}
}

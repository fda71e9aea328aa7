package console

import (
	"context"
	"fmt"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// issued is a store with the passes points-1, points-2, … up to a number, but for those that are left out.
type issued struct {
	Store
	last  int
	out   map[int]bool
	reads int
}

func (s *issued) Document(_ context.Context, id wallet.PassID) (doc wallet.DocumentSnapshot, err error) {
	s.reads++
	var n int
	if _, err := fmt.Sscanf(id.SerialNumber, "points-%d", &n); err != nil {
		return doc, err
	}
	if n <= s.last && !s.out[n] {
		doc.Revision = 1
	}
	return doc, nil
}

func TestAFreeSerialNumberIsFoundWithAFewReads(t *testing.T) {
	for last := range 70 {
		c := &Console{Store: &issued{last: last}}
		got, err := c.freeSerial(t.Context(), "pass.com.example", "points")
		if want := fmt.Sprintf("points-%d", last+1); got != want || err != nil {
			t.Errorf("after %d: %s %v", last, got, err)
		}
	}
	store := &issued{last: 10_000, out: map[int]bool{3: true, 4: true, 700: true}}
	got, err := (&Console{Store: store}).freeSerial(t.Context(), "pass.com.example", "points")
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if _, err := fmt.Sscanf(got, "points-%d", &n); err != nil || n <= store.last && !store.out[n] {
		t.Errorf("%s is taken (%v)", got, err)
	}
	if store.reads > 40 {
		t.Errorf("%d reads", store.reads)
	}
}

// unreadable is a store in which one document cannot be read.
type unreadable struct{ Store }

func (unreadable) Document(context.Context, wallet.PassID) (wallet.DocumentSnapshot, error) {
	return wallet.DocumentSnapshot{}, fmt.Errorf("%w: no pass has such a name", wallet.ErrInvalid)
}

func TestADocumentThatCannotBeReadStopsNoList(t *testing.T) {
	v, err := (&Console{Store: unreadable{}}).passView(t.Context(), wallet.DocumentRevision{ID: wallet.PassID{SerialNumber: "__x__"}})
	if err != nil || !v.Problem || v.SerialNumber != "__x__" {
		t.Errorf("%+v %v", v, err)
	}
}

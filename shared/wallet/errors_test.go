package wallet_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// Messages are acknowledged for good. So none is because of a record that can be mended.
func TestWhatIsAcknowledged(t *testing.T) {
	silent := slog.New(slog.DiscardHandler)
	for _, kind := range []error{nil, wallet.ErrInvalid, wallet.ErrNotFound, wallet.ErrTooLarge} {
		if err := wallet.Acknowledge(t.Context(), silent, "RegeneratePass", kind); err != nil {
			t.Errorf("%v asks for another delivery", kind)
		}
	}
	for _, kind := range []error{wallet.ErrUnreadable, wallet.ErrUnavailable, wallet.ErrConflict, wallet.ErrNotReady, errors.New("down")} {
		if err := wallet.Acknowledge(t.Context(), silent, "RegeneratePass", fmt.Errorf("regenerate: %w", kind)); !errors.Is(err, kind) {
			t.Errorf("%v: %v", kind, err)
		}
	}
}

func TestALogNamesTheRulesAndNothingOfAPerson(t *testing.T) {
	var findings wallet.Findings
	findings.Errorf("/data/fullName", "FLD-1", "%q is no date", "Ada Example")
	findings.Warnf("/data/x", "TPL-UNUSED", "unused")
	findings.Errorf("/data/Ada", "FLD-1", "again")
	findings.Errorf("/data/y", "R3", "no style")
	if got := findings.Broken(); !slices.Equal(got, []string{"FLD-1", "R3"}) {
		t.Errorf("%v", got)
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("down"), "down"},
		{findings, "FLD-1, R3"},
		{fmt.Errorf("put card-1: %w", findings), "put card-1: FLD-1, R3"},
		{errors.Join(errors.New("down"), fmt.Errorf("put card-1: %w", findings)), "down\nput card-1: FLD-1, R3"},
	} {
		if got := wallet.ErrorAttr(c.err); got.Key != "error" || got.Value.String() != c.want {
			t.Errorf("%q, want %q", got.Value, c.want)
		}
	}
}

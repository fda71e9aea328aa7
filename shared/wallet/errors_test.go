package wallet_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

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

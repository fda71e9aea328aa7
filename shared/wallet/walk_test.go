package wallet_test

import (
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

func TestAWalkRemembersWhenTheOneBeforeItBegan(t *testing.T) {
	first := wallet.Walk{Revision: 1}.Begin(noon)
	if first != (wallet.Walk{Started: noon, Revision: 1}) {
		t.Errorf("the first: %+v", first)
	}
	first.After = "a"
	if got := first.Begin(noon.Add(time.Hour)); got != (wallet.Walk{Started: noon.Add(time.Hour), Previous: noon, Revision: 1}) {
		t.Errorf("the second: %+v", got)
	}
}

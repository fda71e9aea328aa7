package wallet_test

import (
	"testing"

	"walletpasses.example/server/shared/wallet"
)

func TestParseUpdateTag(t *testing.T) { // WS-LIST-6, WS-LIST-8, WS-LIST-11
	tag := wallet.UpdateTag{Epoch: "ab12cd34", Sequence: 42}
	if got := wallet.ParseUpdateTag(tag.String()); got != tag {
		t.Errorf("%v came back as %v", tag, got)
	}
	for _, text := range []string{"", "42", "a.", ".1", "a.-1", "a.01", "a.1.2", "a.99999999999999999999", "a b.1", "1763800000", "a.1 "} {
		if got := wallet.ParseUpdateTag(text); got != (wallet.UpdateTag{}) {
			t.Errorf("%q is read as %v instead of everything", text, got)
		}
	}
}

func FuzzParseUpdateTag(f *testing.F) {
	for _, seed := range []string{"", "ab12cd34.42", "a.01", "..", "a.1\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if tag := wallet.ParseUpdateTag(text); tag != (wallet.UpdateTag{}) && tag.String() != text {
			t.Errorf("%q was read as %v", text, tag)
		}
	})
}

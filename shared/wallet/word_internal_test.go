package wallet

import (
	"regexp"
	"strings"
	"testing"
)

// What strangers send is held against the same rules written as patterns.
func FuzzWords(f *testing.F) {
	serial := regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}\z`)
	tag := regexp.MustCompile(`^[A-Za-z0-9]{1,32}\.(0|[1-9][0-9]{0,17})\z`)
	derived := regexp.MustCompile(`^[1-9][0-9]{0,5}\.[A-Za-z0-9_-]{43}\z`)
	for _, seed := range []string{
		"", ".", "a.b-c_D9", "é", "a\n", "a\x00", strings.Repeat("a", 64), strings.Repeat("a", 65), "@[`{/:",
		"epoch.0", "epoch.00", "epoch.01", "epoch.+1", "epoch.-1", "epoch.1.1", "e_.1", ".1", "epoch.", "epoch.999999999999999999",
		"epoch.1000000000000000000", strings.Repeat("e", 33) + ".1",
		"1." + strings.Repeat("A", 43), "0." + strings.Repeat("A", 43), "1." + strings.Repeat("A", 42), "1." + strings.Repeat("A", 44),
		"1000000." + strings.Repeat("A", 43), "1." + strings.Repeat("+", 43), "01." + strings.Repeat("A", 43),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := word(s, 64, "._-"), serial.MatchString(s); got != want {
			t.Errorf("word(%q) = %v, want %v", s, got, want)
		}
		if got, want := ParseUpdateTag(s) != (UpdateTag{}), tag.MatchString(s); got != want {
			t.Errorf("tag %q: %v, want %v", s, got, want)
		}
		if _, got := parseDerived(NewAuthenticationToken(s)); got != derived.MatchString(s) {
			t.Errorf("token %q: %v", s, got)
		}
	})
}

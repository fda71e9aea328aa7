package wallet_test

import (
	"regexp"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

var card = wallet.PassID{PassTypeIdentifier: "pass.com.example.loyalty", SerialNumber: "card-1"}

func keys(t *testing.T, current int, versions ...int) wallet.TokenKeys {
	t.Helper()
	m := make(map[int][]byte)
	for _, v := range versions {
		m[v] = []byte(strings.Repeat(string(rune('a'+v)), 32))
	}
	k, err := wallet.NewTokenKeys(current, m)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAuthenticationTokenForm(t *testing.T) { // REJ-17, TOK-2, TOK-6
	token, err := keys(t, 1, 1).AuthenticationToken(1, card)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^1\.[A-Za-z0-9_-]{43}$`).MatchString(token.Reveal()) {
		t.Errorf("the token has the form %q", token.Reveal())
	}
	other, _ := keys(t, 1, 1).AuthenticationToken(1, wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: "card-2"})
	if other == token {
		t.Error("two passes share a token")
	}
}

func TestVerify(t *testing.T) { // TOK-3, TOK-4
	both := keys(t, 2, 1, 2)
	old, _ := both.AuthenticationToken(1, card)
	fresh, _ := both.AuthenticationToken(2, card)
	foreign, _ := keys(t, 3, 3).AuthenticationToken(3, card)
	otherPass, _ := both.AuthenticationToken(2, wallet.PassID{PassTypeIdentifier: "pass.com.example.other", SerialNumber: "card-1"})
	for _, c := range []struct {
		name        string
		token       wallet.AuthenticationToken
		ok, derived bool
	}{
		{"of the current key", fresh, true, true},
		{"of an older key", old, true, true},
		{"of an unknown key", foreign, false, true},
		{"of another pass", otherPass, false, true},
		{"with a changed character", wallet.NewAuthenticationToken(flip(fresh.Reveal())), false, true},
		{"of a foreign form", wallet.NewAuthenticationToken("vxwxd7J8AlNNFPS8k0a0FfUFtq0ewzFdc"), false, false},
		{"empty", wallet.AuthenticationToken{}, false, false},
	} {
		if ok, derived := both.Verify(c.token, card); ok != c.ok || derived != c.derived {
			t.Errorf("a token %s: ok %v, derived %v", c.name, ok, derived)
		}
	}
}

func flip(s string) string {
	last := byte('A')
	if s[len(s)-5] == 'A' {
		last = 'B'
	}
	return s[:len(s)-5] + string(last) + s[len(s)-4:]
}

func TestTokenKeysRefused(t *testing.T) {
	for name, make := range map[string]func() (wallet.TokenKeys, error){
		"short":      func() (wallet.TokenKeys, error) { return wallet.NewTokenKeys(1, map[int][]byte{1: []byte("short")}) },
		"no current": func() (wallet.TokenKeys, error) { return wallet.NewTokenKeys(2, map[int][]byte{1: make32()}) },
		"a date": func() (wallet.TokenKeys, error) {
			return wallet.NewTokenKeys(20261122, map[int][]byte{20261122: make32()})
		},
		"version 0": func() (wallet.TokenKeys, error) { return wallet.NewTokenKeys(0, map[int][]byte{0: make32()}) },
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s keys pass", name)
		}
	}
}

func make32() []byte { return []byte(strings.Repeat("k", 32)) }

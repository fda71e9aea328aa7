package wallet_test

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// links makes install links at a time.
func links(t testing.TB, now time.Time, current int, versions ...int) wallet.InstallLinks {
	t.Helper()
	m := make(map[int][]byte)
	for _, v := range versions {
		m[v] = []byte(strings.Repeat(string(rune('a'+v)), 32))
	}
	k, err := wallet.NewTokenKeys(current, m)
	if err != nil {
		t.Fatal(err)
	}
	return wallet.InstallLinks{Keys: k, BaseURL: "https://passes.example.com/", Now: func() time.Time { return now }}
}

// token cuts the token out of a link.
func token(t testing.TB, l wallet.InstallLinks) string {
	t.Helper()
	url, err := l.InstallURL(card)
	if err != nil {
		t.Fatal(err)
	}
	token, ok := strings.CutPrefix(url, "https://passes.example.com/install/")
	if !ok {
		t.Fatalf("the link is %s", url)
	}
	return token
}

func TestInstallLink(t *testing.T) { // DST-7, DST-8
	made := token(t, links(t, noon, 2, 1, 2))
	for _, days := range []int{0, 1, 30} {
		if ids, err := links(t, noon.AddDate(0, 0, days), 3, 1, 2, 3).Passes(made); err != nil || !slices.Equal(ids, []wallet.PassID{card}) {
			t.Errorf("after %d days: %v, %v", days, ids, err)
		}
	}
	if _, err := links(t, noon.AddDate(0, 0, 31), 2, 1, 2).Passes(made); !errors.Is(err, wallet.ErrUnauthorized) {
		t.Errorf("expired: %v", err)
	}
	if again := token(t, links(t, noon.Add(11*time.Hour), 2, 1, 2)); again != made {
		t.Error("the link changes within a day")
	}
	if strings.ContainsAny(made, "./+=") {
		t.Errorf("%q needs escaping, or looks like a file", made)
	}
}

func TestInstallLinkRefuses(t *testing.T) {
	l := links(t, noon, 2, 1, 2)
	made := token(t, l)
	auth, err := l.Keys.AuthenticationToken(2, card)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"changed": flip(made), "cut": made[:len(made)-1], "foreign": token(t, links(t, noon, 3, 3)), "empty": "", "an authentication token": auth.Reveal(),
	} {
		if _, err := l.Passes(bad); !errors.Is(err, wallet.ErrUnauthorized) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALinkToSeveralPasses(t *testing.T) {
	l := links(t, noon, 1, 1)
	var ids []wallet.PassID
	for n := range wallet.MaxLinked {
		ids = append(ids, wallet.PassID{PassTypeIdentifier: card.PassTypeIdentifier, SerialNumber: fmt.Sprintf("card-%d", n)})
		url, err := l.InstallURL(ids...)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := l.Passes(path.Base(url)); err != nil || !slices.Equal(got, ids) {
			t.Errorf("%d passes: %v, %v", len(ids), got, err)
		}
	}
	for _, wrong := range [][]wallet.PassID{nil, append(ids, card)} {
		if url, err := l.InstallURL(wrong...); !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%d passes: %q, %v", len(wrong), url, err)
		}
	}
}

func FuzzInstallLink(f *testing.F) {
	l := links(f, noon, 1, 1)
	good := token(f, l)
	f.Add(good)
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := l.Passes(text); err == nil && text != good {
			t.Errorf("%q is taken for ours", text)
		}
	})
}

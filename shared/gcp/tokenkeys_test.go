package gcp_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

// keysIn reads a folder of token keys with these files.
func keysIn(t *testing.T, files map[string]string) (wallet.TokenKeys, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, dir, name, text)
	}
	e := environment(map[string]string{"TOKEN_KEYS_DIR": dir})
	keys := e.TokenKeys()
	return keys, e.Err()
}

func key(letter string) string { return strings.Repeat(letter, 32) }

func TestTokenKeysAreFilesNamedByVersion(t *testing.T) {
	read, err := keysIn(t, map[string]string{
		"1": key("a"), "2": key("b") + "\n", "10": key("c"), // not in the order of text
		"README": "not a key", "..data": "", "1.bak": key("x"), "v3": key("x"), "01": key("x"), "+11": key("x"),
	})
	check(t, err)
	if read.Current() != 10 {
		t.Errorf("the current key is %d, want the highest", read.Current())
	}
	want, err := wallet.NewTokenKeys(10, map[int][]byte{1: []byte(key("a")), 2: []byte(key("b")), 10: []byte(key("c"))})
	check(t, err)
	id := wallet.PassID{PassTypeIdentifier: "pass.com.example", SerialNumber: "card-1"}
	for _, version := range []int{1, 2, 10} {
		token, err := read.AuthenticationToken(version, id)
		check(t, err)
		if ok, _ := want.Verify(token, id); !ok {
			t.Errorf("key %d is not what its file says", version)
		}
	}
	if _, err := read.AuthenticationToken(3, id); err == nil {
		t.Error("a stray file became a key")
	}
}

// A mounted secret's files are links through a folder named by the time: ..data -> ..2026_11_22, 1 -> ..data/1.
func TestTokenKeysAsSecretManagerMountsThem(t *testing.T) {
	dir := t.TempDir()
	version := filepath.Join(dir, "..2026_11_22")
	check(t, os.Mkdir(version, 0o700))
	write(t, version, "1", key("a"))
	check(t, os.Symlink("..2026_11_22", filepath.Join(dir, "..data")))
	check(t, os.Symlink(filepath.Join("..data", "1"), filepath.Join(dir, "1")))
	e := environment(map[string]string{"TOKEN_KEYS_DIR": dir})
	if current := e.TokenKeys().Current(); current != 1 || e.Err() != nil {
		t.Errorf("current %d, %v", current, e.Err())
	}
}

func TestTokenKeysThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		says  string
	}{
		"none":                  {nil, "no file named by a key version"},
		"only strays":           {map[string]string{"key": key("a")}, "no file named by a key version"},
		"too short":             {map[string]string{"1": key("a"), "2": "s3cr3t"}, "token key 2 has 6 bytes"},
		"short without its end": {map[string]string{"1": key("a")[:31] + "\n"}, "token key 1 has 31 bytes"},
		"version 0":             {map[string]string{"0": key("a"), "1": key("a")}, "count from 1"},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := keysIn(t, c.files)
			if err == nil || !strings.Contains(err.Error(), "TOKEN_KEYS_DIR") || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v, want TOKEN_KEYS_DIR and %q", err, c.says)
			}
			if strings.Contains(err.Error(), "s3cr3t") || keys.Current() != 0 {
				t.Errorf("%v, current %d", err, keys.Current())
			}
		})
	}
}

func TestATokenKeyThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	check(t, os.Mkdir(filepath.Join(dir, "1"), 0o700))
	e := environment(map[string]string{"TOKEN_KEYS_DIR": dir})
	e.TokenKeys()
	if err := e.Err(); err == nil || !strings.Contains(err.Error(), "TOKEN_KEYS_DIR") {
		t.Errorf("%v", err)
	}
}

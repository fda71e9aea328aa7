package gcp

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// TokenKeys reads TOKEN_KEYS_DIR, a folder with one file per key version, named 1, 2, 3, …, each with at least 32 bytes of
// random text. The highest version makes new tokens; all verify.
func (e *Environment) TokenKeys() wallet.TokenKeys {
	dir := e.directory("TOKEN_KEYS_DIR", "the folder with the token keys, in files named 1, 2, …")
	if dir == "" {
		return wallet.TokenKeys{}
	}
	keys, err := readTokenKeys(dir)
	if err != nil {
		e.problem("TOKEN_KEYS_DIR: %w", err)
	}
	return keys
}

func readTokenKeys(dir string) (wallet.TokenKeys, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return wallet.TokenKeys{}, err
	}
	keys, current := map[int][]byte{}, 0
	for _, entry := range entries {
		version, err := strconv.Atoi(entry.Name())
		if err != nil || strconv.Itoa(version) != entry.Name() {
			continue // a mounted folder has entries of its own beside the files
		}
		key, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return wallet.TokenKeys{}, err
		}
		keys[version], current = []byte(strings.TrimSpace(string(key))), max(current, version)
	}
	if len(keys) == 0 {
		return wallet.TokenKeys{}, fmt.Errorf("%s has no file named by a key version, such as 1", dir)
	}
	return wallet.NewTokenKeys(current, keys)
}

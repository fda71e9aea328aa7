package wallet

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// TokenKeys derive and check authentication tokens and install links, so that neither is stored anywhere. Several
// versions are valid at once: Current makes new ones, and the others verify for as long as their passes live.
type TokenKeys struct {
	current int
	keys    map[int]secret // a secret, so that no print of whatever holds the keys shows them
}

// NewTokenKeys takes the keys by version, from 1; each has at least 32 bytes. current is the version for new passes.
func NewTokenKeys(current int, keys map[int][]byte) (TokenKeys, error) {
	k := TokenKeys{current, make(map[int]secret)}
	for version, key := range keys {
		if version < 1 || version > maxKeyVersion {
			return TokenKeys{}, fmt.Errorf("token key version %d: versions count from 1 to %d", version, maxKeyVersion)
		}
		if len(key) < 32 {
			return TokenKeys{}, fmt.Errorf("token key %d has %d bytes; use at least 32 random ones", version, len(key))
		}
		k.keys[version] = newSecret(string(key))
	}
	if keys[current] == nil {
		return TokenKeys{}, fmt.Errorf("there is no token key %d", current)
	}
	return k, nil
}

// Current is the key version for a pass that has none yet.
func (k TokenKeys) Current() int { return k.current }

// AuthenticationToken derives the token of a pass: the key version, a dot, and the base64url text of HMAC-SHA-256
// (RFC 2104) over version, pass type and serial number.
func (k TokenKeys) AuthenticationToken(version int, id PassID) (AuthenticationToken, error) {
	mac, err := k.mac(version, "authenticationToken", id.PassTypeIdentifier, id.SerialNumber)
	if err != nil {
		return AuthenticationToken{}, err
	}
	return NewAuthenticationToken(strconv.Itoa(version) + "." + base64.RawURLEncoding.EncodeToString(mac)), nil
}

// maxKeyVersion is the highest version that parseDerived recognises.
const maxKeyVersion = 999_999

// parseDerived reads the key version in front of a token in our form: a dot and 43 letters of base64url follow.
func parseDerived(token AuthenticationToken) (version int, ok bool) {
	front, mac, _ := strings.Cut(token.Reveal(), ".")
	n, ok := number(front, 6)
	return int(n), ok && n > 0 && len(mac) == 43 && word(mac, 43, "_-")
}

// Verify decides whether token is the derived token of the pass. derived is false when the token does not have our form:
// then it can only be one that was imported with the pass.
func (k TokenKeys) Verify(token AuthenticationToken, id PassID) (ok, derived bool) {
	version, derived := parseDerived(token)
	if !derived {
		return false, false
	}
	want, err := k.AuthenticationToken(version, id)
	return err == nil && want.Equal(token), true
}

// mac separates its parts by their lengths, so that no two lists of parts are the same text.
func (k TokenKeys) mac(version int, purpose string, parts ...string) ([]byte, error) {
	key, ok := k.keys[version]
	if !ok {
		return nil, fmt.Errorf("there is no token key %d", version)
	}
	h := hmac.New(sha256.New, []byte(key.Reveal()))
	for _, part := range append([]string{purpose, strconv.Itoa(version)}, parts...) {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return h.Sum(nil), nil
}

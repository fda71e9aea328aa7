package wallet

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"sync"
)

// TokenKeys derive and check authentication tokens and install links, so that neither is stored anywhere. Several
// versions are valid at once: Current makes new ones, and the others verify for as long as their passes live.
type TokenKeys struct {
	current int
	keys    map[int]*tokenKey // pointers to secrets, so that no print of whatever holds the keys shows them
}

// A tokenKey is a key, and what was prepared with it: a good part of a short text's HMAC is the key's own.
type tokenKey struct {
	secret secret
	hashes sync.Pool // of hash.Hash, which write any text
}

func newTokenKey(key []byte) *tokenKey {
	k := &tokenKey{secret: newSecret(string(key))}
	k.hashes.New = func() any { return hmac.New(sha256.New, []byte(k.secret.Reveal())) }
	return k
}

func (k *tokenKey) mac(text []byte) []byte {
	h := k.hashes.Get().(hash.Hash)
	defer k.hashes.Put(h)
	h.Reset()
	h.Write(text)
	return h.Sum(nil)
}

// NewTokenKeys takes the keys by version, from 1; each has at least 32 bytes. current is the version for new passes.
func NewTokenKeys(current int, keys map[int][]byte) (TokenKeys, error) {
	k := TokenKeys{current, make(map[int]*tokenKey)}
	for version, key := range keys {
		if version < 1 || version > maxKeyVersion {
			return TokenKeys{}, fmt.Errorf("token key version %d: versions count from 1 to %d", version, maxKeyVersion)
		}
		if len(key) < 32 {
			return TokenKeys{}, fmt.Errorf("token key %d has %d bytes; use at least 32 random ones", version, len(key))
		}
		k.keys[version] = newTokenKey(key)
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
	mac, err := k.mac(version, "authenticationToken", id.PassTypeIdentifier, id.SerialNumber)
	if err != nil {
		return false, true
	}
	want := base64.RawURLEncoding.AppendEncode(make([]byte, 0, 43), mac)
	_, presented, _ := strings.Cut(token.Reveal(), ".")
	return subtle.ConstantTimeCompare(want, []byte(presented)) == 1, true
}

// mac separates its parts by their lengths, so that no two lists of parts are the same text.
func (k TokenKeys) mac(version int, purpose string, parts ...string) ([]byte, error) {
	key, ok := k.keys[version]
	if !ok {
		return nil, fmt.Errorf("there is no token key %d", version)
	}
	text := appendPart(make([]byte, 0, 256), purpose)
	text = appendPart(text, strconv.Itoa(version))
	for _, part := range parts {
		text = appendPart(text, part)
	}
	return key.mac(text), nil
}

func appendPart(text []byte, part string) []byte {
	text = strconv.AppendInt(text, int64(len(part)), 10)
	return append(append(text, ':'), part...)
}

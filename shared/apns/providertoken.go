package apns

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"sync"
	"time"

	"github.com/sideshow/apns2/token"
)

// APNs refuses a provider token that is older than an hour, and one that differs too soon from the last: within 20
// minutes. So tokens are issued on fixed marks, the same for every instance: one each tokenSlot, and one more in the middle of
// the slot for the case that APNs calls the first expired.
const (
	tokenSlot    = 50 * time.Minute
	tokenRenewal = 25 * time.Minute
)

var tenCharacters = regexp.MustCompile(`^[A-Za-z0-9]{10}$`)

// ParseKey reads the .p8 file that Apple's developer portal gives for a key: PKCS #8 (RFC 5958) in PEM.
func ParseKey(p8 []byte) (*ecdsa.PrivateKey, error) {
	key, err := token.AuthKeyFromBytes(p8)
	if err != nil {
		return nil, fmt.Errorf("APNs key (.p8): %w", err)
	}
	return key, nil
}

// A providerToken is the JSON Web Token (RFC 7519) of a team. Its time is rounded down to a mark and its signature is
// deterministic (RFC 6979), so that all instances send the same bytes and APNs sees one token, not many updates.
// https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
type providerToken struct {
	key           *ecdsa.PrivateKey
	keyID, teamID string
	now           func() time.Time

	mu       sync.Mutex
	slot     time.Time // start of the slot that current belongs to
	issuedAt time.Time // its iat: start or middle of the slot
	current  *token.Token
}

func newProviderToken(key *ecdsa.PrivateKey, keyID, teamID string, now func() time.Time) (*providerToken, error) {
	if key == nil || key.Curve != elliptic.P256() {
		return nil, errors.New("the key must be an ECDSA key on P-256; use the .p8 file from Apple")
	}
	if !tenCharacters.MatchString(keyID) || !tenCharacters.MatchString(teamID) {
		return nil, fmt.Errorf("key id %.20q and team id %.20q must have 10 letters and digits each", keyID, teamID)
	}
	t := &providerToken{key: key, keyID: keyID, teamID: teamID, now: now}
	_, err := t.bearer()
	return t, err
}

// bearer returns the token of the present slot, in the shape that apns2 sends as it is.
func (t *providerToken) bearer() (*token.Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	slot := t.now().Truncate(tokenSlot)
	if t.current != nil && slot.Equal(t.slot) {
		return t.current, nil
	}
	return t.current, t.issue(slot, slot)
}

// renew replaces a token that APNs called expired, and reports whether there is now another to try. There is none when a
// new one would come within 20 minutes of the old: then the clock is wrong, or the key is, and more tokens do not help.
func (t *providerToken) renew(expired *token.Token) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != expired {
		return true
	}
	middle := t.slot.Add(tokenRenewal)
	if !t.issuedAt.Before(middle) || t.now().Before(middle) {
		return false
	}
	return t.issue(t.slot, middle) == nil
}

func (t *providerToken) issue(slot, issuedAt time.Time) error {
	text, err := t.sign(issuedAt)
	if err != nil {
		return err
	}
	t.slot, t.issuedAt = slot, issuedAt
	t.current = &token.Token{Bearer: text, IssuedAt: math.MaxInt64 - token.TokenTimeout} // never renewed by apns2
	return nil
}

// sign writes the compact form of RFC 7515 with ES256 (RFC 7518 section 3.4).
func (t *providerToken) sign(issuedAt time.Time) (string, error) {
	header, err := encodeSegment(struct {
		Algorithm string `json:"alg"`
		KeyID     string `json:"kid"`
	}{"ES256", t.keyID})
	if err != nil {
		return "", err
	}
	claims, err := encodeSegment(struct {
		Issuer   string `json:"iss"`
		IssuedAt int64  `json:"iat"`
	}{t.teamID, issuedAt.Unix()})
	if err != nil {
		return "", err
	}
	signed := header + "." + claims
	digest := sha256.Sum256([]byte(signed))
	der, err := t.key.Sign(nil, digest[:], crypto.SHA256) // nil: RFC 6979 instead of randomness
	if err != nil {
		return "", fmt.Errorf("the key cannot sign: %w", err)
	}
	var signature struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &signature); err != nil {
		return "", fmt.Errorf("the signature of the key cannot be read: %w", err)
	}
	fixed := make([]byte, 64)
	signature.R.FillBytes(fixed[:32])
	signature.S.FillBytes(fixed[32:])
	return signed + "." + base64.RawURLEncoding.EncodeToString(fixed), nil
}

func encodeSegment(v any) (string, error) {
	text, err := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(text), err
}

package apnstest

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The limits that Apple sets on provider tokens.
// https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
const (
	tokenLifetime  = time.Hour
	tokenUpdateGap = 20 * time.Minute
	clockSkew      = 5 * time.Minute // how far ahead a provider's clock may be
)

// tokenUpdates holds the newest provider token seen of each key.
type tokenUpdates struct {
	mu     sync.Mutex
	newest map[string]seenToken
}

type seenToken struct {
	text     string
	issuedAt time.Time
}

// tooOften reports a token that differs from the newest of its key although it was issued less than 20 minutes after it,
// as when each push or each instance makes its own. An older token that is still in use is no update.
func (u *tokenUpdates) tooOften(keyID, text string, issuedAt time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	newest, known := u.newest[keyID]
	if known && (text == newest.text || issuedAt.Before(newest.issuedAt)) {
		return false
	}
	if known && issuedAt.Sub(newest.issuedAt) < tokenUpdateGap {
		return true
	}
	if u.newest == nil {
		u.newest = make(map[string]seenToken)
	}
	u.newest[keyID] = seenToken{text, issuedAt}
	return false
}

func (s *Server) checkProviderToken(authorization string) Reply {
	scheme, text, _ := strings.Cut(authorization, " ")
	keyID, issuedAt, ok := s.verifyProviderToken(text)
	now := s.options.Now()
	switch {
	case !strings.EqualFold(scheme, "bearer") || !ok || issuedAt.After(now.Add(clockSkew)):
		return forbidden("InvalidProviderToken")
	case now.Sub(issuedAt) > tokenLifetime:
		return forbidden("ExpiredProviderToken")
	case s.updates.tooOften(keyID, text, issuedAt):
		return Reply{Status: http.StatusTooManyRequests, Reason: "TooManyProviderTokenUpdates"}
	default:
		return Reply{}
	}
}

// verifyProviderToken checks a JSON Web Token (RFC 7519) signed with ES256 (RFC 7518 section 3.4).
func (s *Server) verifyProviderToken(text string) (keyID string, issuedAt time.Time, ok bool) {
	segments := strings.Split(text, ".")
	if len(segments) != 3 {
		return "", time.Time{}, false
	}
	var header struct{ Alg, Kid string }
	var claims struct {
		Iss string
		Iat int64
	}
	signature, err := base64.RawURLEncoding.DecodeString(segments[2])
	if err != nil || len(signature) != 64 || !decodeSegment(segments[0], &header) || !decodeSegment(segments[1], &claims) {
		return "", time.Time{}, false
	}
	key, known := s.options.ProviderKeys[header.Kid]
	if !known || header.Alg != "ES256" || claims.Iss != key.TeamID {
		return "", time.Time{}, false
	}
	digest := sha256.Sum256([]byte(segments[0] + "." + segments[1]))
	r, v := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	return header.Kid, time.Unix(claims.Iat, 0), ecdsa.Verify(key.Public, digest[:], r, v)
}

func decodeSegment(segment string, into any) bool {
	text, err := base64.RawURLEncoding.DecodeString(segment)
	return err == nil && json.Unmarshal(text, into) == nil
}

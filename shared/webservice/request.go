package webservice

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// PassID returns the pass that the path names. It is not validated; [Authenticator.Authorize] does that.
func PassID(r *http.Request) wallet.PassID {
	return wallet.PassID{PassTypeIdentifier: r.PathValue("passTypeIdentifier"), SerialNumber: r.PathValue("serialNumber")}
}

// DeviceID returns the device that the path names; an [wallet.ErrInvalid] when it can be none.
func DeviceID(r *http.Request) (wallet.DeviceID, error) {
	id := wallet.DeviceID{
		PassTypeIdentifier:      r.PathValue("passTypeIdentifier"),
		DeviceLibraryIdentifier: wallet.DeviceLibraryIdentifier(r.PathValue("deviceLibraryIdentifier")),
	}
	return id, id.Validate()
}

// ReadBody reads a body of at most limit bytes; a longer one is [wallet.ErrTooLarge].
func ReadBody(r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: the body broke off: %v", wallet.ErrInvalid, err)
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("%w: the body has more than %d bytes", wallet.ErrTooLarge, limit)
	}
	return body, nil
}

// maxRegistration bounds {"pushToken": "…"}, in bytes. Tokens have no fixed length, but this is far above any seen.
const maxRegistration = 8 << 10

// PushToken reads the push token of a registration's body, whatever its Content-Type says. A missing or empty one is
// [wallet.ErrInvalid].
func PushToken(r *http.Request) (wallet.PushToken, error) {
	body, err := ReadBody(r, maxRegistration)
	if err != nil {
		return wallet.PushToken{}, err
	}
	var registration struct {
		PushToken string `json:"pushToken"`
	}
	// The error is not wrapped: it may quote the body, and the body is a secret.
	if json.Unmarshal(body, &registration) != nil || registration.PushToken == "" {
		return wallet.PushToken{}, fmt.Errorf("%w: the body is not {\"pushToken\": \"…\"}", wallet.ErrInvalid)
	}
	return wallet.NewPushToken(registration.PushToken), nil
}

// Packages finds the record that holds an imported pass's own token.
type Packages interface {
	CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error)
}

// An Authenticator decides whether a request holds the authentication token of the pass it names.
type Authenticator struct {
	Keys     wallet.TokenKeys
	Packages Packages
}

// Authorize returns the pass of the request's path when the request presents its token. Unknown pass, wrong pass type,
// foreign or wrong token and no token at all are the same [wallet.ErrUnauthorized]. A token of our own form is decided
// without any read, so a stranger costs none; only one of another form is compared with an imported pass's record.
func (a Authenticator) Authorize(r *http.Request) (wallet.PassID, error) {
	id := PassID(r)
	token, ok := applePassToken(r)
	if !ok || id.Validate() != nil {
		return id, wallet.ErrUnauthorized
	}
	ok, derived := a.Keys.Verify(token, id)
	if ok {
		return id, nil
	}
	if derived {
		return id, wallet.ErrUnauthorized
	}
	pkg, err := a.Packages.CurrentPackage(r.Context(), id)
	if err != nil {
		return id, fmt.Errorf("authorize: %w", err)
	}
	if !pkg.AuthenticationToken.Equal(token) {
		return id, wallet.ErrUnauthorized
	}
	return id, nil
}

// applePassToken reads "Authorization: ApplePass <token>", the scheme in any case (RFC 9110, 11.1).
func applePassToken(r *http.Request) (wallet.AuthenticationToken, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !ok || !strings.EqualFold(scheme, "ApplePass") || token == "" || len(token) > 512 {
		return wallet.AuthenticationToken{}, false
	}
	return wallet.NewAuthenticationToken(token), true
}

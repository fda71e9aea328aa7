package wallet

import (
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// InstallLinks makes and reads the links behind "Add to Apple Wallet". A link gives anyone its passes until it expires, any
// number of times, since mail scanners and previews open it too. It holds no authentication token.
type InstallLinks struct {
	Keys TokenKeys
	// BaseURL is where the install function is reached, for example "https://passes.example.com"; "/install/…" follows.
	BaseURL string
	Now     func() time.Time
}

// linkValidity is how long a link is good: long enough for a mail that is opened late.
const linkValidity = 30 * 24 * time.Hour

// MaxLinked is how many passes a link can give at once, as many as Apple allows in a bundle.
// https://developer.apple.com/documentation/walletpasses/distributing-and-updating-a-pass
const MaxLinked = 10

// InstallURL returns an absolute link to 1 to [MaxLinked] passes that is good for 30 to 31 days. It is the same all day long,
// so that it can be written into a document or a mail again without a difference.
func (l InstallLinks) InstallURL(ids ...PassID) (string, error) {
	if len(ids) == 0 || len(ids) > MaxLinked {
		return "", fmt.Errorf("%w: %d passes; a link has 1 to %d", ErrInvalid, len(ids), MaxLinked)
	}
	expiry := l.Now().UTC().Truncate(24 * time.Hour).Add(linkValidity + 24*time.Hour)
	token, err := l.Keys.installToken(ids, expiry)
	if err != nil {
		return "", err
	}
	return l.URL(token), nil
}

// URL is the link with the token in it.
func (l InstallLinks) URL(token string) string {
	return strings.TrimSuffix(l.BaseURL, "/") + "/install/" + token
}

// Passes returns the passes of a link's token, one at least. A token that is not ours, or has expired, is
// [ErrUnauthorized].
func (l InstallLinks) Passes(token string) ([]PassID, error) {
	ids, expiry, err := l.Keys.parseInstallToken(token)
	if err != nil {
		return nil, fmt.Errorf("%w: install link: %v", ErrUnauthorized, err)
	}
	if !l.Now().Before(expiry) {
		return nil, fmt.Errorf("%w: install link: expired at %v", ErrUnauthorized, expiry.UTC())
	}
	return ids, nil
}

// installToken makes the path segment of a link that gives anyone the passes until expiry (whole seconds). It holds no
// authentication token.
func (k TokenKeys) installToken(ids []PassID, expiry time.Time) (string, error) {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id.String()
	}
	payload := fmt.Sprintf("%d/%d/%s", k.current, expiry.Unix(), strings.Join(names, ","))
	mac, err := k.mac(k.current, "install", payload)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(mac[:16:16], payload...)), nil
}

func (k TokenKeys) parseInstallToken(token string) ([]PassID, time.Time, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < 17 {
		return nil, time.Time{}, errors.New("not a link of ours")
	}
	payload := string(raw[16:])
	parts := strings.SplitN(payload, "/", 3)
	if len(parts) != 3 {
		return nil, time.Time{}, errors.New("not a link of ours")
	}
	version, _ := strconv.Atoi(parts[0])
	mac, err := k.mac(version, "install", payload)
	if err != nil || !hmac.Equal(mac[:16], raw[:16]) {
		return nil, time.Time{}, errors.New("not signed by us")
	}
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	var ids []PassID
	for name := range strings.SplitSeq(parts[2], ",") {
		passType, serial, _ := strings.Cut(name, "/")
		id := PassID{PassTypeIdentifier: passType, SerialNumber: serial}
		ids, err = append(ids, id), errors.Join(err, id.Validate())
	}
	return ids, time.Unix(seconds, 0), err
}

package wallet

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"unique"
)

const redacted = "[redacted]"

// A secret is text that cannot print itself: not with fmt and any verb, not through slog, not as JSON, and not as a
// field of a struct that is printed whole, where fmt calls no methods and would show a plain string. The handle inside
// is a pointer, so what fmt shows there is an address.
type secret struct{ handle unique.Handle[string] }

func newSecret(text string) secret { return secret{unique.Make(text)} }

// Reveal returns the text itself. Search for its callers to see everywhere a secret goes.
func (s secret) Reveal() string {
	if s.IsZero() {
		return ""
	}
	return s.handle.Value()
}

// IsZero reports that there is no secret.
func (s secret) IsZero() bool { return s == secret{} || s.handle.Value() == "" }

func (s secret) Format(f fmt.State, _ rune)   { io.WriteString(f, redacted) }
func (s secret) String() string               { return redacted }
func (s secret) GoString() string             { return redacted }
func (s secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (s secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// A PushToken is what a device registers so that APNs can reach its Wallet. It may change whenever the device registers
// again, and it has no fixed length. It prints as "[redacted]"; [PushToken.Reveal] gives the text.
// https://developer.apple.com/documentation/walletpasses/register-a-pass-for-update-notifications
type PushToken struct{ secret }

// NewPushToken wraps the text of a push token.
func NewPushToken(text string) PushToken { return PushToken{newSecret(text)} }

// An AuthenticationToken is the shared secret of one pass, sent by its holders as "Authorization: ApplePass <token>".
// It prints as "[redacted]"; [AuthenticationToken.Reveal] gives the text.
// https://developer.apple.com/documentation/walletpasses/pass
type AuthenticationToken struct{ secret }

// NewAuthenticationToken wraps the text of an authentication token.
func NewAuthenticationToken(text string) AuthenticationToken {
	return AuthenticationToken{newSecret(text)}
}

// Equal compares in constant time. A zero token equals nothing, itself included.
func (t AuthenticationToken) Equal(other AuthenticationToken) bool {
	return !t.IsZero() && subtle.ConstantTimeCompare([]byte(t.Reveal()), []byte(other.Reveal())) == 1
}

// A DeviceLibraryIdentifier is the name that a device chose for itself. It is opaque, may change, and is all that the
// list call asks for, so it prints shortened; string(d) gives it whole.
// https://developer.apple.com/documentation/walletpasses/get-the-list-of-updatable-passes
type DeviceLibraryIdentifier string

// String returns the first characters, enough to tell two devices apart in a log.
func (d DeviceLibraryIdentifier) String() string {
	if len(d) <= 6 {
		return "…"
	}
	return string(d[:4]) + "…"
}

// GoString is String, for %#v.
func (d DeviceLibraryIdentifier) GoString() string { return d.String() }

// LogValue is String, for slog.
func (d DeviceLibraryIdentifier) LogValue() slog.Value { return slog.StringValue(d.String()) }

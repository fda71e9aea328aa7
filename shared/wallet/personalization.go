package wallet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A PersonalizationToken is what a device makes up for one sign-up and wants signed with the pass certificate, as proof that
// the sign-up arrived. There is none but of the shape that [ParsePersonalizationToken] lets pass: so whoever signs nothing
// else can be made to sign nothing else. It prints as "[redacted]".
// https://developer.apple.com/documentation/walletpasses/personalizationdictionary
type PersonalizationToken struct{ secret }

// maxPersonalizationToken bounds a token, in bytes. Apple gives no bound; this is far above what such tokens need.
const maxPersonalizationToken = 1024

// ParsePersonalizationToken reads a token: 1 to 1024 of the letters that tokens have in HTTP (token68 of RFC 9110, section
// 11.2), and nothing that is JSON. So it is no manifest, no archive, and nothing else that means something when it is signed.
// The error is of kind [ErrInvalid] and does not show the text.
func ParsePersonalizationToken(text string) (PersonalizationToken, error) {
	if !word(text, maxPersonalizationToken, "-._~+/=") {
		return PersonalizationToken{}, fmt.Errorf("%w: personalizationToken: use 1 to %d of A-Z a-z 0-9 - . _ ~ + / =", ErrInvalid, maxPersonalizationToken)
	}
	if json.Valid([]byte(text)) {
		return PersonalizationToken{}, fmt.Errorf("%w: personalizationToken: JSON, such as a number, is not signed", ErrInvalid)
	}
	return PersonalizationToken{newSecret(text)}, nil
}

// A PersonalText is one thing that customers say about themselves. It prints as "[redacted]"; [PersonalText.Reveal] gives
// the text.
type PersonalText struct{ secret }

// NewPersonalText wraps a text.
func NewPersonalText(text string) PersonalText { return PersonalText{newSecret(text)} }

// PersonalInfo is what a customer has filled in, under Apple's names: fullName, givenName, familyName, postalCode,
// ISOCountryCode, emailAddress and phoneNumber.
// https://developer.apple.com/documentation/walletpasses/personalizationdictionary/requiredpersonalizationinfo-data.dictionary
type PersonalInfo map[string]PersonalText

// personalInfoMembers is what a device sends for each field that a form can ask for.
var personalInfoMembers = map[string][]string{
	"PKPassPersonalizationFieldName":         {"fullName", "givenName", "familyName"},
	"PKPassPersonalizationFieldPostalCode":   {"postalCode", "ISOCountryCode"},
	"PKPassPersonalizationFieldEmailAddress": {"emailAddress"},
	"PKPassPersonalizationFieldPhoneNumber":  {"phoneNumber"},
}

// PersonalizationFields returns what the form of a pass can ask for, sorted, for example
// "PKPassPersonalizationFieldEmailAddress".
// https://developer.apple.com/documentation/walletpasses/personalize
func PersonalizationFields() []string { return slices.Sorted(maps.Keys(personalInfoMembers)) }

// ParsePersonalInfo reads the requiredPersonalizationInfo of a request. Members that no form asks for are left out, and
// empty ones too. The error is of kind [ErrInvalid] and does not show the values.
func ParsePersonalInfo(members map[string]any) (PersonalInfo, error) {
	info := make(PersonalInfo)
	for _, names := range personalInfoMembers {
		for _, name := range names {
			value, there := members[name]
			text, ok := value.(string)
			if there && !ok {
				return nil, fmt.Errorf("%w: requiredPersonalizationInfo: %s is %s, not a string", ErrInvalid, name, JSONType(value))
			}
			if text != "" {
				info[name] = NewPersonalText(text)
			}
		}
	}
	return info, nil
}

// Asked returns what of the info a form with these fields asks for, since nobody needs the rest. A field for which there is
// nothing is [ErrInvalid]: a customer signs up once, and that must not be wasted on half a form.
func (info PersonalInfo) Asked(fields []string) (PersonalInfo, error) {
	asked := make(PersonalInfo)
	for _, field := range fields {
		before := len(asked)
		for _, name := range personalInfoMembers[field] {
			if text, ok := info[name]; ok {
				asked[name] = text
			}
		}
		if len(asked) == before {
			return nil, fmt.Errorf("%w: requiredPersonalizationInfo: the form asks for %s, and there is nothing for it", ErrInvalid, field)
		}
	}
	return asked, nil
}

// A Personalization is a customer's sign-up, as it is handed to the business: one record per pass, written once. The
// pipeline never reads it again, so a business may delete it as soon as it has taken it over.
type Personalization struct {
	ID   PassID
	Time time.Time // when the sign-up arrived
	Info PersonalInfo
}

// A PersonalizationRequest is what a device sends when its user has filled in the form of a pass.
// https://developer.apple.com/documentation/walletpasses/return-a-personalized-pass
type PersonalizationRequest struct {
	Token PersonalizationToken
	Info  PersonalInfo
}

// Digest is the hex SHA-256 of token and info: two requests with the same one are the same. It says nothing of the info to
// those who do not know the token, which is not kept.
func (r PersonalizationRequest) Digest() string {
	h := sha256.New()
	part := func(text string) { fmt.Fprintf(h, "%d:%s", len(text), text) }
	part(r.Token.Reveal())
	for _, name := range slices.Sorted(maps.Keys(r.Info)) {
		part(name)
		part(r.Info[name].Reveal())
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Personalize returns the record of a pass whose customer signs up now, with the digest of the request. The package stays as
// it is, form and all, until it is made anew.
func (p CurrentPackage) Personalize(now time.Time, digest string) CurrentPackage {
	next := p.Same()
	next.Personalized, next.PersonalizationDigest = now.UTC(), digest
	next.Record(Event{Time: now.UTC(), Kind: EventPersonalized})
	return next
}

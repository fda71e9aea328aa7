package pkpass

import (
	"errors"
	"fmt"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// A TokenSigner signs personalization tokens, and nothing else: it takes a type of its own, of which there is no value that a
// phone could read as a manifest. Whoever is given one cannot be made to sign a pass. It may be used by many goroutines at
// once.
type TokenSigner struct{ signer *Signer }

// NewTokenSigner returns a signer with the identity of a pass type that takes the signing time from now.
func NewTokenSigner(identity Identity, now func() time.Time) *TokenSigner {
	return &TokenSigner{NewSigner(identity, now)}
}

// Sign returns the detached CMS signature of a token's UTF-8 bytes, of the same form and on the same conditions as
// [Signer.Sign] makes that of a manifest.
// https://developer.apple.com/documentation/walletpasses/return-a-personalized-pass
func (s *TokenSigner) Sign(token wallet.PersonalizationToken) ([]byte, error) {
	if token.IsZero() {
		return nil, errors.New("sign personalization token: there is none")
	}
	signature, err := s.signer.Sign([]byte(token.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("sign personalization token: %w", err)
	}
	return signature, nil
}

// VerifyToken returns everything in the signature of a personalization token that a phone would refuse, by the rules of
// [Verify] for the signature of a manifest.
func VerifyToken(token wallet.PersonalizationToken, signature []byte, options VerifyOptions) wallet.Findings {
	v := verifier{Contents: &Contents{Manifest: []byte(token.Reveal()), Signature: signature}, options: options}
	v.signature()
	return v.findings
}

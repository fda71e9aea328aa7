package iphone

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// Personalize fills in the sign-up form of a pass that the phone holds, sends it, verifies the signature that comes back, and
// fetches the pass, which may be the one with the form still: then the one without comes with the next update.
//
// https://developer.apple.com/documentation/walletpasses/return-a-personalized-pass
func (p *Phone) Personalize(ctx context.Context, id wallet.PassID, info map[string]string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		return ErrOff
	}
	h, ok := p.passes[id]
	if !ok || !h.pass.personalizable {
		return fmt.Errorf("%w: the phone holds no pass %v with a sign-up form", wallet.ErrNotFound, id)
	}
	token, err := wallet.ParsePersonalizationToken("token-" + randomHex(32))
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"personalizationToken": token.Reveal(), "requiredPersonalizationInfo": info})
	if err != nil {
		return err
	}
	path := "/v1/passes/" + id.PassTypeIdentifier + "/" + url.PathEscape(id.SerialNumber) + "/personalize"
	status, _, signature, err := p.call(ctx, http.MethodPost, h.pass, path, string(body))
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("personalize %v: status %d", id, status)
	}
	if err := pkpass.VerifyToken(token, signature, pkpass.VerifyOptions{Roots: p.Roots, Now: p.Now()}).Err(); err != nil {
		return fmt.Errorf("personalize %v: the phone refuses the signed token: %w", id, err)
	}
	p.event("personalized", id, fmt.Sprintf("%d bytes of signature, verified", len(signature)))
	return p.fetch(ctx, h)
}

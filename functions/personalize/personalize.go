// Package personalize answers Apple's "Return a Personalized Pass": the sign-up for a reward card inside Wallet.
//
// Called by a device when its user has filled in the form of a pass. What they wrote is kept once, for the business to take
// over, and the form leaves the pass; the answer is the device's token, signed with the certificate of the pass type.
//
// This is the one place where whoever holds a pass has something signed. So it signs only for a pass that carries a form, only
// once per pass, and only a [wallet.PersonalizationToken], which can be no manifest.
//
// https://developer.apple.com/documentation/walletpasses/return-a-personalized-pass
package personalize

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// Store reads package records, and keeps sign-ups.
type Store interface {
	webservice.Packages
	// SavePersonalization creates the record of a sign-up and replaces the package record with pkg, which says so: both
	// durably, or neither. It fails with [wallet.ErrConflict] when there is a sign-up already, or the stored package
	// record is not of pkg.Revision any more.
	SavePersonalization(ctx context.Context, p wallet.Personalization, pkg wallet.CurrentPackage) (wallet.Revision, error)
}

// Events announces a sign-up: to the business, and to whoever makes the package anew.
type Events interface {
	// PassPersonalized returns when the message is durable.
	PassPersonalized(ctx context.Context, e wallet.PassPersonalized) error
	// PassChanged returns when the message is durable.
	PassChanged(ctx context.Context, e wallet.PassChanged) error
}

// A Desk takes sign-ups.
type Desk struct {
	Store   Store
	Events  Events
	Auth    webservice.Authenticator
	Signers map[string]*pkpass.TokenSigner // by pass type identifier
	Now     func() time.Time
}

// Handle is the [webservice.HandlerFunc]: 200 with the signed token; 401 without the pass's token; 400 for what is no
// sign-up, or leaves out what the form asks for; 404 for a pass without a form; 409 once the customer has signed up. The very
// request that was taken is answered as before when it is repeated, since the first answer may have been lost.
func (d *Desk) Handle(w http.ResponseWriter, r *http.Request) error {
	id, err := d.Auth.Authorize(r)
	if err != nil {
		return fmt.Errorf("personalize: %w", err)
	}
	request, err := webservice.PersonalizationRequest(r)
	if err != nil {
		return fmt.Errorf("personalize %v: %w", id, err)
	}
	signature, err := d.take(r.Context(), id, request)
	if err != nil {
		return fmt.Errorf("personalize %v: %w", id, err)
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(signature)
	return err
}

// take repeats the work for as long as somebody else moves the package record in the meantime.
func (d *Desk) take(ctx context.Context, id wallet.PassID, request wallet.PersonalizationRequest) ([]byte, error) {
	for attempt := 0; ; attempt++ {
		pkg, err := d.Store.CurrentPackage(ctx, id)
		if err != nil {
			return nil, err
		}
		signature, err := d.signUp(ctx, pkg, request)
		if !errors.Is(err, wallet.ErrConflict) {
			return signature, err
		}
		if err := wallet.Backoff(ctx, attempt); err != nil {
			return nil, err
		}
	}
}

// signUp signs the token first, so that a certificate that cannot sign wastes no sign-up; but the signature leaves only when
// the record is durable and announced.
func (d *Desk) signUp(ctx context.Context, pkg wallet.CurrentPackage, request wallet.PersonalizationRequest) ([]byte, error) {
	if !pkg.Personalized.IsZero() {
		return d.again(ctx, pkg, request)
	}
	if pkg.Version == 0 {
		return nil, wallet.ErrNotReady
	}
	if len(pkg.RequiredPersonalizationFields) == 0 {
		return nil, fmt.Errorf("%w: the pass has no sign-up form", wallet.ErrNotFound)
	}
	info, err := request.Info.Asked(pkg.RequiredPersonalizationFields)
	if err != nil {
		return nil, err
	}
	signature, err := d.sign(pkg.ID, request.Token)
	if err != nil {
		return nil, err
	}
	now := d.Now()
	signUp := wallet.Personalization{ID: pkg.ID, Time: now.UTC(), Info: info}
	if _, err := d.Store.SavePersonalization(ctx, signUp, pkg.Personalize(now, request.Digest())); err != nil {
		return nil, err
	}
	return signature, d.announce(ctx, pkg.ID)
}

// again answers a request about a pass whose customer has signed up. The sign-up is announced again, since the announcement may
// be what was lost: for the very request that was taken, and for another while the form is still there to be filled in. When it
// has left the package, whoever asks otherwise publishes nothing.
func (d *Desk) again(ctx context.Context, pkg wallet.CurrentPackage, request wallet.PersonalizationRequest) ([]byte, error) {
	taken := request.Digest() == pkg.PersonalizationDigest
	if taken || len(pkg.RequiredPersonalizationFields) > 0 {
		if err := d.announce(ctx, pkg.ID); err != nil {
			return nil, err
		}
	}
	if !taken {
		return nil, fmt.Errorf("%w: the customer has signed up", wallet.ErrDone)
	}
	return d.sign(pkg.ID, request.Token)
}

func (d *Desk) sign(id wallet.PassID, token wallet.PersonalizationToken) ([]byte, error) {
	signer, ok := d.Signers[id.PassTypeIdentifier]
	if !ok {
		return nil, fmt.Errorf("there is no certificate for the pass type %s", id.PassTypeIdentifier)
	}
	return signer.Sign(token)
}

// announce tells the business that there is a sign-up, and the packager that the form has done its duty.
func (d *Desk) announce(ctx context.Context, id wallet.PassID) error {
	if err := d.Events.PassPersonalized(ctx, wallet.PassPersonalized{PassID: id}); err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	if err := d.Events.PassChanged(ctx, wallet.PassChanged{PassID: id}); err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	return nil
}

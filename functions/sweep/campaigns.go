package sweep

import (
	"context"
	"errors"

	"walletpasses.example/server/shared/wallet"
)

// outdatedPerCall bounds the packages of a call that are announced because of their template, which may be all that there are.
const outdatedPerCall = 1000

// campaign returns the campaign of a package's template, and makes it where there is none: it is what notices, from then on, that
// the template has changed. A name that no campaign can have, or that a document has made up, is left alone.
func (s *stage) campaign(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Campaign, error) {
	id := wallet.CampaignID{PassTypeIdentifier: pkg.ID.PassTypeIdentifier, Template: pkg.Template}
	if c, known := s.campaigns[id]; known || id.Validate() != nil {
		return c, nil
	}
	c, err := s.Store.Campaign(ctx, id)
	if err == nil && c.Revision == 0 && untried(pkg) {
		return c, nil // unless another package shows that it is not
	}
	if err == nil && c.Revision == 0 {
		c = wallet.NewCampaign(id)
		_, err = s.Store.SaveCampaign(ctx, c)
	}
	s.campaigns[id] = c
	if errors.Is(err, wallet.ErrConflict) { // somebody else has made it
		return c, nil
	}
	return c, err
}

// untried reports that the document of a package could not be tried with its template, which may be made up.
func untried(pkg wallet.CurrentPackage) bool {
	return pkg.Problem != nil && pkg.Problem.TemplateRevision == ""
}

// outdated reports a package that no campaign will bring up: one of before records had the name of their template, or one that
// a packager made with an older revision when the campaign had already passed.
func (s *stage) outdated(pkg wallet.CurrentPackage, c wallet.Campaign) bool {
	if pkg.DocumentGone || s.now.Sub(pkg.Revision.Time()) < grace || s.behind == outdatedPerCall {
		return false
	}
	nameless := pkg.Template == "" && pkg.Version > 0 && pkg.Problem == nil
	if !nameless && (c.State != wallet.CampaignDone || !c.Behind(pkg)) {
		return false
	}
	s.behind++
	return true
}

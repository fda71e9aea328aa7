package regenerate

import (
	"context"
	"slices"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/wallet"
)

// refuse records why the document cannot be packaged, once per document.
func (p *Packager) refuse(ctx context.Context, doc wallet.DocumentSnapshot, current wallet.CurrentPackage, tried document.Rendered, findings wallet.Findings) (wallet.CurrentPackage, error) {
	now := p.Now().UTC()
	problem := wallet.NewProblem(now, doc.SourceRevision(), findings)
	problem.Template, problem.TemplateRevision = tried.Template, tried.TemplateRevision
	if known(current, problem) {
		return current, nil
	}
	next := current.Same()
	next.SourceRevision, next.DocumentGone = max(current.SourceRevision, doc.SourceRevision()), doc.Revision == 0
	next.Problem = problem
	next.Record(wallet.Event{Time: now, Kind: "refused", Detail: findings.Error()})
	next, err := p.save(ctx, next)
	if err == nil {
		p.Log.WarnContext(ctx, "package refused", "passTypeIdentifier", next.ID.PassTypeIdentifier,
			"serialNumber", next.ID.SerialNumber, "rules", findings.Broken())
	}
	return next, err
}

// postpone records why the document cannot be packaged now, and asks for another delivery. The document does not count as
// looked at, so that the sweep comes back to it when deliveries have ended.
func (p *Packager) postpone(ctx context.Context, doc wallet.DocumentSnapshot, current wallet.CurrentPackage, tried document.Rendered, reason *document.UnreachableError) (wallet.CurrentPackage, error) {
	problem := wallet.NewProblem(p.Now(), doc.SourceRevision(), reason.Findings)
	problem.Template = tried.Template
	if known(current, problem) {
		return current, reason
	}
	next := current.Same()
	next.Problem = problem
	next, err := p.save(ctx, next)
	if err != nil {
		return current, err
	}
	return next, reason
}

// known reports a problem that the record has already.
func known(pkg wallet.CurrentPackage, problem *wallet.Problem) bool {
	before := pkg.Problem
	return before != nil && before.SourceRevision == problem.SourceRevision && before.Template == problem.Template &&
		before.TemplateRevision == problem.TemplateRevision && slices.Equal(before.Findings, problem.Findings)
}

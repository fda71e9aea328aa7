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
	next := withProblem(current, doc, tried, wallet.NewProblem(now, doc.SourceRevision(), findings))
	if p.Signers[current.ID.PassTypeIdentifier] != nil { // or else the certificate may be on its way, and another try is due
		next.Problem.TemplateRevision = tried.TemplateRevision
	}
	if known(current, next) {
		return current, nil
	}
	next.SourceRevision, next.DocumentGone = max(current.SourceRevision, doc.SourceRevision()), doc.Revision == 0
	written(&next, current, doc, "")
	next.Record(wallet.Event{Time: now, Kind: wallet.EventRefused, Detail: findings.Error()})
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
	next := withProblem(current, doc, tried, wallet.NewProblem(p.Now(), doc.SourceRevision(), reason.Findings))
	if known(current, next) {
		return current, reason
	}
	next, err := p.save(ctx, next)
	if err != nil {
		return current, err
	}
	return next, reason
}

// withProblem returns the record with a problem of the document, under the document's template: that is whose campaign tries
// again. Of a document that names none, no campaign can make anything, or should wait for it.
func withProblem(current wallet.CurrentPackage, doc wallet.DocumentSnapshot, tried document.Rendered, problem *wallet.Problem) wallet.CurrentPackage {
	problem.Regression = regression(current, doc, tried)
	next := current.Same()
	next.Problem, next.Template = problem, tried.Template
	return next
}

// regression reports that the document could be packaged until its template changed. A problem that the record has already
// says so, too, where it is of the same revision or of a try that another was due after.
func regression(current wallet.CurrentPackage, doc wallet.DocumentSnapshot, tried document.Rendered) bool {
	before := current.Problem
	switch {
	case doc.SourceRevision() != current.SourceRevision || tried.TemplateRevision == current.TemplateRevision:
		return false
	case before != nil:
		return before.Regression && (before.TemplateRevision == tried.TemplateRevision || before.TemplateRevision == "")
	}
	return true
}

// known reports that the record has the problem already.
func known(current, next wallet.CurrentPackage) bool {
	before, problem := current.Problem, next.Problem
	return before != nil && before.SourceRevision == problem.SourceRevision && current.Template == next.Template &&
		before.TemplateRevision == problem.TemplateRevision && slices.Equal(before.Findings, problem.Findings)
}

package store

import (
	"context"
	"fmt"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// CurrentPackage returns the pointer to the newest package, or one with only its ID when there is none. One
// that somebody has spoilt, perhaps in the console, is [wallet.ErrUnreadable].
func (s *Store) CurrentPackage(ctx context.Context, id wallet.PassID) (wallet.CurrentPackage, error) {
	name, err := s.passName(packages, id)
	if err != nil {
		return wallet.CurrentPackage{}, err
	}
	doc, err := s.read(ctx, name)
	if err != nil {
		return wallet.CurrentPackage{}, fmt.Errorf("read package of %v: %w", id, err)
	}
	pkg, err := decodePackage(id, doc)
	if err != nil {
		return wallet.CurrentPackage{}, fmt.Errorf("read package of %v: %w", id, err)
	}
	return pkg, nil
}

// SavePackage replaces the pointer under the rules of [Store.SaveDocument].
func (s *Store) SavePackage(ctx context.Context, pkg wallet.CurrentPackage) (wallet.Revision, error) {
	name, err := s.passName(packages, pkg.ID)
	if err != nil {
		return 0, err
	}
	revision, err := s.replace(ctx, name, encodePackage(pkg), pkg.Revision)
	if err != nil {
		return 0, fmt.Errorf("save package of %v: %w", pkg.ID, err)
	}
	return revision, nil
}

func encodePackage(p wallet.CurrentPackage) map[string]any {
	fields := make(map[string]any)
	put(fields, "version", p.Version)
	put(fields, "object", p.Object)
	put(fields, "contentHash", p.ContentHash)
	put(fields, "sourceRevision", int64(p.SourceRevision))
	put(fields, "documentGone", p.DocumentGone)
	put(fields, "template", p.Template)
	put(fields, "templateRevision", p.TemplateRevision)
	put(fields, "style", p.Style)
	putTime(fields, "lastModified", p.LastModified)
	put(fields, "committed", int64(p.Committed))
	put(fields, "tokenKeyVersion", int64(p.TokenKeyVersion))
	put(fields, "authenticationToken", p.AuthenticationToken.Reveal())
	if len(p.RequiredPersonalizationFields) > 0 {
		fields["requiredPersonalizationFields"] = encodeTexts(p.RequiredPersonalizationFields)
	}
	putTime(fields, "personalized", p.Personalized)
	put(fields, "personalizationDigest", p.PersonalizationDigest)
	if p.Problem != nil {
		fields["problem"] = encodeProblem(*p.Problem)
	}
	if len(p.Timeline) > 0 {
		fields["timeline"] = encodeTimeline(p.Timeline)
	}
	return fields
}

// decodePackage reads a record, or fails with [wallet.ErrUnreadable].
func decodePackage(id wallet.PassID, doc stored) (wallet.CurrentPackage, error) {
	r := &record{fields: doc.fields}
	p := wallet.CurrentPackage{
		ID:               id,
		Version:          get[int64](r, "version"),
		Object:           get[string](r, "object"),
		ContentHash:      get[string](r, "contentHash"),
		SourceRevision:   wallet.Revision(get[int64](r, "sourceRevision")),
		DocumentGone:     get[bool](r, "documentGone"),
		Template:         get[string](r, "template"),
		TemplateRevision: get[string](r, "templateRevision"),
		Style:            get[string](r, "style"),
		LastModified:     get[time.Time](r, "lastModified"),
		Committed:        wallet.Revision(get[int64](r, "committed")),
		TokenKeyVersion:  int(get[int64](r, "tokenKeyVersion")),
		Personalized:     get[time.Time](r, "personalized"),
		Revision:         doc.revision,

		RequiredPersonalizationFields: decodeTexts(r, "requiredPersonalizationFields"),
		PersonalizationDigest:         get[string](r, "personalizationDigest"),
	}
	if token := get[string](r, "authenticationToken"); token != "" {
		p.AuthenticationToken = wallet.NewAuthenticationToken(token)
	}
	if problem := get[map[string]any](r, "problem"); problem != nil {
		r.within("problem", problem, func(r *record) { p.Problem = decodeProblem(r) })
	}
	each(r, "timeline", func(r *record) { p.Timeline = append(p.Timeline, decodeEvent(r)) })
	if r.err != nil {
		return p, fmt.Errorf("%w: %w", wallet.ErrUnreadable, r.err)
	}
	return p, nil
}

func encodeProblem(p wallet.Problem) map[string]any {
	fields := make(map[string]any)
	putTime(fields, "time", p.Time)
	put(fields, "sourceRevision", int64(p.SourceRevision))
	put(fields, "templateRevision", p.TemplateRevision)
	put(fields, "regression", p.Regression)
	findings := make([]any, len(p.Findings))
	for i, f := range p.Findings {
		findings[i] = map[string]any{"path": f.Path, "rule": f.Rule, "severity": string(f.Severity), "message": f.Message}
	}
	fields["findings"] = findings
	return fields
}

func decodeProblem(r *record) *wallet.Problem {
	p := &wallet.Problem{
		Time:             get[time.Time](r, "time"),
		SourceRevision:   wallet.Revision(get[int64](r, "sourceRevision")),
		TemplateRevision: get[string](r, "templateRevision"),
		Regression:       get[bool](r, "regression"),
	}
	each(r, "findings", func(r *record) {
		p.Findings = append(p.Findings, wallet.Finding{
			Path:     get[string](r, "path"),
			Rule:     get[string](r, "rule"),
			Severity: wallet.Severity(get[string](r, "severity")),
			Message:  get[string](r, "message"),
		})
	})
	return p
}

func encodeTimeline(timeline []wallet.Event) []any {
	events := make([]any, len(timeline))
	for i, e := range timeline {
		fields := map[string]any{"event": e.Kind}
		putTime(fields, "time", e.Time)
		put(fields, "version", e.Version)
		put(fields, "detail", e.Detail)
		events[i] = fields
	}
	return events
}

func decodeEvent(r *record) wallet.Event {
	return wallet.Event{
		Time:    get[time.Time](r, "time"),
		Kind:    get[string](r, "event"),
		Version: get[int64](r, "version"),
		Detail:  get[string](r, "detail"),
	}
}

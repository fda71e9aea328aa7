package regenerate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// voided renders the current package with voided set, or as it is when it was voided before; without a sign-up form, since
// there is nothing left to sign up for.
func (p *Packager) voided(ctx context.Context, current wallet.CurrentPackage) (document.Rendered, wallet.Findings, error) {
	source, err := p.voidedSource(ctx, current)
	return document.Rendered{
		Source: document.WithoutPersonalization(source), Style: current.Style,
		Template: current.Template, TemplateRevision: current.TemplateRevision,
	}, nil, err
}

func (p *Packager) voidedSource(ctx context.Context, current wallet.CurrentPackage) (pkpass.Source, error) {
	object, _, err := p.Bucket.Open(ctx, current.Object)
	if errors.Is(err, wallet.ErrNotFound) { // of a package that a record names: our fault, and nothing to acknowledge
		return nil, fmt.Errorf("open %s: %v", current.Object, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", current.Object, err)
	}
	defer object.Close()
	data, err := io.ReadAll(object)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", current.Object, err)
	}
	contents, findings := pkpass.Read(data)
	if err := findings.Err(); err != nil {
		return nil, fmt.Errorf("%s is not a package: %v", current.Object, err)
	}
	pass, findings, err := wallet.DecodeObject(contents.PassJSON)
	if err := errors.Join(err, findings.Err()); err != nil {
		return nil, fmt.Errorf("%s: pass.json: %v", current.Object, err)
	}
	if pass["voided"] == true {
		return contents.Source, nil
	}
	pass["voided"] = true
	text, err := json.Marshal(pass)
	if err != nil {
		return nil, fmt.Errorf("%s: pass.json: %v", current.Object, err)
	}
	source := make(pkpass.Source, 0, len(contents.Source))
	for _, file := range contents.Source {
		if file.Name() == "pass.json" {
			file = pkpass.NewFile(file.Name(), text)
		}
		source = append(source, file)
	}
	return source, nil
}

package console

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"walletpasses.example/server/shared/document"
	"walletpasses.example/server/shared/preview"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// maxDraft bounds what the editor may send, in bytes: a document is never longer, but for what shapes its text.
const maxDraft = 2 * wallet.MaxDocumentSize

// A placed finding knows the line of the editor that it is about.
type placed struct {
	wallet.Finding
	Line int `json:"line"`
}

// draft says everything that is wrong with a document as it is being typed, and draws it when nothing is: what a PUT would say,
// without writing a document. With ?pictures=kept no picture is fetched that was not before, since its address may be half typed.
func (c *Console) draft(w http.ResponseWriter, r *http.Request) error {
	id := webservice.PassID(r)
	if err := id.Validate(); err != nil {
		return err
	}
	text, err := webservice.ReadBody(r, maxDraft)
	if err != nil {
		return err
	}
	answer := struct {
		Draft    int      `json:"draft,omitempty"` // 0: it cannot be drawn
		Findings []placed `json:"findings"`
	}{Findings: []placed{}}
	where := readLines(text)
	fields, findings, err := wallet.DecodeObject(text)
	switch syntax, ok := errors.AsType[*wallet.SyntaxError](err); {
	case ok:
		finding := wallet.Finding{Rule: "JSON", Severity: wallet.SeverityError, Message: syntax.Error()}
		answer.Findings = append(answer.Findings, placed{finding, syntax.Line})
		return webservice.WriteJSON(w, http.StatusOK, answer)
	case err != nil:
		return err
	}
	shown := fields
	if r.FormValue("pictures") == "kept" {
		var more wallet.Findings
		if shown, more, err = c.keptOnly(r.Context(), fields); err != nil {
			return err
		}
		findings = append(findings, more...)
	}
	rendered, more, err := c.render(r.Context(), id, shown)
	if err != nil {
		return err
	}
	findings = append(findings, more...)
	place := c.placer(r.Context(), fields, where)
	for _, f := range findings {
		answer.Findings = append(answer.Findings, placed{f, place(f.Path)})
	}
	if findings.Err() == nil {
		card, err := preview.Draw(rendered.Source, viewer(r, c.Now()))
		if err != nil {
			return err
		}
		answer.Draft = c.drafts.keep(id, card)
	}
	return webservice.WriteJSON(w, http.StatusOK, answer)
}

// keptOnly is a document without the pictures that would have to be fetched, and a warning about each.
func (c *Console) keptOnly(ctx context.Context, fields map[string]any) (map[string]any, wallet.Findings, error) {
	images, _ := fields["images"].(map[string]any)
	kept := maps.Clone(images)
	var findings wallet.Findings
	for _, name := range slices.Sorted(maps.Keys(images)) {
		source, ok := images[name].(string)
		if !ok {
			continue
		}
		is, err := c.Kept(ctx, source)
		if err != nil {
			return nil, nil, err
		}
		if !is {
			delete(kept, name)
			findings.Warnf(wallet.PointerTo("/images", name), "IMG-SOURCE", "is fetched once you leave the editor, or save")
		}
	}
	if len(kept) == len(images) {
		return fields, nil, nil
	}
	fields = maps.Clone(fields)
	fields["images"] = kept
	return fields, findings, nil
}

// render renders the document as the packager would. What no document is to blame for is a finding here, too.
func (c *Console) render(ctx context.Context, id wallet.PassID, fields map[string]any) (document.Rendered, wallet.Findings, error) {
	pkg, err := c.Store.CurrentPackage(ctx, id)
	if err != nil {
		return document.Rendered{}, nil, err
	}
	rendered, findings, err := c.Renderer.Render(ctx, fields, pkg)
	if unreachable, ok := errors.AsType[*document.UnreachableError](err); ok {
		return rendered, unreachable.Findings, nil
	}
	if errors.Is(err, wallet.ErrNotReady) { // the template is broken
		findings.Errorf("/template", "TPL-BROKEN", "%v", err)
		return rendered, findings, nil
	}
	name, _ := fields["template"].(string)
	if broken := c.Broken()[name]; len(broken) > 0 {
		findings.Warnf("/template", "TPL-BROKEN", "its files cannot be used as they are now, and it stays as it was: %s: %s", broken[0].Path, broken[0].Message)
	}
	return rendered, findings, err
}

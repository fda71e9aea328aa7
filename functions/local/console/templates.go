package console

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
	"walletpasses.example/server/shared/webservice"
)

// templateView is what the gallery says of a template.
type templateView struct {
	Name         string          `json:"name"`
	Style        string          `json:"style,omitempty"`
	Revision     string          `json:"revision,omitempty"`
	Placeholders []string        `json:"placeholders"`
	Drawn        bool            `json:"drawn"`              // it can be drawn with its sample
	Broken       bool            `json:"broken,omitempty"`   // its files cannot be used as they are; what is drawn is what they were
	Findings     wallet.Findings `json:"findings,omitempty"` // about its files, or its sample
}

// listTemplates shows all templates, the broken ones among them.
func (c *Console) listTemplates(w http.ResponseWriter, r *http.Request) error {
	broken := c.Broken()
	names := slices.AppendSeq(c.templateNames(r.Context()), maps.Keys(broken))
	slices.Sort(names)
	views := []templateView{}
	for _, name := range slices.Compact(names) {
		v := templateView{Name: name, Placeholders: []string{}, Findings: broken[name], Broken: len(broken[name]) > 0}
		s, err := c.sample(r.Context(), name, c.About.PassTypes[0])
		switch {
		case err != nil && v.Broken: // it has never been whole
		case err != nil:
			v.Findings = append(v.Findings, wallet.Finding{Rule: "TPL-SAMPLE", Severity: wallet.SeverityWarning, Message: err.Error()})
		default:
			v.Revision, v.Style, v.Drawn = s.template.Revision(), s.rendered.Style, len(s.rendered.Source) > 0
			v.Placeholders = append(v.Placeholders, s.template.Placeholders()...)
			v.Findings = slices.Concat(v.Findings, s.template.Warnings(), s.findings)
		}
		views = append(views, v)
	}
	return webservice.WriteJSON(w, http.StatusOK, map[string]any{"templates": views})
}

// showSample gives a document to begin with, and a serial number for it.
func (c *Console) showSample(w http.ResponseWriter, r *http.Request) error {
	passType := r.FormValue("passTypeIdentifier")
	if !slices.Contains(c.About.PassTypes, passType) {
		return fmt.Errorf("%w: passTypeIdentifier %.130q: use one of %v", wallet.ErrInvalid, passType, c.About.PassTypes)
	}
	s, err := c.sample(r.Context(), r.PathValue("template"), passType)
	if err != nil {
		return templateError(err)
	}
	serial, err := c.freeSerial(r.Context(), passType, s.template.Name())
	if err != nil {
		return err
	}
	text, err := documentText(s.fields)
	if err != nil {
		return err
	}
	return webservice.WriteJSON(w, http.StatusOK, map[string]string{
		"passTypeIdentifier": passType, "serialNumber": serial, "text": text,
	})
}

// drawSample draws a template with its sample.
func (c *Console) drawSample(w http.ResponseWriter, r *http.Request) error {
	s, err := c.sample(r.Context(), r.PathValue("template"), c.About.PassTypes[0])
	if err != nil {
		return templateError(err)
	}
	if err := s.findings.Err(); err != nil {
		return err
	}
	return WriteDrawn(w, r, s.rendered.Source, c.Now())
}

// templateError makes of a name that no template has what it is here: a page that is not there.
func templateError(err error) error {
	if unknown, ok := errors.AsType[*template.UnknownError](err); ok {
		return fmt.Errorf("%w: there is no template %.60q", wallet.ErrNotFound, unknown.Name)
	}
	return err
}

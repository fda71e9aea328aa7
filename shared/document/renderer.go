// Package document turns a business's pass document into a checked pass source, and writes documents such that what is
// written can be packaged. The issuer's API, the issuer's messages and the packager share it, so that they agree.
package document

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/picture"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// A Renderer knows everything about a pass that its document does not say.
type Renderer struct {
	Templates template.Set
	// Teams has the team identifier of each pass type that this server signs for.
	Teams map[string]string
	Keys  wallet.TokenKeys
	// Pictures gets what documents refer to in images; nil where no document may.
	Pictures Pictures
	// Drawings keeps what was made of pictures; nil draws each time.
	Drawings *picture.Cache
	// Turns bounds how many documents with pictures are worked on at once, since each keeps one picture in memory: a channel of
	// that capacity, or nil for no bound.
	Turns chan struct{}
	// WebServiceURL is https without the /v1 that devices append. Only a server on one machine may use plain http.
	WebServiceURL string
}

// Pictures gets the picture file at a source, https:// or gs://; [Album] does. [wallet.ErrInvalid] means that the source cannot
// be used as it is, [wallet.ErrNotReady] that it is out of reach now; any other error is our own.
type Pictures interface {
	Picture(ctx context.Context, source string) ([]byte, error)
}

// Rendered is a pass ready to be packaged.
type Rendered struct {
	Source           pkpass.Source
	Template         string // name
	TemplateRevision string
	Style            string // style key, see [passjson.Style]
	// RequiredPersonalizationFields is what the sign-up form in Source asks for; nil when it has none.
	RequiredPersonalizationFields []string
}

// Render reads a document's business fields strictly, fills its template, and validates the pass that comes out. The record
// pkg gives the pass its name, and the authentication token that it has had from its first version. Everything wrong with
// the document or the pass is in the findings, all at once; warnings come with a pass, errors with its template alone. The error is for
// what no document is to blame for: a template that is broken ([BrokenTemplateError]) or out of reach, a missing key, or a
// picture that is out of reach ([UnreachableError]).
func (r Renderer) Render(ctx context.Context, fields map[string]any, pkg wallet.CurrentPackage) (Rendered, wallet.Findings, error) {
	doc, findings := wallet.ParseDocument(fields)
	team, ok := r.Teams[pkg.ID.PassTypeIdentifier]
	if !ok {
		findings.Errorf("", "DOC-PASS-TYPE", "this server has no certificate for the pass type %s", pkg.ID.PassTypeIdentifier)
	}
	if doc.Template == "" {
		return Rendered{}, findings, nil
	}
	t, err := r.template(ctx, doc.Template, pkg)
	if unknown, ok := errors.AsType[*template.UnknownError](err); ok {
		return Rendered{Template: doc.Template}, append(findings, unknown.Findings()...), nil
	}
	if broken, ok := errors.AsType[wallet.Findings](err); ok { // no document is to blame, and the template may be half uploaded
		return Rendered{Template: doc.Template}, nil, &BrokenTemplateError{doc.Template, broken}
	}
	if err != nil {
		return Rendered{}, nil, fmt.Errorf("template %s: %w", doc.Template, err)
	}
	token, err := r.token(pkg)
	if err != nil {
		return Rendered{}, nil, err
	}
	rendering, more := t.Render(doc, template.Server{
		PassTypeIdentifier: pkg.ID.PassTypeIdentifier, TeamIdentifier: team, SerialNumber: pkg.ID.SerialNumber,
		AuthenticationToken: token, WebServiceURL: r.WebServiceURL,
	})
	findings = append(findings, more...)
	tried := Rendered{Template: doc.Template, TemplateRevision: t.Revision()}
	if rendering.Pass == nil { // too large to be looked at
		return tried, findings, nil
	}
	unfilled := unfilled(more)
	rendering, more, away := r.dress(ctx, doc, t, rendering)
	if away != nil && !errors.Is(away, wallet.ErrNotReady) {
		return Rendered{}, nil, away
	}
	findings = append(findings, more...)
	findings = append(findings, r.validate(rendering.Pass, unfilled)...)
	findings = append(findings, passjson.ValidateImages(rendering.Pass, rendering.ImageSizes, languageFolders(rendering.Source))...)
	style, _ := passjson.Style(rendering.Pass)
	findings = append(findings, checkStyle(style, pkg)...)
	source := rendering.Source
	if !pkg.Personalized.IsZero() || rendering.Pass["voided"] == true {
		source = WithoutPersonalization(source)
	}
	form := form(source)
	findings = append(findings, checkPersonalization(form, rendering.Pass)...)
	switch {
	case away != nil:
		return Rendered{Template: doc.Template}, nil, &UnreachableError{findings, away}
	case findings.Err() != nil:
		return tried, findings, nil
	}
	if refused := source.Check(); refused.Err() != nil { // the files together; what is in them has been looked at
		return tried, append(findings, refused...), nil
	}
	return Rendered{source, doc.Template, t.Revision(), style, requiredFields(form)}, findings, nil
}

// checkStyle is STY-5: a pass that phones may hold keeps its style.
func checkStyle(style string, pkg wallet.CurrentPackage) wallet.Findings {
	var findings wallet.Findings
	if pkg.Style != "" && style != "" && style != pkg.Style {
		findings.Errorf("/template", "STY-5", "the pass was issued as %s and would become %s; keep the style, or issue a pass with another serial number", pkg.Style, style)
	}
	return findings
}

// checker is what a [template.Refresher] may know beside. What Template answers from now on is the template as it was at the time
// that Checked returns, or later.
type checker interface {
	Checked(name string) time.Time
}

// skew is more than the clock of this machine and that of the store may be apart.
const skew = 15 * time.Minute

// template returns the template of a name. Where it is not the one that the current package was made with, either of the
// two may be the newer, so one that was kept from an earlier use does not count, unless it was looked at since the package's record
// was written: then it is the newer. So the passes of a broadcast share one look. An absence that was kept does not count
// either: the document may have been accepted since, and a refusal is final.
func (r Renderer) template(ctx context.Context, name string, pkg wallet.CurrentPackage) (*template.Template, error) {
	var checked time.Time // asked for first: another request may look in between
	if c, ok := r.Templates.(checker); ok {
		checked = c.Checked(name)
	}
	t, err := r.Templates.Template(ctx, name)
	_, unknown := errors.AsType[*template.UnknownError](err)
	another := err == nil && pkg.Version > 0 && t.Revision() != pkg.TemplateRevision && !checked.After(pkg.Revision.Time().Add(skew))
	if fresh, keeps := r.Templates.(template.Refresher); keeps && (unknown || another) {
		return fresh.Fresh(ctx, name)
	}
	return t, err
}

// token returns the pass's own token: imported, or derived with the key version it began with.
func (r Renderer) token(pkg wallet.CurrentPackage) (wallet.AuthenticationToken, error) {
	if !pkg.AuthenticationToken.IsZero() {
		return pkg.AuthenticationToken, nil
	}
	return r.Keys.AuthenticationToken(r.KeyVersion(pkg), pkg.ID)
}

// KeyVersion is the version of the token key that a pass began with, or begins with now.
func (r Renderer) KeyVersion(pkg wallet.CurrentPackage) int {
	if pkg.TokenKeyVersion != 0 {
		return pkg.TokenKeyVersion
	}
	return r.Keys.Current()
}

// unfilled returns the placeholders that still stand in a rendering, because their values were found wanting.
func unfilled(findings wallet.Findings) []string {
	var placeholders []string
	for _, f := range findings {
		if name, ok := strings.CutPrefix(f.Path, "/data/"); ok && f.Severity == wallet.SeverityError {
			placeholders = append(placeholders, "{{"+name+"}}")
		}
	}
	return placeholders
}

// validate checks a rendered pass, except where a placeholder still stands: that was found already.
func (r Renderer) validate(pass map[string]any, unfilled []string) wallet.Findings {
	var findings wallet.Findings
	for _, f := range passjson.Validate(pass, passjson.Options{AllowHTTP: strings.HasPrefix(r.WebServiceURL, "http://")}) {
		text, _ := at(pass, f.Path).(string)
		if !slices.ContainsFunc(unfilled, func(p string) bool { return strings.Contains(text, p) }) {
			findings = append(findings, f)
		}
	}
	return findings
}

// languageFolders returns the folders of a source, such as "de.lproj".
func languageFolders(source pkpass.Source) []string {
	var folders []string
	for _, file := range source {
		if folder, _, ok := strings.Cut(file.Name(), "/"); ok && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}

var pointerUnescape = strings.NewReplacer("~1", "/", "~0", "~")

// at returns the value that a path such as "pass.json#/storeCard/primaryFields/0/value" points to, or nil.
func at(value any, path string) any {
	_, pointer, _ := strings.Cut(path, "#/")
	for key := range strings.SplitSeq(pointer, "/") {
		switch v := value.(type) {
		case map[string]any:
			value = v[pointerUnescape.Replace(key)]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// Package prepare makes the source of a pass from a folder on this machine, as someone who has no server does: a template in
// Apple's source layout whose pass.json may also say what else belongs to the server, such as the serial number.
package prepare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template"
	"walletpasses.example/server/shared/wallet"
)

// A Request is what a pass is made from beside its template. Identifiers that are not empty replace those in pass.json.
type Request struct {
	PassTypeIdentifier string
	SerialNumber       string
	Data               map[string]any // for the placeholders
}

// A Pass is a template with data in it, ready but for the team that signs it.
type Pass struct {
	files pkpass.Source // all but pass.json
	pass  map[string]any
}

// FromFolder fills the template in a folder. Its name tells the layout: ".pkpasstemplate" is Pass Designer's, any other is
// Apple's source layout. Everything wrong with the template and the data is in the findings; the error is for a folder that
// cannot be read. Whether a phone would take the pass is not looked at.
func FromFolder(folder fs.FS, name string, request Request) (Pass, wallet.Findings, error) {
	held := holdOwned(folder, name)
	t, err := template.Load(held, templateName)
	if findings, ok := errors.AsType[wallet.Findings](err); ok {
		return Pass{}, held.relative(findings), nil
	}
	if err != nil {
		return Pass{}, nil, fmt.Errorf("%s: %w", name, err)
	}
	findings := held.relative(t.Warnings())
	rendering, more := t.Render(wallet.Document{Template: templateName, Data: request.Data}, template.Server{})
	findings = append(findings, more...)
	if findings.Err() != nil {
		return Pass{}, findings, nil
	}
	return newPass(rendering, request), findings, nil
}

// newPass puts the keys that were held back where they belong.
func newPass(rendering template.Rendering, request Request) Pass {
	p := Pass{pass: rendering.Pass}
	for _, file := range rendering.Source {
		if file.Name() != passJSON {
			p.files = append(p.files, file)
		}
	}
	for _, key := range wallet.ServerOwned {
		if key != "formatVersion" {
			delete(p.pass, key)
		}
	}
	owned, _ := p.pass[ownedKey].(map[string]any)
	delete(p.pass, ownedKey)
	maps.Copy(p.pass, owned)
	if request.PassTypeIdentifier != "" {
		p.pass["passTypeIdentifier"] = request.PassTypeIdentifier
	}
	if request.SerialNumber != "" {
		p.pass["serialNumber"] = request.SerialNumber
	}
	return p
}

// PassTypeIdentifier is the type of the pass, or "" when neither the template nor the request names one.
func (p Pass) PassTypeIdentifier() string { return p.text("passTypeIdentifier") }

// TeamIdentifier is the team that the template names, or "".
func (p Pass) TeamIdentifier() string { return p.text("teamIdentifier") }

func (p Pass) text(key string) string {
	text, _ := p.pass[key].(string)
	return text
}

// Source returns the files of the pass as the team issues it. A team that the template names already stays: whoever signs
// then finds out whether it is the right one.
func (p Pass) Source(team string) (pkpass.Source, error) {
	pass := maps.Clone(p.pass)
	if _, ok := pass["teamIdentifier"]; !ok {
		pass["teamIdentifier"] = team
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(pass); err != nil {
		return nil, fmt.Errorf("write pass.json: %w", err)
	}
	file := pkpass.NewFile(passJSON, bytes.TrimSuffix(text.Bytes(), []byte("\n")))
	return append(p.files[:len(p.files):len(p.files)], file), nil
}

// relative makes the paths of findings start in the folder.
func (h held) relative(findings wallet.Findings) wallet.Findings {
	for i := range findings {
		findings[i].Path = strings.TrimPrefix(strings.TrimPrefix(findings[i].Path, h.root), "/")
	}
	return findings
}

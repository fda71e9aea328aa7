package template

import (
	"image"
	"maps"
	"math"
	"slices"
	"strings"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

// Server is what the server alone says about a pass: who signs it, which one it is, and where its updates come from.
// No template and no document can set these. https://developer.apple.com/documentation/walletpasses/pass
type Server struct {
	PassTypeIdentifier  string
	TeamIdentifier      string
	SerialNumber        string
	AuthenticationToken wallet.AuthenticationToken
	WebServiceURL       string // https, without the /v1 that devices append
}

// A Rendering is a template with one document's data in it.
type Rendering struct {
	// Source is ready to be packaged; nil when the findings have an error.
	Source pkpass.Source
	// Pass is pass.json as Source holds it, with int64 and float64 numbers, for validation. It is there despite errors other
	// than TPL-SIZE, with a placeholder left as it was written where its value is missing. It contains the authentication
	// token, and may share lists with the document's Pass.
	Pass map[string]any
	// ImageSizes has the size in pixels of each image of Source by file name. It is there whenever Pass is, and is shared
	// with other renderings: do not change it.
	ImageSizes map[string]image.Point
}

// Render fills the placeholders with doc.Data, applies doc.Pass as a merge patch (RFC 7396), so that null removes a key
// of the template, then sets voided, expirationDate and the server's keys.
//
// A string that is exactly one placeholder takes the type of its value; within longer text the value is written plainly.
// A value may be a map of languages to texts, such as {"en": "Hello", "de": "Hallo"}: it goes into the pass.strings of each
// language, and its text in the first of them (English where there is) into pass.json as the key.
//
// The findings are all there are, in a fixed order, with paths into the document: TPL-MISSING, TPL-TYPE and TPL-SIZE, more text
// than there is room for, are errors; TPL-UNUSED, TPL-LANGUAGE, a language that a value lacks, and TPL-PLACEHOLDER, one in
// doc.Pass, are warnings. Whether Wallet accepts the pass is not looked at here.
func (t *Template) Render(doc wallet.Document, server Server) (Rendering, wallet.Findings) {
	values, findings := t.values(doc.Data)
	languages := t.completeTranslations(values, &findings)
	warnUnfilled(doc.Pass, "/pass", &findings)
	filling := filling{values, maxFilled}
	pass := t.pass.fill(&filling).(map[string]any)
	parts := make(map[string]map[string]any)
	if t.form != nil {
		parts[personalizationJSON] = t.form.fill(&filling).(map[string]any)
	}
	if filling.left < 0 {
		findings.Errorf("/data", "TPL-SIZE", "with these values the template %s has more than %d bytes of text; shorten them, or have it use "+
			"them less often", t.name, maxFilled)
		return Rendering{}, findings
	}
	if len(doc.Pass) > 0 {
		pass = wallet.MergePatch(pass, doc.Pass).(map[string]any)
	}
	if doc.Voided {
		pass["voided"] = true
	}
	if doc.ExpirationDate != "" {
		pass["expirationDate"] = doc.ExpirationDate
	}
	server.setKeys(pass)
	pass = passjson.WithFallbacks(pass)
	parts[passJSON] = pass
	files, sizes := t.files, t.imageSizes
	if languages != nil {
		files, sizes = t.localize(parts, languages, &findings)
	}
	source := slices.Grow(slices.Clone(files), len(parts))
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		content, err := encode(parts[name])
		if err != nil {
			findings.Errorf("/pass", "TPL-JSON", "cannot be written as JSON: %v", err)
		}
		source = append(source, pkpass.NewFile(name, content))
	}
	if findings.Err() != nil {
		source = nil
	}
	return Rendering{Source: source, Pass: pass, ImageSizes: sizes}, findings
}

// setKeys overwrites all of [wallet.ServerOwned].
func (s Server) setKeys(pass map[string]any) {
	pass["formatVersion"] = int64(1)
	pass["passTypeIdentifier"] = s.PassTypeIdentifier
	pass["teamIdentifier"] = s.TeamIdentifier
	pass["serialNumber"] = s.SerialNumber
	pass["authenticationToken"] = s.AuthenticationToken.Reveal()
	pass["webServiceURL"] = s.WebServiceURL
}

// values returns one value for each placeholder, and for each field that data replaces. One that is missing or of a wrong
// type is replaced by the placeholder.
func (t *Template) values(data map[string]any) (map[string]any, wallet.Findings) {
	var findings wallet.Findings
	values := make(map[string]any, len(t.placeholders))
	for _, name := range t.placeholders {
		value, ok := data[name]
		if !ok || value == nil {
			findings.Errorf(wallet.PointerTo("/data", name), "TPL-MISSING", "the template %s needs a value for %s", t.name, name)
			values[name] = "{{" + name + "}}"
			continue
		}
		values[name] = t.value(name, value, &findings)
	}
	for _, name := range t.fields {
		if value, ok := data[name]; ok && value != nil && values[name] == nil {
			values[name] = t.value(name, value, &findings)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		if _, used := values[key]; !used && !slices.Contains(t.fields, key) {
			findings.Warnf(wallet.PointerTo("/data", key), "TPL-UNUSED", "the template %s has no placeholder of this name; it has %s",
				t.name, t.list())
		}
	}
	return values, findings
}

// value returns a value as the pass can take it, or the placeholder.
func (t *Template) value(name string, value any, findings *wallet.Findings) any {
	path := wallet.PointerTo("/data", name)
	switch v := value.(type) {
	case string, int64, bool:
		return v
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v
		}
		findings.Errorf(path, "TPL-TYPE", "must be text, a number, true or false; %v is not a number of JSON", v)
	case map[string]any:
		texts, fault := readTranslations(name, v)
		if fault == "" {
			return texts
		}
		findings.Errorf(path, "TPL-TYPE", "must be text, a number, true or false, or texts by language; %s", fault)
	default:
		findings.Errorf(path, "TPL-TYPE", "must be text, a number, true or false, or texts by language; lists and maps go into pass")
	}
	return "{{" + name + "}}"
}

func (t *Template) list() string {
	names := slices.Concat(t.placeholders, t.fields)
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

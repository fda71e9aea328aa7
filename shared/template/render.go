package template

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

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
	// Pass is pass.json as Source holds it, with int64 and float64 numbers, for validation. It is there despite errors,
	// with a placeholder left as it was written where its value is missing. It contains the authentication token,
	// and may share lists with the document's Pass.
	Pass map[string]any
}

// Render fills the placeholders with doc.Data, applies doc.Pass as a merge patch (RFC 7396), so that null removes a key
// of the template, then sets voided, expirationDate and the server's keys.
//
// A string that is exactly one placeholder takes the type of its value; within longer text the value is written plainly.
// The findings are all there are, in a fixed order, with paths into the document: TPL-MISSING, TPL-TYPE and TPL-IMAGES
// are errors, TPL-UNUSED is a warning. Whether Wallet accepts the pass is not looked at here.
func (t *Template) Render(doc wallet.Document, server Server) (Rendering, wallet.Findings) {
	values, findings := t.values(doc.Data)
	for _, name := range slices.Sorted(maps.Keys(doc.Images)) {
		findings.Errorf(wallet.PointerTo("/images", name), "TPL-IMAGES",
			"images from addresses are not supported by this version; put the image into the template")
	}
	pass := wallet.MergePatch(t.pass.fill(values), doc.Pass).(map[string]any)
	if doc.Voided {
		pass["voided"] = true
	}
	if doc.ExpirationDate != "" {
		pass["expirationDate"] = doc.ExpirationDate
	}
	server.setKeys(pass)
	content, err := encode(pass)
	if err != nil {
		findings.Errorf("/pass", "TPL-JSON", "cannot be written as JSON: %v", err)
	}
	if findings.Err() != nil {
		return Rendering{Pass: pass}, findings
	}
	source := make(pkpass.Source, 0, len(t.files)+1)
	source = append(append(source, t.files...), pkpass.NewFile(passJSON, content))
	return Rendering{Source: source, Pass: pass}, findings
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

// values returns one value for each placeholder. One that is missing or of a wrong type is replaced by the placeholder.
func (t *Template) values(data map[string]any) (map[string]any, wallet.Findings) {
	var findings wallet.Findings
	values := make(map[string]any, len(t.placeholders))
	for _, name := range t.placeholders {
		path, value := wallet.PointerTo("/data", name), data[name]
		switch v := value.(type) {
		case nil:
			findings.Errorf(path, "TPL-MISSING", "the template %s needs a value for %s", t.name, name)
		case string, int64, bool:
			values[name] = v
			continue
		case float64:
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				values[name] = v
				continue
			}
			findings.Errorf(path, "TPL-TYPE", "must be text, a number, true or false; %v is not a number of JSON", v)
		default:
			findings.Errorf(path, "TPL-TYPE", "must be text, a number, true or false; lists and maps go into pass")
		}
		values[name] = "{{" + name + "}}"
	}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		if _, used := values[key]; !used {
			findings.Warnf(wallet.PointerTo("/data", key), "TPL-UNUSED", "the template %s has no placeholder of this name; it has %s",
				t.name, t.list())
		}
	}
	return values, findings
}

func (t *Template) list() string {
	if len(t.placeholders) == 0 {
		return "none"
	}
	return strings.Join(t.placeholders, ", ")
}

// encode writes pass.json with sorted keys, without HTML escapes and without a newline at the end.
func encode(pass map[string]any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(pass); err != nil {
		return nil, fmt.Errorf("encode pass.json: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

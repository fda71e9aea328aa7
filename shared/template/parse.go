package template

import (
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// pass reads pass.json and refuses in it what belongs to the server.
func (p *parser) pass(text []byte, root string) object {
	path := root + "/" + passJSON
	pass, ok := p.decode(text, path, "REJ-3")
	if !ok {
		return nil
	}
	if strings.HasSuffix(root, designerFolder) {
		cleanDesigned(pass, path+"#", p.findings)
	} else {
		refuseServerOwned(pass, path+"#", p.findings)
	}
	return p.object(pass, path+"#")
}

// form reads personalization.json. Whether it is a form that a phone can show is not looked at here.
func (p *parser) form(text []byte, root string) object {
	path := root + "/" + personalizationJSON
	form, ok := p.decode(text, path, "PERSONALIZATION")
	if !ok {
		return nil
	}
	return p.object(form, path+"#")
}

// decode reads a JSON object; rule is the one that a text breaks which is none.
func (p *parser) decode(text []byte, path, rule string) (map[string]any, bool) {
	members, problems, err := wallet.DecodeObject(text)
	if err != nil {
		p.findings.Errorf(path, rule, "%v", err)
		return nil, false
	}
	for _, problem := range problems {
		problem.Path = path + "#" + problem.Path
		*p.findings = append(*p.findings, problem)
	}
	return members, true
}

func refuseServerOwned(pass map[string]any, path string, findings *wallet.Findings) {
	for _, key := range wallet.ServerOwned {
		if _, ok := pass[key]; ok {
			findings.Errorf(wallet.PointerTo(path, key), "TPL-SERVER-OWNED", "%s belongs to the server; leave it out", key)
		}
	}
}

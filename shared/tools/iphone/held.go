package iphone

import (
	"walletpasses.example/server/shared/wallet"
)

// Held is a pass as its user sees it.
type Held struct {
	wallet.PassID
	OrganizationName string         `json:"organizationName"`
	LastModified     string         `json:"lastModified,omitempty"`
	Voided           bool           `json:"voided,omitempty"`
	SignUp           bool           `json:"signUp,omitempty"` // it has a form to fill in
	Fields           map[string]any `json:"fields"`           // value by field key
}

// Passes returns what the phone holds, sorted.
func (p *Phone) Passes() []Held {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []Held{}
	for _, id := range p.ids() {
		h := p.passes[id]
		list = append(list, Held{id, h.pass.OrganizationName, h.lastModified, h.pass.Voided, h.pass.personalizable, values(h.pass.raw)})
	}
	return list
}

// Field returns the value of a field of a pass that the phone holds; nil when there is none.
func (p *Phone) Field(id wallet.PassID, key string) any {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h, ok := p.passes[id]; ok {
		return values(h.pass.raw)[key]
	}
	return nil
}

// Package returns the package of a pass that the phone holds, as it came from the server; nil when it holds no such pass. It
// must not be changed.
func (p *Phone) Package(id wallet.PassID) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h, ok := p.passes[id]; ok {
		return h.data
	}
	return nil
}

package passjson

import (
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// PersonalizationRoot is how the path of every finding about personalization.json begins.
const PersonalizationRoot = "personalization.json#"

// ValidatePersonalization returns everything wrong with a decoded personalization.json, the sign-up form of a reward card,
// and with its place beside pass, the decoded pass.json. Values are those of [wallet.DecodeObject].
// https://developer.apple.com/documentation/walletpasses/personalize
func ValidatePersonalization(form, pass map[string]any) wallet.Findings {
	c := newChecker(pass, Options{})
	c.object(make(pointer, 0, wallet.MaxDepth), c.table.Objects["Personalization"], form)
	c.readable(make(pointer, 0, wallet.MaxDepth), form)
	c.asksOnce(form)
	c.canSignUp()
	findings := c.findings.all()
	for i := range findings {
		findings[i].Path = PersonalizationRoot + strings.TrimPrefix(findings[i].Path, Root)
	}
	return findings
}

// asksOnce warns of a form that asks for nothing, or twice for the same.
func (c *checker) asksOnce(form map[string]any) {
	const key = "requiredPersonalizationFields"
	fields, ok := form[key].([]any)
	if ok && len(fields) == 0 {
		c.findings.Warnf(wallet.PointerTo(Root, key), "PERSONALIZATION", "the form asks for nothing; name a field, such as "+
			"PKPassPersonalizationFieldName")
	}
	for i, field := range fields[:min(len(fields), maxFindings)] {
		if name, ok := field.(string); ok && slices.Contains(fields[:i], any(name)) {
			c.findings.Warnf(wallet.PointerTo(Root, key), "PERSONALIZATION", "%.60q is asked for twice; keep one", name)
		}
	}
}

// canSignUp warns of a pass with which Wallet offers no sign-up: it is for cards with NFC, and the answer goes to the web
// service.
func (c *checker) canSignUp() {
	for _, key := range []string{"nfc", "webServiceURL"} {
		if _, ok := c.pass[key]; !ok {
			c.findings.Warnf(Root, "PERSONALIZATION", "Wallet offers no sign-up for a pass without %s; add it, or leave out the form", key)
		}
	}
}

package passjson

import "walletpasses.example/server/shared/wallet"

// Root is how the path of every finding about pass.json begins; a JSON Pointer (RFC 6901) follows.
const Root = "pass.json#"

// Options relax [Validate]. The zero value is what a deployed server uses.
type Options struct {
	// AllowHTTP accepts a webServiceURL with http, which a phone does only when its developer setting "Allow HTTP
	// Services" is on.
	AllowHTTP bool
}

// Validate returns everything wrong with a decoded pass.json, in the table's order. Values are those of
// [wallet.DecodeObject]: nil, bool, int64, float64, string, []any and map[string]any. Errors are what a phone would refuse
// or what must not be signed; warnings are what would be shown otherwise than meant. R12 needs the certificate (package
// pkpass finds it, as REJ-6) and R13 the images, so neither is among them.
func Validate(pass map[string]any, opts Options) wallet.Findings {
	c := newChecker(pass, opts)
	c.object(make(pointer, 0, wallet.MaxDepth), c.table.pass, pass)
	c.readableRule()
	c.identityRules()
	c.styleRules()
	c.schemeRules()
	c.webServiceRules()
	c.relevanceRules()
	c.barcodeRules()
	c.nfcRules()
	fields := c.fields()
	c.fieldRules(fields)
	c.semanticRules(fields)
	c.upcomingRules()
	return c.findings.all()
}

// A checker is one validation under way.
type checker struct {
	table    *table
	options  Options
	pass     map[string]any
	findings report

	unreadable int // texts, of those said to be
}

func newChecker(pass map[string]any, opts Options) *checker {
	return &checker{table: passKeys(), options: opts, pass: pass}
}

package passjson

import (
	"net/url"
	"regexp"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// webServiceRules applies the rules about webServiceURL and authenticationToken that their types do not tell.
// https://developer.apple.com/documentation/walletpasses/adding-a-web-service-to-update-passes
func (c *checker) webServiceRules() {
	c.noVersionInPath()
	c.tokenFitsHeader()
}

// noVersionInPath is P-19: the device appends /v1 itself.
func (c *checker) noVersionInPath() {
	text, _ := c.pass["webServiceURL"].(string)
	u, err := url.Parse(text)
	if err == nil && strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/v1") {
		c.findings.Errorf(wallet.PointerTo(Root, "webServiceURL"), "P-19", "%.60q ends in /v1, which the device appends itself; remove it", text)
	}
}

// tokenPattern is b64token of RFC 6750, section 2.1: what an Authorization header carries without quoting.
var tokenPattern = regexp.MustCompile(`^[A-Za-z0-9._~+/=-]*$`)

// tokenFitsHeader is WS-4: the device sends the token back as "Authorization: ApplePass <token>". The message does not
// show it.
func (c *checker) tokenFitsHeader() {
	if text, ok := c.pass["authenticationToken"].(string); ok && !tokenPattern.MatchString(text) {
		c.findings.Errorf(wallet.PointerTo(Root, "authenticationToken"), "WS-4", "the token has a character that does not fit a header; "+
			"use A-Z a-z 0-9 - . _ ~ + / =")
	}
}

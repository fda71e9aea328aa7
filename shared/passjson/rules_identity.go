package passjson

import (
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// maxSerial is the longest serial number that is safe in a path, in characters.
const maxSerial = 64

// identityRules applies the rules about who a pass is and who sends it.
func (c *checker) identityRules() {
	c.plainSerial()
	c.emptyTexts()
}

// plainSerial is P-21: the serial number becomes a part of the web service's addresses.
func (c *checker) plainSerial() {
	serial, ok := c.pass["serialNumber"].(string)
	if !ok || serial == "" {
		return
	}
	plain := !strings.ContainsFunc(serial, func(r rune) bool {
		letter, digit := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z', '0' <= r && r <= '9'
		return !letter && !digit && !strings.ContainsRune("._-", r)
	})
	if !plain || len(serial) > maxSerial {
		c.findings.Warnf(wallet.PointerTo(Root, "serialNumber"), "P-21", "the serial number is not safe in an address; use at most %d of "+
			"A-Z a-z 0-9 . _ -", maxSerial)
	}
}

// emptyTexts warns of required keys that say nothing.
func (c *checker) emptyTexts() {
	for _, k := range c.table.pass.Keys {
		if text, ok := c.pass[k.Name].(string); ok && text == "" && k.Required == always && k.pattern == nil {
			c.findings.Warnf(wallet.PointerTo(Root, k.Name), "KEY-EMPTY", "%s is empty; fill it", k.Name)
		}
	}
}

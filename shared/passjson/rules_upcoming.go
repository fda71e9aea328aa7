package passjson

import (
	"encoding/hex"
	"strconv"

	"walletpasses.example/server/shared/wallet"
)

const upcoming = "upcomingPassInformation"

// upcomingRules applies the rules about the further events of a ticket.
// https://developer.apple.com/documentation/walletpasses/upcomingpassinformationentry
func (c *checker) upcomingRules() {
	path := wallet.PointerTo(Root, upcoming)
	entries, _ := c.pass[upcoming].([]any)
	first := make(map[string]int, len(entries))
	for i, v := range entries {
		entry, _ := v.(map[string]any)
		at := wallet.PointerTo(path, strconv.Itoa(i))
		if identifier, ok := entry["identifier"].(string); ok {
			if other, twice := first[identifier]; twice {
				c.findings.Errorf(wallet.PointerTo(at, "identifier"), "UPCOMING-IDENTIFIER", "the identifier %.40q is already that of entry %d; "+
					"give each its own", identifier, other)
			} else {
				first[identifier] = i
			}
		}
		images, _ := entry["images"].(map[string]any)
		for _, name := range []string{"headerImage", "venueMap"} {
			c.digests(wallet.PointerTo(wallet.PointerTo(at, "images"), name), images[name])
		}
		if c.findings.full() {
			return
		}
	}
}

// digests checks that each address of a remote image has a SHA-256 beside it: a phone drops an image that does not match.
func (c *checker) digests(path string, v any) {
	image, _ := v.(map[string]any)
	addresses, _ := image["URLs"].([]any)
	for i, v := range addresses {
		address, _ := v.(map[string]any)
		text, ok := address["SHA256"].(string)
		if digest, err := hex.DecodeString(text); ok && (err != nil || len(digest) != 32) {
			at := wallet.PointerTo(wallet.PointerTo(path, "URLs"), strconv.Itoa(i))
			c.findings.Errorf(wallet.PointerTo(at, "SHA256"), "KEY-FORMAT", "%.70q is not a SHA-256 in hexadecimal; write its 64 digits", text)
		}
	}
}

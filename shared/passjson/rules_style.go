package passjson

import (
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

const (
	boardingPass = "boardingPass"
	eventTicket  = "eventTicket"
	transitType  = "transitType"
)

// oneStyle is R3: exactly one classic style. posterGeneric may stand beside one other than boardingPass; alone it is
// legal, but nothing before iOS 27 can install it (STY-2).
func (c *checker) oneStyle(styles []string) {
	classic := slices.DeleteFunc(slices.Clone(styles), func(s string) bool { return s == posterGeneric })
	poster := len(classic) < len(styles)
	switch {
	case len(styles) == 0:
		c.findings.Errorf(Root, "R3", "the pass has no style; add one of %s", strings.Join(c.table.styleNames, ", "))
	case len(classic) == 0:
		c.findings.Warnf(wallet.PointerTo(Root, posterGeneric), "STY-2", "systems before iOS 27 cannot install posterGeneric alone; "+
			"add generic, storeCard, coupon or eventTicket as a fallback")
	case poster && slices.Contains(classic, boardingPass):
		c.findings.Errorf(wallet.PointerTo(Root, posterGeneric), "R3", "posterGeneric cannot stand beside boardingPass; remove one of them")
	}
	for _, extra := range classic[min(1, len(classic)):] {
		c.findings.Errorf(wallet.PointerTo(Root, extra), "R3", "the pass already has the style %s; keep one of them", classic[0])
	}
}

// logoTextInPoster warns of a text that posterGeneric does not draw, and no classic style beside it does.
func (c *checker) logoTextInPoster(styles []string) {
	if _, ok := c.pass["logoText"]; ok && slices.Equal(styles, []string{posterGeneric}) {
		c.findings.Warnf(wallet.PointerTo(Root, "logoText"), "KEY-STYLE", "logoText has no effect in %s; add the image primaryLogo instead",
			posterGeneric)
	}
}

// transitType is R4: boardingPass says how one travels, and no other style does.
func (c *checker) transitType(path, style string, groups map[string]any) {
	_, ok := groups[transitType]
	at := wallet.PointerTo(path, transitType)
	switch {
	case style == boardingPass && groups != nil && !ok:
		c.findings.Errorf(at, "R4", "boardingPass needs a transitType; add one, for example PKTransitTypeAir")
	case style != boardingPass && ok:
		c.findings.Errorf(at, "R4", "transitType belongs to boardingPass alone; remove it from %s", style)
	}
}

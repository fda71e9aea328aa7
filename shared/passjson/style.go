package passjson

import (
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// posterGeneric is the one style that may stand beside another, as its richer drawing (iOS 27).
const posterGeneric = "posterGeneric"

// Style returns the style key that every system draws: boardingPass, coupon, eventTicket, generic or storeCard, or
// posterGeneric where it stands alone. It is false for a pass with no style or several, which rule R3 refuses.
// https://developer.apple.com/documentation/walletpasses/pass
func Style(pass map[string]any) (string, bool) {
	styles := stylesIn(pass)
	if len(styles) > 1 {
		styles = slices.DeleteFunc(styles, func(s string) bool { return s == posterGeneric })
	}
	if len(styles) != 1 {
		return "", false
	}
	return styles[0], true
}

// stylesIn lists the style keys of a pass in the table's order.
func stylesIn(pass map[string]any) []string {
	var styles []string
	for _, name := range passKeys().styleNames {
		if _, ok := pass[name]; ok {
			styles = append(styles, name)
		}
	}
	return styles
}

// schemesIn lists the preferredStyleSchemes of a pass.
func schemesIn(pass map[string]any) []string {
	var schemes []string
	values, _ := pass["preferredStyleSchemes"].([]any)
	for _, v := range values {
		if name, ok := v.(string); ok {
			schemes = append(schemes, name)
		}
	}
	return schemes
}

// styleRules applies the rules about styles: which there are, what they draw and how much of it.
func (c *checker) styleRules() {
	styles, schemes := stylesIn(c.pass), schemesIn(c.pass)
	c.oneStyle(styles)
	c.logoTextInPoster(styles)
	c.keysOfStyle(Root, c.table.pass, c.pass, styles, schemes)
	for _, name := range styles {
		groups, _ := c.pass[name].(map[string]any)
		path := wallet.PointerTo(Root, name)
		c.transitType(path, name, groups)
		c.keysOfStyle(path, c.table.Objects["PassFields"], groups, []string{name}, schemes)
		c.limits(path, name, groups)
	}
}

// keysOfStyle warns of keys that the styles and schemes of the pass do not read. transitType is R4's.
func (c *checker) keysOfStyle(path string, o *object, members map[string]any, styles, schemes []string) {
	if len(styles) == 0 {
		return
	}
	for _, k := range o.Keys {
		if k.Styles == nil || k.Name == transitType {
			continue
		}
		if _, ok := members[k.Name]; !ok || k.readBy(styles, schemes) {
			continue
		}
		c.findings.Warnf(wallet.PointerTo(path, k.Name), "KEY-STYLE", "%s has no effect in %s, only in %s; leave it out",
			k.Name, strings.Join(styles, " with "), strings.Join(k.Styles, " or "))
	}
}

// readBy reports whether any of the styles reads a key that not all of them do. "eventTicket:posterEventTicket" needs the style and the scheme.
func (k *key) readBy(styles, schemes []string) bool {
	return slices.ContainsFunc(k.Styles, func(reader string) bool {
		style, scheme, needsScheme := strings.Cut(reader, ":")
		return slices.Contains(styles, style) && (!needsScheme || slices.Contains(schemes, scheme))
	})
}

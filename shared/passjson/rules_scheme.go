package passjson

import (
	"slices"
	"strconv"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

const (
	posterEventTicket    = "posterEventTicket"
	semanticBoardingPass = "semanticBoardingPass"
	preferredSchemes     = "preferredStyleSchemes"
	semantics            = "semantics"
)

// schemeRules warns where Wallet falls back to a plainer layout than preferredStyleSchemes asks for, and says why.
// https://developer.apple.com/documentation/walletpasses/pass
func (c *checker) schemeRules() {
	schemes := schemesIn(c.pass)
	c.schemeOrder(schemes)
	for _, name := range []string{posterEventTicket, semanticBoardingPass} {
		s := c.table.Schemes[name]
		if _, ok := c.pass[s.Style]; ok && slices.Contains(schemes, name) {
			c.schemeNeeds(name, s)
			c.actionsInScheme(name)
		}
	}
	if slices.Contains(schemes, posterEventTicket) {
		c.eventGuide()
	}
}

// schemeOrder is STY-3: the first scheme that can be drawn wins, the plain style always can, so it comes last.
func (c *checker) schemeOrder(schemes []string) {
	path := wallet.PointerTo(Root, preferredSchemes)
	before := make(map[string]bool)
	for i, name := range schemes {
		style := name // of a plain one
		if s, rich := c.table.Schemes[name]; rich {
			style = s.Style
			if before[style] {
				c.findings.Warnf(wallet.PointerTo(path, strconv.Itoa(i)), "STY-3", "Wallet draws %s, which stands before %s; move it to the end",
					style, name)
			}
		}
		before[name] = true
		if _, known := c.table.Styles[style]; known && c.pass[style] == nil {
			c.findings.Warnf(wallet.PointerTo(path, strconv.Itoa(i)), "STY-3", "Wallet passes over %s, which needs the style %s; add that, or "+
				"remove this", name, style)
		}
	}
	if len(schemes) > 0 && c.table.Schemes[schemes[len(schemes)-1]].Style != "" {
		c.findings.Warnf(path, "STY-3", "the last entry should be the plain style; add %s", c.table.Schemes[schemes[len(schemes)-1]].Style)
	}
}

// schemeNeeds is STY-4: what a richer layout needs. Images are the concern of [ValidateImages].
func (c *checker) schemeNeeds(name string, s scheme) {
	missing := func(path, what string) {
		c.findings.Warnf(path, "STY-4", "without %s Wallet falls back from %s to the layout of %s; add it", what, name, s.Style)
	}
	groups, _ := c.pass[s.Style].(map[string]any)
	if given, ok := groups[transitType]; s.TransitType != "" && ok && given != s.TransitType {
		missing(wallet.PointerTo(wallet.PointerTo(Root, s.Style), transitType), s.TransitType)
	}
	tags, _ := c.pass[semantics].(map[string]any)
	tagsPath := wallet.PointerTo(Root, semantics)
	if c.pass[semantics] == nil {
		missing(tagsPath, "semantics ("+strings.Join(s.RequiredSemantics, ", ")+")")
	} else {
		for _, tag := range s.needs(tags) {
			if !c.table.says("SemanticTags", tags, tag) {
				missing(wallet.PointerTo(tagsPath, tag), tag)
			}
		}
	}
	for _, key := range s.Requires {
		if c.table.pass.byName[key] == nil {
			continue
		}
		if _, ok := c.pass[key]; !ok {
			missing(wallet.PointerTo(Root, key), key)
		}
	}
	if reader, ok := c.pass["nfc"].(map[string]any); ok && name == posterEventTicket && reader["requiresAuthentication"] == nil {
		missing(Root+"/nfc/requiresAuthentication", "requiresAuthentication")
	}
}

// needs lists the tags that a scheme needs for the kind of event that the tags name.
func (s scheme) needs(tags map[string]any) []string {
	switch tags["eventType"] {
	case "PKEventTypeSports":
		return slices.Concat(s.RequiredSemantics, s.RequiredForSports)
	case "PKEventTypeLivePerformance":
		return slices.Concat(s.RequiredSemantics, s.RequiredForLivePerformance)
	default:
		return s.RequiredSemantics
	}
}

// says reports whether an object has a key, by its name or its alias, with something in it: Wallet has no use for an empty text.
func (t *table) says(object string, members map[string]any, name string) bool {
	k := t.Objects[object].byName[name]
	return !isEmpty(members[name]) || k != nil && k.Alias != "" && !isEmpty(members[k.Alias])
}

// isEmpty reports null, which is also what an absent member is, and a text, list or object with nothing in it.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	default:
		return false
	}
}

// actionsInScheme warns that the sources differ on whether the layouts of iOS 18 and 26 draw actions.
func (c *checker) actionsInScheme(name string) {
	if _, ok := c.pass["featuredActions"]; ok {
		c.findings.Warnf(wallet.PointerTo(Root, "featuredActions"), "KEY-STYLE", "featuredActions may not be drawn in %s; do not rely on them", name)
	}
}

// eventGuide warns of a single address: by one of the sources the event guide appears only with two.
func (c *checker) eventGuide() {
	var given []string
	for _, k := range c.table.pass.Keys {
		if _, ok := c.pass[k.Name]; ok && k.Group == "eventGuide" {
			given = append(given, k.Name)
		}
	}
	if len(given) == 1 {
		c.findings.Warnf(wallet.PointerTo(Root, given[0]), "EVENT-GUIDE", "one address may be too few for the event guide to appear; add "+
			"another, such as directionsInformationURL")
	}
}

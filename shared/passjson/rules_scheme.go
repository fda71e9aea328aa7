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

// schemeNeeds is STY-4: what a richer layout needs.
func (c *checker) schemeNeeds(name string, s scheme) {
	for _, m := range c.table.missing(c.pass, name) {
		c.findings.Warnf(m.path, "STY-4", "without %s Wallet falls back from %s to the layout of %s; add it", m.what, name, s.Style)
	}
}

// MeetsScheme reports whether a pass has the style that a richer layout is of, and what it needs besides (STY-4). Images are the
// concern of [ValidateImages].
func MeetsScheme(pass map[string]any, name string) bool {
	s, known := passKeys().Schemes[name]
	return known && pass[s.Style] != nil && len(passKeys().missing(pass, name)) == 0
}

// A need is what a pass lacks for a richer layout, and where it would stand.
type need struct{ path, what string }

// missing lists what a pass of a scheme's style lacks for that scheme.
func (t *table) missing(pass map[string]any, name string) []need {
	s := t.Schemes[name]
	var all []need
	groups, _ := pass[s.Style].(map[string]any)
	if given, ok := groups[transitType]; s.TransitType != "" && ok && given != s.TransitType {
		all = append(all, need{wallet.PointerTo(wallet.PointerTo(Root, s.Style), transitType), s.TransitType})
	}
	all = append(all, t.missingSemantics(pass, s)...)
	for _, key := range s.Requires {
		if t.pass.byName[key] == nil {
			continue
		}
		if _, ok := pass[key]; !ok {
			all = append(all, need{wallet.PointerTo(Root, key), key})
		}
	}
	if reader, ok := pass["nfc"].(map[string]any); ok && name == posterEventTicket && reader["requiresAuthentication"] == nil {
		all = append(all, need{Root + "/nfc/requiresAuthentication", "requiresAuthentication"})
	}
	return all
}

// missingSemantics lists the tags that a pass lacks for a scheme.
func (t *table) missingSemantics(pass map[string]any, s scheme) []need {
	path := wallet.PointerTo(Root, semantics)
	if pass[semantics] == nil {
		return []need{{path, "semantics (" + strings.Join(s.RequiredSemantics, ", ") + ")"}}
	}
	tags, _ := pass[semantics].(map[string]any)
	var all []need
	for _, tag := range s.needs(tags) {
		if !t.says("SemanticTags", tags, tag) {
			all = append(all, need{wallet.PointerTo(path, tag), tag})
		}
	}
	return all
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

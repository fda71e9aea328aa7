package passjson

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// amountPattern is a decimal number, as the amount of a CurrencyAmount is written.
var amountPattern = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// A tagSet is one object of semantic tags, where it stands, and the styles that it speaks to.
type tagSet struct {
	path   string
	styles []string
	tags   map[string]any
}

// semanticRules applies the rules about semantic tags, wherever they stand.
// https://developer.apple.com/documentation/walletpasses/semantictags
func (c *checker) semanticRules(fields []field) {
	for _, set := range c.tagSets(fields) {
		for _, k := range c.table.Objects["SemanticTags"].Keys {
			if v, ok := set.tags[k.Name]; ok {
				c.tag(set, k, v)
			}
		}
		c.inOrder(set.path, set.tags, "eventStartDate", "eventEndDate")
		if c.findings.full() {
			return
		}
	}
}

// tagSets lists the semantics of the pass, of its fields and of its upcoming events.
func (c *checker) tagSets(fields []field) []tagSet {
	var all []tagSet
	add := func(path func() string, styles []string, members map[string]any) {
		if tags, ok := members[semantics].(map[string]any); ok {
			all = append(all, tagSet{wallet.PointerTo(path(), semantics), styles, tags})
		}
	}
	add(func() string { return Root }, stylesIn(c.pass), c.pass)
	for _, f := range fields {
		if !f.has(semantics) {
			continue
		}
		style := f.style
		if style == "" {
			style = eventTicket // upcoming events are its own
		}
		add(f.path, []string{style}, f.content)
	}
	entries, _ := c.pass[upcoming].([]any)
	for i, v := range entries {
		entry, _ := v.(map[string]any)
		add(func() string { return wallet.PointerTo(wallet.PointerTo(Root, upcoming), strconv.Itoa(i)) }, []string{eventTicket}, entry)
	}
	return all
}

// tag checks the value of one tag.
func (c *checker) tag(set tagSet, k *key, v any) {
	at := wallet.PointerTo(set.path, k.Name)
	if !k.tagReadBy(set.styles) {
		c.findings.Warnf(at, "KEY-STYLE", "%s has no effect in %s, only in a pass of this kind: %s; leave it out",
			k.Name, strings.Join(set.styles, " with "), k.AppliesTo)
	}
	switch value := v.(type) {
	case string:
		c.tagText(at, k, value)
	case map[string]any:
		if amount, ok := value["amount"].(string); ok && k.Type == "CurrencyAmount" && !amountPattern.MatchString(amount) {
			c.findings.Errorf(wallet.PointerTo(at, "amount"), "KEY-FORMAT", "%.40q is not a decimal number; write it as 12.50", amount)
		}
	}
}

// tagReadBy reports whether one of the styles has a use for a tag. Nothing is known of the tags of posterGeneric.
func (k *key) tagReadBy(styles []string) bool {
	return len(k.tagStyles) == 0 || len(styles) == 0 || slices.Contains(styles, posterGeneric) ||
		slices.ContainsFunc(styles, func(style string) bool { return slices.Contains(k.tagStyles, style) })
}

// tagText warns of the text of a tag that Wallet would draw twice, or not understand.
func (c *checker) tagText(at string, k *key, text string) {
	if first, _, _ := strings.Cut(text, " "); k.without != "" && strings.EqualFold(first, k.without) {
		c.findings.Warnf(at, "TAG-WORD", "Wallet writes the word %s itself; remove it from %.40q", k.without, text)
	}
	switch {
	case strings.HasSuffix(k.Name, "AirportCode") && !capitals(text, 3):
		c.findings.Warnf(at, "TAG-IATA", "%.40q is not an IATA airport code; write three capitals, such as MUC", text)
	case k.Name == "airlineCode" && (len(text) != 2 || strings.ToUpper(text) != text):
		c.findings.Warnf(at, "TAG-IATA", "%.40q is not an IATA airline code; write two capitals or digits, such as EX", text)
	}
}

func capitals(text string, n int) bool {
	return len(text) == n && !strings.ContainsFunc(text, func(r rune) bool { return r < 'A' || r > 'Z' })
}

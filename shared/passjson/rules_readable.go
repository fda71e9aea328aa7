package passjson

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"walletpasses.example/server/shared/wallet"
)

// maxUnreadable bounds how often it is said that a text is lost: one fault loses many, and their paths may be long.
const maxUnreadable = 20

// readableRule is TEXT-UNREADABLE, for every text of the pass, of keys that nobody knows too: U+FFFD stands where a decoder met
// invalid UTF-8 or half of a surrogate pair. A phone refuses such a pass.json (REJ-3), and to sign one that was decoded and
// written again would hide that text is lost. One that was sent as U+FFFD cannot be told apart, and was lost before.
func (c *checker) readableRule() {
	if !isReadable(c.pass) {
		c.readable(make(pointer, 0, wallet.MaxDepth), c.pass)
	}
}

// isReadable looks at all texts in any order: in nearly every pass there is nothing to be found.
func isReadable(v any) bool {
	switch v := v.(type) {
	case string:
		return !hasUnreadable(v)
	case []any:
		for _, element := range v {
			if !isReadable(element) {
				return false
			}
		}
	case map[string]any:
		for name, member := range v {
			if hasUnreadable(name) || !isReadable(member) {
				return false
			}
		}
	}
	return true
}

// hasUnreadable finds invalid UTF-8 as well.
func hasUnreadable(text string) bool { return strings.ContainsRune(text, utf8.RuneError) }

// readable checks a value, members in the order of their names.
func (c *checker) readable(at pointer, v any) {
	switch v := v.(type) {
	case string:
		c.readableText(at, v)
	case []any:
		for i, element := range v {
			c.readable(at.to(strconv.Itoa(i)), element)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			c.readableText(at.to(name), name)
			c.readable(at.to(name), v[name])
		}
	}
}

// readableText checks one text, which may be the name of a member.
func (c *checker) readableText(at pointer, text string) {
	if c.unreadable < maxUnreadable && hasUnreadable(text) {
		c.unreadable++
		c.findings.Errorf(at.String(), "TEXT-UNREADABLE", "has a character that could not be read (U+FFFD stands for it); send the text "+
			"as UTF-8, and \\u escapes of surrogates in pairs")
	}
}

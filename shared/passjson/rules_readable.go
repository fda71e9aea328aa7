package passjson

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxUnreadable bounds how often it is said that a text is lost: one fault loses many, and their paths may be long.
const maxUnreadable = 20

// readable is TEXT-UNREADABLE, for every text of the pass, of keys that nobody knows too: U+FFFD stands where a decoder met
// invalid UTF-8 or half of a surrogate pair. A phone refuses such a pass.json (REJ-3), and to sign one that was decoded and
// written again would hide that text is lost. One that was sent as U+FFFD cannot be told apart, and was lost before.
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

// readableText checks one text, which may be the name of a member. ContainsRune finds invalid UTF-8 as well.
func (c *checker) readableText(at pointer, text string) {
	if c.unreadable < maxUnreadable && strings.ContainsRune(text, utf8.RuneError) {
		c.unreadable++
		c.findings.Errorf(at.String(), "TEXT-UNREADABLE", "has a character that could not be read (U+FFFD stands for it); send the text "+
			"as UTF-8, and \\u escapes of surrogates in pairs")
	}
}

package passstrings

import (
	"maps"
	"slices"
	"strings"
)

// A Table is a pass.strings file that can be read. It never changes. The zero value is an empty one.
type Table struct {
	text    string            // of the file, comments included, in UTF-8 without byte order mark
	entries map[string]string // unescaped
}

// Lookup returns what a phone shows for a text of pass.json, and whether the table has it.
func (t Table) Lookup(key string) (string, bool) {
	text, ok := t.entries[key]
	return text, ok
}

// Keys returns the keys, unescaped and sorted.
func (t Table) Keys() []string { return slices.Sorted(maps.Keys(t.entries)) }

// Encode returns the file in UTF-8, whatever it was read in.
func (t Table) Encode() []byte { return []byte(t.text) }

// EncodeWith returns the file in UTF-8 with more entries at its end, sorted by key. None of the keys may be in the table.
func (t Table) EncodeWith(more map[string]string) []byte {
	var b strings.Builder
	b.WriteString(t.text)
	if t.text != "" && !strings.HasSuffix(t.text, "\n") {
		b.WriteByte('\n') // the last line may be a comment
	}
	for _, key := range slices.Sorted(maps.Keys(more)) {
		b.WriteString(quote(key) + " = " + quote(more[key]) + ";\n")
	}
	return []byte(b.String())
}

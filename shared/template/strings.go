package template

import (
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// stringsToken is one token of a table: blank or comment, quoted text, or a sign.
var stringsToken = regexp.MustCompile(`^(?:[ \t\r\n]+|//[^\n]*|/\*(?s:.*?)\*/|"((?s:[^"\\]|\\.)*)"|[=;])`)

// stringsEntry has the first character of each token of an entry.
const stringsEntry = `"=";`

// stringsKeys reads a pass.strings table, entries of the form "key" = "value"; with C comments between them, and returns
// its keys as they are written. The encoding is UTF-8, or UTF-16 with a byte order mark.
func stringsKeys(data []byte) ([]string, error) {
	source, err := decodeText(data)
	if err != nil {
		return nil, err
	}
	var keys []string
	seen := make(map[string]bool)
	position := 0 // in stringsEntry
	for rest := source; rest != ""; {
		line := func() int { return 1 + strings.Count(source[:len(source)-len(rest)], "\n") }
		m := stringsToken.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf(`line %d: expected "key" = "value";`, line())
		}
		token := m[0]
		rest = rest[len(token):]
		if strings.Contains(" \t\r\n/", token[:1]) {
			continue
		}
		if token[0] != stringsEntry[position] {
			return nil, fmt.Errorf(`line %d: expected "key" = "value"; and found %.60s`, line(), token)
		}
		if key := m[1]; position == 0 {
			if seen[key] {
				return nil, fmt.Errorf("line %d: the key %q appears twice", line(), key)
			}
			seen[key] = true
			keys = append(keys, key)
		}
		position = (position + 1) % len(stringsEntry)
	}
	if position != 0 {
		return nil, errors.New(`ends within an entry; expected "key" = "value";`)
	}
	return keys, nil
}

// decodeText reads UTF-8 without a byte order mark, or UTF-16 with one (LOC-4).
func decodeText(data []byte) (string, error) {
	var order binary.ByteOrder
	switch s := string(data); {
	case strings.HasPrefix(s, "\xff\xfe"):
		order = binary.LittleEndian
	case strings.HasPrefix(s, "\xfe\xff"):
		order = binary.BigEndian
	case strings.HasPrefix(s, "\xef\xbb\xbf"):
		return "", errors.New("begins with a byte order mark; UTF-8 has none here")
	case !utf8.ValidString(s):
		return "", errors.New("is neither UTF-8 nor UTF-16 with a byte order mark")
	default:
		return s, nil
	}
	if len(data)%2 != 0 {
		return "", errors.New("is cut off: UTF-16 has an even number of bytes")
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 2; i < len(data); i += 2 {
		units = append(units, order.Uint16(data[i:]))
	}
	return string(utf16.Decode(units)), nil
}

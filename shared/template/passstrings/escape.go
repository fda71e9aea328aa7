package passstrings

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escapes are the letters that stand for a control character after a backslash.
var escapes = map[byte]rune{'n': '\n', 'r': '\r', 't': '\t', 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v'}

// unescape reads the escape that s begins with, and returns its length. As on a phone, a backslash before any other
// character stands for that character.
func unescape(s string) (r rune, size int, err error) {
	if len(s) < 2 {
		return 0, 0, errors.New("ends with a backslash")
	}
	c := s[1]
	switch r, ok := escapes[c]; {
	case ok:
		return r, 2, nil
	case c == 'U':
		return unescapeUnicode(s)
	case c == 'u' || c >= '0' && c <= '7':
		return 0, 0, fmt.Errorf(`\%c is not what it looks like here; write the character itself, or \U and four hexadecimal digits`, c)
	}
	r, size = utf8.DecodeRuneInString(s[1:])
	return r, 1 + size, nil
}

// unescapeUnicode reads \U and the four hexadecimal digits of a UTF-16 code unit, or two of them for a surrogate pair.
func unescapeUnicode(s string) (r rune, size int, err error) {
	r, ok := codeUnit(s)
	if !ok {
		return 0, 0, errors.New(`\U needs four hexadecimal digits`)
	}
	if !utf16.IsSurrogate(r) {
		return r, 6, nil
	}
	low, _ := codeUnit(s[6:])
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, 0, fmt.Errorf("%s is half of a character; write the character itself", s[:6])
	}
	return r, 12, nil
}

func codeUnit(s string) (rune, bool) {
	if len(s) < 6 || s[:2] != `\U` {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}

// quote writes text such that Parse reads it back. A byte that is no UTF-8 becomes U+FFFD, as in JSON.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ':
			fmt.Fprintf(&b, `\U%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

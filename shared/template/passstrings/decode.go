package passstrings

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decode reads UTF-8 and UTF-16 of either byte order, with a byte order mark or without. A table begins with a quote, a
// comment or white space, so that without a mark the zero byte beside its first character tells the order.
func decode(data []byte) (string, error) {
	s := string(data)
	switch {
	case strings.HasPrefix(s, "\xff\xfe"):
		return decodeUTF16(data[2:], binary.LittleEndian)
	case strings.HasPrefix(s, "\xfe\xff"):
		return decodeUTF16(data[2:], binary.BigEndian)
	case len(s) > 1 && s[0] != 0 && s[1] == 0:
		return decodeUTF16(data, binary.LittleEndian)
	case len(s) > 1 && s[0] == 0 && s[1] != 0:
		return decodeUTF16(data, binary.BigEndian)
	case !utf8.ValidString(s):
		return "", errors.New("is neither UTF-8 nor UTF-16; save it as UTF-8")
	}
	return strings.TrimPrefix(s, "\ufeff"), nil
}

func decodeUTF16(data []byte, order binary.ByteOrder) (string, error) {
	if len(data)%2 != 0 {
		return "", errors.New("is cut off: UTF-16 has an even number of bytes")
	}
	var b strings.Builder
	b.Grow(len(data))
	for i := 0; i < len(data); i += 2 {
		r := rune(order.Uint16(data[i:]))
		if utf16.IsSurrogate(r) {
			i += 2
			if i == len(data) {
				return "", errors.New("is cut off: UTF-16 ends within a character")
			}
			if r = utf16.DecodeRune(r, rune(order.Uint16(data[i:]))); r == utf8.RuneError {
				return "", errors.New("has half of a character in UTF-16; save it as UTF-8")
			}
		}
		b.WriteRune(r)
	}
	return b.String(), nil
}

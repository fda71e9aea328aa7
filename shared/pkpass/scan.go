package pkpass

import "strings"

// maxNesting is where encoding/json gives up, too.
const maxNesting = 10_000

// scanObject reports whether text is one JSON object (RFC 8259), and calls member with the name and the value of each of its
// members as they are written. It looks at each byte once and allocates nothing: json.Valid alone takes several times as long.
func scanObject(text []byte, member func(name, value []byte)) bool {
	s := scanner{text: text}
	return s.next() == '{' && s.object(1, member) && s.next() == 0 && s.at == len(text)
}

// A scanner is at a place in a JSON text. Its methods move it behind what they are named for, and report whether that was
// there.
type scanner struct {
	text []byte
	at   int
}

// next moves to the next byte that is no white space and returns it, 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.text); s.at++ {
		if c := s.text[s.at]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

func (s *scanner) value(depth int) bool {
	switch s.next() {
	case '{':
		return depth < maxNesting && s.object(depth+1, func(_, _ []byte) {})
	case '[':
		return depth < maxNesting && s.array(depth+1)
	case '"':
		return s.string()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		return s.number()
	}
}

func (s *scanner) object(depth int, member func(name, value []byte)) bool {
	s.at++
	if s.next() == '}' {
		return s.word("}")
	}
	for s.next() == '"' {
		name := s.at
		if !s.string() {
			return false
		}
		nameEnd := s.at
		if s.next() != ':' {
			return false
		}
		s.at++
		s.next()
		value := s.at
		if !s.value(depth) {
			return false
		}
		member(s.text[name:nameEnd], s.text[value:s.at])
		if s.next() != ',' {
			return s.word("}")
		}
		s.at++
	}
	return false
}

func (s *scanner) array(depth int) bool {
	s.at++
	if s.next() == ']' {
		return s.word("]")
	}
	for s.value(depth) {
		if s.next() != ',' {
			return s.word("]")
		}
		s.at++
	}
	return false
}

func (s *scanner) string() bool {
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return true
		case c < ' ':
			return false
		case c == '\\' && !s.escape():
			return false
		}
	}
	return false
}

// escape moves to the last byte of an escape sequence.
func (s *scanner) escape() bool {
	s.at++
	if s.at < len(s.text) && s.text[s.at] != 'u' {
		return strings.IndexByte(`"\/bfnrt`, s.text[s.at]) >= 0
	}
	for range 4 {
		s.at++
		if s.at >= len(s.text) || !isHex(s.text[s.at]) {
			return false
		}
	}
	return true
}

func (s *scanner) number() bool {
	s.word("-")
	if !s.word("0") && !s.digits() {
		return false
	}
	if s.word(".") && !s.digits() {
		return false
	}
	if s.word("e") || s.word("E") {
		_ = s.word("+") || s.word("-")
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	begin := s.at
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > begin
}

func (s *scanner) word(word string) bool {
	if len(s.text)-s.at < len(word) || string(s.text[s.at:s.at+len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

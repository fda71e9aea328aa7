package passstrings

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Parse reads a pass.strings file. The error says in which line it cannot be read, and what is expected there; a phone
// refuses a pass with such a table (REJ-16).
func Parse(data []byte) (Table, error) {
	text, err := decode(data)
	if err != nil {
		return Table{}, err
	}
	p := parser{text: text}
	if i := strings.IndexByte(text, 0); i >= 0 { // as second byte, it would pass for the mark of UTF-16
		p.at = i
		return Table{}, p.errorf(`the character U+0000 stands here; write it as \U0000`)
	}
	entries := make(map[string]string)
	for {
		if err := p.skip(); err != nil {
			return Table{}, err
		}
		if p.at == len(text) {
			return Table{text: text, entries: entries}, nil
		}
		key, value, err := p.entry()
		if err != nil {
			return Table{}, err
		}
		if _, twice := entries[key]; twice {
			return Table{}, p.errorf("the key %.60q appears twice", key)
		}
		entries[key] = value
	}
}

type parser struct {
	text string
	at   int // bytes read
}

// entry reads "key" = "value"; and leaves what follows.
func (p *parser) entry() (key, value string, err error) {
	if key, err = p.quoted(); err != nil {
		return "", "", err
	}
	if err = p.sign('='); err != nil {
		return "", "", err
	}
	if value, err = p.quoted(); err != nil {
		return "", "", err
	}
	return key, value, p.sign(';')
}

// lineEnds are the characters that each end a line for a phone, and with it a comment.
const lineEnds = "\n\r\u2028\u2029"

// firstLine returns what stands before the first end of a line.
func firstLine(text string) string {
	if end := strings.IndexAny(text, lineEnds); end >= 0 {
		return text[:end]
	}
	return text
}

// skip passes over white space and comments.
func (p *parser) skip() error {
	for p.at < len(p.text) {
		rest := p.text[p.at:]
		first, size := utf8.DecodeRuneInString(rest)
		switch {
		case strings.ContainsRune(" \t"+lineEnds, first):
			p.at += size
		case strings.HasPrefix(rest, "//"):
			p.at += len(firstLine(rest))
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return p.errorf("the comment has no end; add */")
			}
			p.at += 2 + end + 2
		default:
			return nil
		}
	}
	return nil
}

func (p *parser) sign(want byte) error {
	if err := p.skip(); err != nil {
		return err
	}
	if p.at == len(p.text) || p.text[p.at] != want {
		return p.unexpected()
	}
	p.at++
	return nil
}

// quoted reads one text in double quotes and unescapes it.
func (p *parser) quoted() (string, error) {
	if err := p.skip(); err != nil {
		return "", err
	}
	if p.at == len(p.text) || p.text[p.at] != '"' {
		return "", p.unexpected()
	}
	var b strings.Builder
	for i := p.at + 1; i < len(p.text); {
		switch c := p.text[i]; c {
		case '"':
			p.at = i + 1
			return b.String(), nil
		case '\\':
			r, size, err := unescape(p.text[i:])
			if err != nil {
				p.at = i
				return "", p.errorf("%v", err)
			}
			b.WriteRune(r)
			i += size
		default:
			b.WriteByte(c)
			i++
		}
	}
	return "", p.errorf(`the text has no end; expected "key" = "value";`)
}

func (p *parser) unexpected() error {
	if p.at == len(p.text) {
		return errors.New(`ends within an entry; expected "key" = "value";`)
	}
	return p.errorf(`expected "key" = "value"; and found %.60s`, firstLine(p.text[p.at:]))
}

func (p *parser) errorf(format string, args ...any) error {
	line := 1
	for _, r := range strings.ReplaceAll(p.text[:p.at], "\r\n", "\n") {
		if strings.ContainsRune(lineEnds, r) {
			line++
		}
	}
	return fmt.Errorf("line %d: %w", line, fmt.Errorf(format, args...))
}

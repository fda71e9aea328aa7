package wallet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A SyntaxError says where a text stops being a JSON object (RFC 8259), and what to do there. It is of kind [ErrInvalid].
type SyntaxError struct {
	Line, Column int // counted from 1, the column in characters
	Problem      string
}

// Error names the place and the problem.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not a JSON object: line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

// Unwrap returns [ErrInvalid].
func (e *SyntaxError) Unwrap() error { return ErrInvalid }

// advice is what to do about an error of encoding/json that has these words.
var advice = []struct{ words, problem string }{
	{"unexpected end", "the text ends here, and something is still open: a bracket, or a quotation mark"},
	{"after object key:value pair", "a comma is missing here, or a closing }"},
	{"after array element", "a comma is missing here, or a closing ]"},
	{"after object key", "a colon is missing here"},
	{"looking for beginning of object key string", `a name in "quotation marks" belongs here; the last member has no comma behind it`},
	{"looking for beginning of value", `a value belongs here: a text in "quotation marks", a number, true, false, null, { or [`},
	{"in string literal", `a line break, a tab or another control character in a text is written as \n, \t or \u00XX; or a quotation mark is missing`},
	{"in string escape code", `a backslash in a text is written as \\`},
	{"after top-level value", "the object has ended before this; nothing may follow it"},
}

// syntaxError makes a SyntaxError of a text that could not be read.
func syntaxError(text []byte, err error) *SyntaxError {
	at, problem := len(text), err.Error()
	if syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(text, new(json.RawMessage))); ok {
		problem = syntax.Error()
		if !strings.Contains(problem, "unexpected end") {
			at = int(syntax.Offset) - 1 // the offset is behind the character that does not belong there
		}
	}
	for _, a := range advice {
		if strings.Contains(problem, a.words) {
			problem = a.problem
			break
		}
	}
	before := text[:max(0, min(at, len(text)))]
	if strings.Contains(problem, "missing here") { // where the last thing ends, which is often a line before the next
		before = bytes.TrimRight(before, " \t\r\n")
	}
	begin := bytes.LastIndexByte(before, '\n') + 1
	return &SyntaxError{Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(before[begin:]) + 1, Problem: problem}
}

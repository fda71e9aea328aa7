package wallet_test

import (
	"errors"
	"strings"
	"testing"

	"walletpasses.example/server/shared/wallet"
)

func TestSyntaxErrorSaysWhereAndWhat(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		line, column int
		problem      string
	}{
		{"nothing", "", 1, 1, "the text ends here"},
		{"cut", "{\n  \"a\": 1", 2, 9, "the text ends here"},
		{"an open text", `{"a": "b`, 1, 9, "a quotation mark"},
		{"a comma missing between lines", "{\n  \"a\": \"é\"\n\n  \"b\": 2\n}", 2, 11, "a comma is missing here, or a closing }"},
		{"a comma missing in a list", "{\"a\": [1\n 2]}", 1, 9, "a comma is missing here, or a closing ]"},
		{"a colon missing", "{\"a\"\n 1}", 1, 5, "a colon"},
		{"a comma too many", "{\n\t\"a\": 1,\n}", 3, 1, "the last member has no comma"},
		{"a comma too many in a list", `{"a": [1,]}`, 1, 10, "a value belongs here"},
		{"a name without quotation marks", `{a: 1}`, 1, 2, "a name in"},
		{"a word", `{"a": yes}`, 1, 7, "a value belongs here"},
		{"half a word", `{"a": tru}`, 1, 10, "expecting 'e'"},
		{"a line break in a text", "{\"a\": \"b\n\"}", 1, 9, "is written as \\n"},
		{"a backslash in a text", `{"a": "\d"}`, 1, 9, `\\`},
		{"text behind it", "{}\n{}", 2, 1, "nothing may follow"},
		{"a list", "\n[1]", 1, 1, "an object, in { and }"},
		{"null", "null", 1, 1, "an object, in { and }"},
	} {
		_, _, err := wallet.DecodeObject([]byte(c.text))
		syntax, ok := errors.AsType[*wallet.SyntaxError](err)
		if !ok || !errors.Is(err, wallet.ErrInvalid) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if syntax.Line != c.line || syntax.Column != c.column || !strings.Contains(syntax.Problem, c.problem) {
			t.Errorf("%s: %v; want line %d, column %d: … %s …", c.name, err, c.line, c.column, c.problem)
		}
	}
}

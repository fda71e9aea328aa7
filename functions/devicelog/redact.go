package devicelog

import (
	"strings"
	"unicode"
)

// redact takes out what should not be kept, and cuts what remains. (Regular expressions would say the same in six lines, and
// take ten times as long as all the rest of an answer.)
func redact(line string) string {
	if !printable(line) {
		line = strings.Map(withoutControl, strings.ToValidUTF8(line, ""))
	}
	for _, secret := range secrets {
		line = takeOut(line, secret)
	}
	if len(line) > maxLine {
		line = strings.ToValidUTF8(line[:maxLine], "") // not in the middle of a character
	}
	return line
}

// printable tells the lines of nearly all devices, in which there is nothing but ASCII that prints.
func printable(line string) bool {
	for i := range len(line) {
		if line[i] < ' ' || line[i] > '~' {
			return false
		}
	}
	return true
}

func withoutControl(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// A find looks for something in a line, from a place on, and returns where the first one begins and ends.
type find func(line string, at int) (from, to int, ok bool)

// takeOut replaces all that is found.
func takeOut(line string, secret find) string {
	var kept strings.Builder
	at := 0
	for {
		from, to, ok := secret(line, at)
		if !ok {
			break
		}
		kept.WriteString(line[at:from])
		kept.WriteString("…")
		at = to
	}
	if at == 0 {
		return line
	}
	kept.WriteString(line[at:])
	return kept.String()
}

// secrets are what is taken out of a line, in this order.
var secrets = []find{
	behind("applepass", " "),
	behind("token", " "),
	behind("serial number", " ,;)"),
	pathBehindItsFirstWords,
	groupedToken,
	longWord,
}

// behind finds what follows a word, in any case of its letters, and spaces. It goes up to one of some marks.
func behind(word, marks string) find {
	first, last := word[0], word[len(word)-1]
	return func(line string, at int) (from, to int, ok bool) {
		for ; at+len(word) < len(line); at++ {
			if line[at]|0x20 != first || line[at+len(word)-1]|0x20 != last || !strings.EqualFold(line[at:at+len(word)], word) {
				continue
			}
			from = at + len(word)
			for from < len(line) && line[from] == ' ' {
				from++
			}
			if from == at+len(word) {
				continue
			}
			if to = end(line, from, marks); to > from {
				return from, to, true
			}
		}
		return 0, 0, false
	}
}

// pathBehindItsFirstWords finds what a path of the web service has behind its first words: a device identifier, a serial number or
// the token of an install link.
func pathBehindItsFirstWords(line string, at int) (from, to int, ok bool) {
	for ; at < len(line); at++ {
		if line[at] != '/' {
			continue
		}
		rest, isPath := strings.CutPrefix(line[at:], "/install/")
		if !isPath {
			rest, isPath = cutService(line[at:])
		}
		if isPath {
			from = len(line) - len(rest)
			return from, end(line, from, " "), true
		}
	}
	return 0, 0, false
}

// cutService cuts /v1/devices/ or /v1/passes/.
func cutService(path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, "/v1/")
	if !ok {
		return path, false
	}
	rest = strings.TrimLeft(rest, "/")
	if devices, ok := strings.CutPrefix(rest, "devices/"); ok {
		return devices, true
	}
	return strings.CutPrefix(rest, "passes/")
}

// groupedToken finds a push token as it used to be printed, <0f744707 bebcf74f …>: two or more words of eight hexadecimal digits.
func groupedToken(line string, at int) (from, to int, ok bool) {
	for from = at; from < len(line); from++ {
		if !isHex(line[from]) || from > 0 && isWord(line[from-1]) {
			continue
		}
		if to = groupsEnd(line, from); to > from+8 {
			return from, to, true
		}
	}
	return 0, 0, false
}

// groupsEnd returns where the groups end that begin at a place, one space between two.
func groupsEnd(line string, at int) int {
	to := at
	for len(line) >= at+8 && allHex(line[at:at+8]) {
		to = at + 8
		if to == len(line) || line[to] != ' ' {
			break
		}
		at = to + 1
	}
	return to
}

// longWord finds what is long and has no space: it can be a token, an identifier or a serial number.
func longWord(line string, at int) (from, to int, ok bool) {
	from = at
	for to = at; to < len(line); to++ {
		switch c := line[to]; {
		case isWord(c), c == '.', c == '~', c == '+', c == '=', c == '-':
			continue
		}
		if to-from >= 20 {
			return from, to, true
		}
		from = to + 1
	}
	return from, to, to-from >= 20
}

// end returns where the first of some marks is, from a place on, or the line ends.
func end(line string, at int, marks string) int {
	if n := strings.IndexAny(line[at:], marks); n >= 0 {
		return at + n
	}
	return len(line)
}

func allHex(s string) bool {
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

// isWord tells what a regular expression calls a word character.
func isWord(c byte) bool { return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }

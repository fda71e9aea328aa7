package preview

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bytes of a text that are drawn. More would be cut off by the edge of the card, or read by nobody.
const (
	maxLabel = 60
	maxValue = 120
	maxLine  = 200 // of a name
	maxBack  = 8 << 10
)

// line makes a text of one line: what a card's front shows of it. Spaces that do not break, as in amounts, stay.
func line(text string, most int) string {
	words := strings.FieldsFunc(lines(text, most), func(r rune) bool { return r == ' ' || r == '\n' })
	return strings.Join(words, " ")
}

// lines makes a text that cannot disturb what stands around it: without control characters other than line breaks, without
// characters that turn the direction of the text or have no width, and of at most so many bytes.
func lines(text string, most int) string {
	whole := len(text) <= 4*most
	if !whole {
		text = text[:4*most] // so that a long text is not read to its end
	}
	text = strings.Map(drawn, strings.ToValidUTF8(text, "\ufffd"))
	if len(text) <= most && whole {
		return text
	}
	end := min(most, len(text))
	for end > 0 && end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// drawn is the character that stands for r on a card, or -1. Joiners stay: Persian, Hindi and emoji are written with them.
func drawn(r rune) rune {
	switch {
	case r == '\t' || r == '\u2028' || r == '\u2029':
		return ' '
	case r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0:
		return -1
	case r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069': // embeddings, overrides, isolates
		return -1
	case r == '\u200b' || r == '\u2060' || r == '\ufeff' || r == '\u00ad':
		return -1
	default:
		return r
	}
}

// An allowance is how many bytes of HTML the texts of a card's back may still take.
type allowance int

// take returns as much of a text as there is room for.
func (a *allowance) take(text string) string {
	for i, r := range text {
		if *a -= allowance(escapedLength(r)); *a < 0 {
			*a = 0
			return text[:i] + "…"
		}
	}
	return text
}

// spend reports whether there is room for a whole text, and takes it.
func (a *allowance) spend(text string) bool {
	for _, r := range text {
		*a -= allowance(escapedLength(r))
	}
	return *a >= 0
}

// escapedLength is the length of a character in HTML: at most that of "&#34;" where it has a meaning there.
func escapedLength(r rune) int {
	if strings.ContainsRune("\"&'+<>\x00", r) {
		return len("&#34;")
	}
	return utf8.RuneLen(r)
}

// width estimates the width of a text in ems, by the shapes of its letters: a browser has no way to shrink a text until it fits.
// It is rather too much than too little, since every system has its own font.
func width(text string) float64 {
	total := 0.0
	for _, r := range text {
		switch {
		case strings.ContainsRune("iljI.,:;'|!·() ", r):
			total += 0.34
		case strings.ContainsRune("mwMW%@", r):
			total += 0.92
		case r >= 0x1100: // ideographs, kana, Hangul, emoji
			total++
		case unicode.IsUpper(r) || r == '&':
			total += 0.72
		case unicode.IsDigit(r):
			total += 0.63
		default:
			total += 0.57
		}
	}
	return total
}

// labelWidth estimates the width of a label, which is drawn in bold capitals, spaced.
func labelWidth(label string) float64 {
	return width(strings.ToUpper(label)) + 0.06*float64(utf8.RuneCountInString(label))
}

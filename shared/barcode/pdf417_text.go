package barcode

import "strings"

// A submode is one of the four alphabets of text, where a character is its place. What is no character of it is one to thirty.
type submode string

// The alphabets of text (ISO/IEC 15438, table 5). Places 25 to 29 are latches and shifts, as far as no character stands there.
const (
	upper submode = "ABCDEFGHIJKLMNOPQRSTUVWXYZ "
	lower submode = "abcdefghijklmnopqrstuvwxyz "
	mixed submode = "0123456789&\r\t,:#-.$/+%*=^\x00 "
	marks submode = ";<>@[\\]_`~!\r\t,:\n-.$/\"|*()?{}'"
)

const (
	mixedToMarks = 25
	toLower      = 27 // from upper and mixed
	shiftToUpper = 27 // from lower, for one character
	toMixed      = 28 // from upper and lower
	mixedToUpper = 28
	shiftToMarks = 29 // from all but marks, for one character
	marksToUpper = 29
)

func (m submode) place(c byte) int { return strings.IndexByte(string(m), c) }

// textWords writes characters of text in pairs of places. Every run starts with capital letters.
func textWords(text string) []int {
	places := textPlaces(text)
	if len(places)%2 != 0 {
		places = append(places, shiftToMarks) // with nothing after it
	}
	words := make([]int, len(places)/2)
	for i := range words {
		words[i] = 30*places[2*i] + places[2*i+1]
	}
	return words
}

func textPlaces(text string) []int {
	var places []int
	mode := upper
	for text != "" {
		if place := mode.place(text[0]); place >= 0 {
			places = append(places, place)
			text = text[1:]
		} else if next, latch, ok := mode.latch(text); ok {
			places = append(places, latch)
			mode = next
		} else {
			places = append(places, mode.shift(text[0])...)
			text = text[1:]
		}
	}
	return places
}

// latch returns a change to another alphabet that pays, for the first character of a text that this one has not.
func (m submode) latch(text string) (next submode, place int, ok bool) {
	has := func(other submode) bool { return other.place(text[0]) >= 0 }
	switch {
	case m == marks:
		return upper, marksToUpper, true
	case m == mixed && has(upper):
		return upper, mixedToUpper, true
	case m != lower && has(lower):
		return lower, toLower, true
	case m != mixed && has(mixed):
		return mixed, toMixed, true
	case m == mixed && len(text) > 1 && marks.place(text[1]) >= 0:
		return marks, mixedToMarks, true
	default:
		return m, 0, false
	}
}

// shift writes one character of another alphabet.
func (m submode) shift(c byte) []int {
	if m == lower && upper.place(c) >= 0 {
		return []int{shiftToUpper, upper.place(c)}
	}
	return []int{shiftToMarks, marks.place(c)}
}

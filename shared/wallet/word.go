package wallet

import (
	"strconv"
	"strings"
)

// word reports that s has 1 to most bytes and is made of ASCII letters, digits and the given marks. (Regular expressions
// would say the same, and are a good part of a function's start to compile.)
func word(s string, most int, marks string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		digit := '0' <= c && c <= '9'
		if !letter && !digit && strings.IndexByte(marks, c) < 0 {
			return false
		}
	}
	return 0 < len(s) && len(s) <= most
}

// number reads what [strconv.FormatInt] writes of a number that is not negative and has at most so many digits.
func number(s string, digits int) (n int64, ok bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0 && len(s) <= digits && strconv.FormatInt(n, 10) == s
}

package main

import (
	"fmt"
	"strings"
	"unicode"
)

// printable replaces what a terminal would obey, since what is printed comes from files of unknown origin.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '�'
	}, text)
}

// plural is "1 error", "2 errors".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

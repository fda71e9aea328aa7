package barcode

import (
	"math/big"
	"strings"
)

// The codewords that begin a run of one kind of data. A symbol begins with text.
const (
	latchText      = 900
	latchBytes     = 901
	latchDigits    = 902
	latchSixBytes  = 924 // bytes whose number six divides
	fewestDigits   = 13  // that are shorter as a number
	fewestLetters  = 5   // that are shorter as text than as bytes
	digitsInNumber = 44  // at most
)

// pdf417Data writes bytes as codewords: in runs of digits, of text and of others.
func pdf417Data(data string) []int {
	var words []int
	for rest := data; rest != ""; {
		digits, letters := digitRun(rest), textRun(rest)
		switch {
		case digits >= fewestDigits:
			words = append(append(words, latchDigits), digitWords(rest[:digits])...)
			rest = rest[digits:]
		case letters >= fewestLetters || letters == len(rest):
			if words != nil {
				words = append(words, latchText)
			}
			words = append(words, textWords(rest[:letters])...)
			rest = rest[letters:]
		default:
			others := byteRun(rest)
			latch := latchBytes
			if others%6 == 0 {
				latch = latchSixBytes
			}
			words = append(append(words, latch), byteWords(rest[:others])...)
			rest = rest[others:]
		}
	}
	return words
}

// digitRun is how many digits come first.
func digitRun(data string) int { return len(data) - len(strings.TrimLeft(data, "0123456789")) }

// textRun is how many characters of text come first, up to digits that are shorter as a number.
func textRun(data string) int {
	for i := range len(data) {
		if c := data[i]; c != '\t' && c != '\n' && c != '\r' && (c < ' ' || c > '~') || isLongNumber(data[i:]) {
			return i
		}
	}
	return len(data)
}

// byteRun is how many bytes come before the next run that is shorter in another way.
func byteRun(data string) int {
	for i := 1; i < len(data); i++ {
		if isLongNumber(data[i:]) || textRun(data[i:min(i+fewestLetters, len(data))]) == fewestLetters {
			return i
		}
	}
	return len(data)
}

func isLongNumber(data string) bool {
	return len(data) >= fewestDigits && digitRun(data[:fewestDigits]) == fewestDigits
}

// digitWords writes up to 44 digits with a 1 before them as a number of base 900.
func digitWords(digits string) []int {
	var words []int
	for digits != "" {
		n := min(digitsInNumber, len(digits))
		number, _ := new(big.Int).SetString("1"+digits[:n], 10)
		words = append(words, base900(number)...)
		digits = digits[n:]
	}
	return words
}

func base900(number *big.Int) []int {
	if number.Sign() == 0 {
		return nil
	}
	rest, last := new(big.Int).DivMod(number, big.NewInt(900), new(big.Int))
	return append(base900(rest), int(last.Int64()))
}

// byteWords writes six bytes as five codewords of base 900, and what is left as it is.
func byteWords(data string) []int {
	var words []int
	for ; len(data) >= 6; data = data[6:] {
		number := 0
		for i := range 6 {
			number = number<<8 | int(data[i])
		}
		five := make([]int, 5)
		for i := range five {
			five[4-i] = number % 900
			number /= 900
		}
		words = append(words, five...)
	}
	for i := range len(data) {
		words = append(words, int(data[i]))
	}
	return words
}

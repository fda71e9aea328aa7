package barcode

import (
	"math/big"
	"slices"
	"strings"
	"testing"
)

// The example of ISO/IEC 15438: the letters PDF417 with error correction of level 1.
func TestPDF417Example(t *testing.T) {
	data := pdf417Data("PDF417")
	if want := []int{453, 178, 121, 239}; !slices.Equal(data, want) {
		t.Errorf("the data is %v, want %v", data, want)
	}
	if got, want := pdf417CheckWords(append([]int{5}, data...), 4), []int{452, 327, 657, 619}; !slices.Equal(got, want) {
		t.Errorf("the check words are %v, want %v", got, want)
	}
}

// The levels that annex E of the standard recommends.
func TestPDF417Level(t *testing.T) {
	for codewords, want := range map[int]int{1: 2, 40: 2, 41: 3, 160: 3, 161: 4, 320: 4, 321: 5, 863: 5} {
		if got := pdf417Level(codewords); got != want {
			t.Errorf("%d codewords have level %d, want %d", codewords, got, want)
		}
	}
}

// Whatever the length: the shape is allowed, the first codeword tells what is data, and the codewords are a multiple of the generator.
func TestPDF417Symbols(t *testing.T) {
	for length := 1; length < 1100; length += 7 {
		data := pdf417Data(strings.Repeat("é", length/2) + "x")
		for level := range 6 {
			s, ok := newPDF417(data, level)
			if !ok {
				continue
			}
			if n := s.columns * s.rows; n != len(s.codewords) || n > 928 || s.rows < 3 || s.rows > 90 || s.columns > 30 || s.codewords[0] != n-2<<level {
				t.Fatalf("%d×%d for %d codewords, of which %d are data", s.columns, s.rows, len(s.codewords), s.codewords[0])
			}
			if !slices.Equal(s.codewords[1:1+len(data)], data) {
				t.Fatal("the data is not in the symbol")
			}
			root := 1
			for range 2 << level {
				root = root * 3 % 929
				sum := 0
				for _, word := range s.codewords {
					sum = (sum*root + word) % 929
				}
				if sum != 0 {
					t.Fatalf("%d codewords at level %d: %d is no root", len(s.codewords), level, root)
				}
			}
		}
	}
}

// Each of the three kinds of row tells a part of the shape on the left, and another on the right.
func TestPDF417Indicators(t *testing.T) {
	s := pdf417{columns: 4, rows: 14, level: 3}
	for row, want := range [][2]int{{4, 3}, {3*3 + 1, 4}, {3, 3*3 + 1}, {30 + 4, 30 + 3}, {30 + 10, 30 + 4}} {
		if left, right := s.indicators(row); left != want[0] || right != want[1] {
			t.Errorf("row %d has %d and %d, want %v", row, left, right, want)
		}
	}
}

// In a symbol, the bars of a codeword in one row are never those of another codeword.
func TestPDF417Patterns(t *testing.T) {
	for cluster := range pdf417Patterns {
		for word, pattern := range pdf417Patterns[cluster] {
			var widths []int // of bars and spaces in turn
			for bit, last := 16, uint32(0); bit >= 0; bit-- {
				if color := pattern >> bit & 1; color != last {
					widths, last = append(widths, 0), color
				}
				widths[len(widths)-1]++
			}
			if len(widths) != 8 || slices.Max(widths) > 6 || (widths[0]-widths[2]+widths[4]-widths[6]+9)%9 != 3*cluster {
				t.Errorf("codeword %d of cluster %d has the widths %v", word, 3*cluster, widths)
			}
		}
		if sorted := slices.Sorted(slices.Values(pdf417Patterns[cluster][:])); len(slices.Compact(sorted)) != 929 {
			t.Errorf("cluster %d has a pattern twice", 3*cluster)
		}
	}
}

func FuzzPDF417Data(f *testing.F) {
	for _, data := range []string{"PDF417", "a", "1234567890123", strings.Repeat("9", 100), "Größe 42 €", "a;b;;c1A!é!\x00abcde", "\xff\xfe123456",
		"AAbbCC11;;22dd!é;x", "12345678901234é1234567890123abcde"} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if len(data) > 3000 {
			return
		}
		words := pdf417Data(data)
		for _, word := range words {
			if word < 0 || word > 928 {
				t.Fatalf("%q has the codeword %d", data, word)
			}
		}
		if got := readPDF417(words); got != data {
			t.Errorf("%q reads as %q", data, got)
		}
	})
}

// readPDF417 reads codewords as a scanner does.
func readPDF417(words []int) string {
	var text strings.Builder
	for latch := latchText; len(words) > 0; {
		end := slices.IndexFunc(words, func(word int) bool { return word >= latchText })
		if end < 0 {
			end = len(words)
		}
		switch latch {
		case latchText:
			readText(&text, words[:end])
		case latchDigits:
			for chunk := range slices.Chunk(words[:end], 15) {
				text.WriteString(fromBase900(chunk).String()[1:])
			}
		default:
			readBytes(&text, words[:end], latch)
		}
		if words = words[end:]; len(words) > 0 {
			latch, words = words[0], words[1:]
		}
	}
	return text.String()
}

func fromBase900(words []int) *big.Int {
	number := new(big.Int)
	for _, word := range words {
		number.Add(number.Mul(number, big.NewInt(900)), big.NewInt(int64(word)))
	}
	return number
}

func readBytes(text *strings.Builder, words []int, latch int) {
	for len(words) > 5 || len(words) == 5 && latch == latchSixBytes {
		six := make([]byte, 6)
		text.Write(fromBase900(words[:5]).FillBytes(six))
		words = words[5:]
	}
	for _, word := range words {
		text.WriteByte(byte(word))
	}
}

func readText(text *strings.Builder, words []int) {
	var places []int
	for _, word := range words {
		places = append(places, word/30, word%30)
	}
	mode := upper
	for i := 0; i < len(places); i++ {
		place := places[i]
		switch {
		case mode == marks && place == marksToUpper:
			mode = upper
		case mode == mixed && place == mixedToMarks:
			mode = marks
		case mode == lower && place == shiftToUpper && i+1 < len(places):
			i++
			text.WriteByte(upper[places[i]])
		case mode != lower && mode != marks && place == toLower:
			mode = lower
		case mode == mixed && place == mixedToUpper:
			mode = upper
		case mode != mixed && mode != marks && place == toMixed:
			mode = mixed
		case mode != marks && place == shiftToMarks:
			if i++; i < len(places) {
				text.WriteByte(marks[places[i]])
			}
		default:
			text.WriteByte(mode[place])
		}
	}
}

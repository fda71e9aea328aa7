package barcode

import (
	"math"
	"slices"
)

// PDF417 is written here and not with boombuler/barcode: version 1.1.0 tells the number of rows wrongly unless three divides it,
// and shifts to a single byte in a way that readers take for another text. https://www.iso.org/standard/65502.html (ISO/IEC 15438)

const (
	pdf417Codewords  = 929 // the codewords are 0 to 928
	pdf417Most       = 928 // codewords of a symbol
	pdf417MaxColumns = 30
	pdf417MinRows    = 3
	pdf417MaxRows    = 90
	pdf417RowHeight  = 3 // modules, as the standard recommends
	pdf417Padding    = 900
)

// pdf417Ratio is how many times as wide as high a symbol is at best, which is about the room that a pass has for one.
const pdf417Ratio = 3.0

// A pdf417 is a symbol's shape and its codewords, row by row.
type pdf417 struct {
	columns, rows, level int
	codewords            []int
}

// drawPDF417 draws with as much error correction as the standard recommends for that many codewords, or as there is room for.
func drawPDF417(text string) (Symbol, error) {
	data := pdf417Data(text)
	for level := pdf417Level(len(data)); level >= 0; level-- {
		if s, ok := newPDF417(data, level); ok {
			return s.symbol(), nil
		}
	}
	return Symbol{}, errTooLong
}

// pdf417Level is the recommended level of error correction, by codewords of data (annex E).
func pdf417Level(codewords int) int {
	switch {
	case codewords <= 40:
		return 2
	case codewords <= 160:
		return 3
	case codewords <= 320:
		return 4
	default:
		return 5
	}
}

// newPDF417 lays data out with the error correction of a level: the number of codewords without the check words, the data,
// padding, check words. It reports false when no shape has room.
func newPDF417(data []int, level int) (pdf417, bool) {
	checkWords := 2 << level
	columns, rows := pdf417Shape(1 + len(data) + checkWords)
	if columns == 0 {
		return pdf417{}, false
	}
	length := columns*rows - checkWords
	codewords := append([]int{length}, data...)
	for len(codewords) < length {
		codewords = append(codewords, pdf417Padding)
	}
	return pdf417{columns, rows, level, append(codewords, pdf417CheckWords(codewords, checkWords)...)}, true
}

// pdf417Shape returns the shape for this many codewords that is closest to the best ratio; no columns when there is none.
func pdf417Shape(codewords int) (columns, rows int) {
	best := math.Inf(1)
	for c := 1; c <= pdf417MaxColumns; c++ {
		r := max(pdf417MinRows, (codewords+c-1)/c)
		if r > pdf417MaxRows || c*r > pdf417Most {
			continue
		}
		ratio := float64(17*c+69) / float64(pdf417RowHeight*r)
		if distance := math.Abs(math.Log(ratio / pdf417Ratio)); distance < best {
			best, columns, rows = distance, c, r
		}
	}
	return columns, rows
}

// pdf417CheckWords are the remainder, negated, of the data as a polynomial over the integers modulo 929, divided by the one whose
// roots are the first powers of three.
func pdf417CheckWords(data []int, count int) []int {
	generator := []int{1} // the highest power first
	for root := 3; len(generator) <= count; root = root * 3 % pdf417Codewords {
		product := append(slices.Clone(generator), 0)
		for i, coefficient := range generator {
			product[i+1] = (product[i+1] + coefficient*(pdf417Codewords-root)) % pdf417Codewords
		}
		generator = product
	}
	remainder := make([]int, count)
	for _, word := range data {
		factor := (word + remainder[0]) % pdf417Codewords
		remainder = append(remainder[1:], 0)
		for i := range remainder {
			remainder[i] = (remainder[i] + (pdf417Codewords-generator[i+1])*factor) % pdf417Codewords
		}
	}
	for i, word := range remainder {
		remainder[i] = (pdf417Codewords - word) % pdf417Codewords
	}
	return remainder
}

// symbol draws each row between a start and a stop pattern, and between two indicators that tell a scanner where it is.
func (p pdf417) symbol() Symbol {
	const start, stop, width = 0x1fea8, 0x3fa29, 17
	s := Symbol{rowHeight: pdf417RowHeight, quiet: margin(2)}
	for row := range p.rows {
		patterns := &pdf417Patterns[row%3]
		left, right := p.indicators(row)
		modules := appendModules(nil, start, width)
		modules = appendModules(modules, patterns[left], width)
		for _, word := range p.codewords[row*p.columns : (row+1)*p.columns] {
			modules = appendModules(modules, patterns[word], width)
		}
		modules = appendModules(modules, patterns[right], width)
		s.rows = append(s.rows, appendModules(modules, stop, width+1))
	}
	return s
}

// indicators are the first and the last codeword of a row. They tell the number of rows and columns and the level, each row a part.
func (p pdf417) indicators(row int) (left, right int) {
	parts := [3]int{(p.rows - 1) / 3, 3*p.level + (p.rows-1)%3, p.columns - 1}
	base := row / 3 * 30
	return base + parts[row%3], base + parts[(row+2)%3]
}

// appendModules appends the lowest bits of a pattern, the highest of them first.
func appendModules(modules []bool, pattern uint32, width int) []bool {
	for bit := width - 1; bit >= 0; bit-- {
		modules = append(modules, pattern>>bit&1 == 1)
	}
	return modules
}

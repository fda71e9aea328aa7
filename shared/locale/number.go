package locale

import (
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Number writes a number in one of Apple's styles: PKNumberStyleDecimal with group separators and at most three digits after the
// decimal separator, PKNumberStylePercent as a hundredfold without any, PKNumberStyleScientific. PKNumberStyleSpellOut is
// written as a decimal. Without a style a number has all its digits and nothing between them, as numbers that count nothing do.
func (l Locale) Number(v float64, style string) string {
	known := l.table()
	switch style {
	case "PKNumberStyleDecimal", "PKNumberStyleSpellOut":
		return known.signed(v, known.grouped(v, 3, known.decimal, known.group))
	case "PKNumberStylePercent":
		return strings.Replace(known.percent, "{0}", known.signed(v, known.grouped(v*100, 0, known.decimal, known.group)), 1)
	case "PKNumberStyleScientific":
		return known.signed(v, known.scientific(v))
	default:
		plain := strconv.FormatFloat(math.Abs(v), 'f', -1, 64)
		return known.signed(v, strings.Replace(plain, ".", known.decimal, 1))
	}
}

// Currency writes an amount of a currency, with as many digits as the currency has. The code is one of ISO 4217; another is
// written as it is.
func (l Locale) Currency(amount float64, code string) string {
	known := l.table()
	places := currencyDigits(code)
	number := known.fixed(amount, places, known.currencyDecimal, known.currencyGroup)
	pattern := known.currency
	if amount < 0 && strings.ContainsAny(number, "123456789") {
		pattern = known.negativeCurrency
	}
	return known.withSign(pattern, number, known.sign(code))
}

// signed puts the minus in front of a number's digits; there is none for zeros.
func (known *table) signed(v float64, number string) string {
	if v < 0 && strings.ContainsAny(number, "123456789∞") {
		return known.minus + number
	}
	return number
}

// fixed writes a number without its sign, with this many digits after the decimal separator.
func (known *table) fixed(v float64, places int, decimal, group string) string {
	if math.IsInf(v, 0) {
		return "∞"
	}
	whole, fraction, hasFraction := strings.Cut(strconv.FormatFloat(math.Abs(v), 'f', places, 64), ".")
	number := known.separate(whole, group)
	if hasFraction {
		number += decimal + fraction
	}
	return number
}

// grouped is fixed without zeros at the end.
func (known *table) grouped(v float64, places int, decimal, group string) string {
	number := known.fixed(v, places, decimal, group)
	if !strings.Contains(number, decimal) || places == 0 {
		return number
	}
	return strings.TrimSuffix(strings.TrimRight(number, "0"), decimal)
}

// separate puts group separators between digits, from the end: three digits, then as many as the language takes together.
func (known *table) separate(digits, group string) string {
	if len(digits) < 3+known.minimumGrouping {
		return digits
	}
	end := len(digits) - 3
	number := digits[end:]
	for end > 0 {
		start := max(0, end-known.secondaryGroup)
		number = digits[start:end] + group + number
		end = start
	}
	return number
}

// scientific writes a number without its sign as, for example, "1.25E3".
func (known *table) scientific(v float64) string {
	mantissa, exponent, ok := strings.Cut(strconv.FormatFloat(math.Abs(v), 'e', -1, 64), "e")
	if !ok {
		return known.fixed(v, 0, known.decimal, known.group)
	}
	power, _ := strconv.Atoi(exponent)
	return strings.Replace(mantissa, ".", known.decimal, 1) + known.exponent + strings.Replace(strconv.Itoa(power), "-", known.minus, 1)
}

// sign is how a currency is written.
func (known *table) sign(code string) string {
	i := sort.Search(len(known.signs), func(i int) bool { return known.signs[i].code >= code })
	if i < len(known.signs) && known.signs[i].code == code {
		return known.signs[i].text
	}
	return code
}

// withSign fills a pattern such as "¤{0}". A sign that ends in a letter is kept off the digits behind it by a space; where the
// sign is last, every pattern has one.
// https://www.unicode.org/reports/tr35/tr35-numbers.html#Currencies
func (known *table) withSign(pattern, number, sign string) string {
	const space = "\u00a0"
	if last, _ := utf8.DecodeLastRuneInString(sign); isLetter(last) {
		pattern = strings.Replace(pattern, "¤{0}", "¤"+space+"{0}", 1)
	}
	return strings.NewReplacer("{0}", number, "¤", sign).Replace(pattern)
}

// isLetter reports a character that is neither a symbol nor a space.
func isLetter(r rune) bool { return !unicode.IsSymbol(r) && !unicode.In(r, unicode.Z) }

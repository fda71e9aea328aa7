package locale

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// lengths are Apple's styles with a place in the patterns of a [table].
// https://developer.apple.com/documentation/walletpasses/passfieldcontent
var lengths = map[string]int{"PKDateStyleShort": 0, "PKDateStyleMedium": 1, "PKDateStyleLong": 2, "PKDateStyleFull": 3}

// Date writes a time in its own location. The styles are Apple's for dates, which hold for the time of day too. With
// PKDateStyleNone, or what is no style, that part is left out. The time zone of long and full times is its distance from UTC.
func (l Locale) Date(t time.Time, dateStyle, timeStyle string) string {
	known := l.table()
	length, hasDate := lengths[dateStyle]
	timeLength, hasTime := lengths[timeStyle]
	switch {
	case hasDate && hasTime:
		date, clock := known.format(t, known.dates[length]), known.format(t, known.times[timeLength])
		return join(known.joins[length], date, clock)
	case hasDate:
		return known.format(t, known.dates[length])
	case hasTime:
		return known.format(t, known.times[timeLength])
	default:
		return ""
	}
}

// join fills a pattern such as "{1} 'at' {0}".
func join(pattern, date, clock string) string {
	return strings.NewReplacer("'", "", "{1}", date, "{0}", clock).Replace(pattern)
}

// format fills a pattern of CLDR: runs of one letter stand for a part of the time, what is in single quotes for itself.
func (known *table) format(t time.Time, pattern string) string {
	var text strings.Builder
	for pattern != "" {
		if quoted, ok := strings.CutPrefix(pattern, "'"); ok {
			literal, rest, _ := strings.Cut(quoted, "'")
			text.WriteString(literal)
			pattern = rest
			continue
		}
		first, size := utf8.DecodeRuneInString(pattern)
		run := size + len(pattern[size:]) - len(strings.TrimLeft(pattern[size:], string(first)))
		text.WriteString(known.part(t, pattern[:run]))
		pattern = pattern[run:]
	}
	return text.String()
}

// part writes what a run of one letter stands for; what is no letter of CLDR stands for itself.
func (known *table) part(t time.Time, run string) string {
	switch run {
	case "y":
		return strconv.Itoa(t.Year() + known.years)
	case "yy":
		return fmt.Sprintf("%02d", (t.Year()+known.years)%100)
	case "M", "MM":
		return digits(int(t.Month()), run)
	case "MMM":
		return known.shortMonths[t.Month()-1]
	case "MMMM":
		return known.months[t.Month()-1]
	case "d", "dd":
		return digits(t.Day(), run)
	case "EEEE", "cccc":
		return known.weekdays[t.Weekday()]
	case "h", "hh":
		return digits((t.Hour()+11)%12+1, run)
	case "H", "HH":
		return digits(t.Hour(), run)
	case "m", "mm":
		return digits(t.Minute(), run)
	case "s", "ss":
		return digits(t.Second(), run)
	case "a":
		return known.halves[t.Hour()/12]
	case "z", "zzzz":
		return known.offset(t, run == "zzzz")
	default:
		return run
	}
}

// digits writes a number in at least as many digits as the run has letters.
func digits(n int, run string) string { return fmt.Sprintf("%0*d", len(run), n) }

// offset writes the distance from UTC, for example "GMT+2"; the full form has all digits.
func (known *table) offset(t time.Time, full bool) string {
	_, seconds := t.Zone()
	if seconds == 0 {
		return known.utc
	}
	sign := "+"
	if seconds < 0 {
		sign, seconds = known.minus, -seconds
	}
	hours, minutes := seconds/3600, seconds/60%60
	distance := fmt.Sprintf("%s%d:%02d", sign, hours, minutes)
	if full {
		distance = fmt.Sprintf("%s%02d:%02d", sign, hours, minutes)
	} else if minutes == 0 {
		distance = fmt.Sprintf("%s%d", sign, hours)
	}
	return strings.Replace(known.zone, "{0}", distance, 1)
}

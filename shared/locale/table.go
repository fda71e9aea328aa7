package locale

// A table is how one language writes dates and numbers. Patterns are CLDR's, in four lengths: short, medium, long, full.
// https://www.unicode.org/reports/tr35/tr35-dates.html#Date_Field_Symbol_Table
type table struct {
	tag                 string // BCP 47
	months, shortMonths [12]string
	weekdays            [7]string // Sunday first
	halves              [2]string // of the day
	dates, times        [4]string
	joins               [4]string // of a date {1} of that length and a time {0}
	years               int       // between the calendar's years and those of the common era
	zone, utc           string    // with {0} for the distance from UTC, and without distance

	decimal, group, currencyDecimal, currencyGroup string
	minus, exponent                                string
	secondaryGroup                                 int    // digits between group separators beyond the first three
	minimumGrouping                                int    // digits before the first separator, or there is none
	percent                                        string // with {0} for the number
	currency, negativeCurrency                     string // with {0} for the number without its sign, and ¤
	signs                                          []sign // where a currency has another than its code, sorted by code
}

// A sign is how a currency is written, for example "CA$".
type sign struct{ code, text string }

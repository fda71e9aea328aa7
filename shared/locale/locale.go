// Package locale writes dates, numbers and currencies as the viewer's language writes them, from Unicode's CLDR.
// https://cldr.unicode.org
//
// What it knows of each language is in tables.go, which generate.go writes. The numbers of all have the digits 0 to 9.
package locale

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
)

//go:generate go run generate.go node_modules

// A Locale is one language, perhaps of a region. The zero value is English.
type Locale struct{ known *table }

// maxHeader is how much of an Accept-Language header a browser needs, in bytes.
const maxHeader = 1000

// Match returns the best known language of an Accept-Language header (RFC 9110, 12.5.4); English where none is known or it
// cannot be read.
func Match(acceptLanguage string) Locale {
	if len(acceptLanguage) > maxHeader {
		return Locale{}
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return Locale{}
	}
	_, index, _ := matcher().Match(wanted...) // the first, English, when none is known
	return Locale{&tables[index]}
}

// matcher is made when it is first needed: most instances draw no pass.
var matcher = sync.OnceValue(func() language.Matcher {
	tags := make([]language.Tag, len(tables))
	for i := range tables {
		tags[i] = language.MustParse(tables[i].tag)
	}
	return language.NewMatcher(tags)
})

func (l Locale) table() *table {
	if l.known == nil {
		return &tables[0]
	}
	return l.known
}

// Tag returns the language as BCP 47 names it, for example "pt-PT", for a lang attribute.
func (l Locale) Tag() string { return l.table().tag }

// Direction returns "ltr" or "rtl", for a dir attribute.
func (l Locale) Direction() string {
	if tag := l.Tag(); strings.HasPrefix(tag, "ar") || strings.HasPrefix(tag, "he") {
		return "rtl"
	}
	return "ltr"
}

package passjson

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed currencies.txt
var currenciesText string

//go:embed time-zones.txt
var timeZonesText string

var (
	// currencies is the active codes of ISO 4217, with funds and metals, at the beginning of 2026.
	// https://www.six-group.com/en/products-services/financial-information/data-standards.html
	currencies = sync.OnceValue(func() map[string]bool { return lines(currenciesText) })
	// timeZones is the names of the IANA database 2025c with its old ones (https://www.iana.org/time-zones). A list in this
	// package, because a pass must not be judged by the zone files of the machine.
	timeZones = sync.OnceValue(func() map[string]bool { return lines(timeZonesText) })
)

func lines(text string) map[string]bool {
	set := make(map[string]bool)
	for line := range strings.Lines(text) {
		set[strings.TrimSuffix(line, "\n")] = true
	}
	return set
}

// unknownCode warns of a currency or a time zone of the right form that no list knows. It is no error: both lists grow, and
// a phone draws the code itself, or leaves the tag out.
func (c *checker) unknownCode(at pointer, k *key, text string) {
	switch {
	case k.Name == "currencyCode" && !currencies()[text]:
		c.findings.Warnf(at.String(), "CURRENCY-UNKNOWN", "%.40q is no currency of ISO 4217 that is in use, so a phone may show "+
			"the code as it is; check it", text)
	case k.Type == "iana-time-zone" && !timeZones()[text]:
		c.findings.Warnf(at.String(), "TIME-ZONE-UNKNOWN", "%.40q is no time zone of the IANA database, so a phone leaves it out; "+
			"check its spelling", text)
	}
}

package preview

import (
	"regexp"
	"slices"
	"strings"
)

// What the data detectors of a phone make a link of. Addresses and dates, which they find too, lead to apps, not to a page.
var (
	webPattern   = regexp.MustCompile(`\b(?:https?://|www\.)[^\s<>"“”„]*[^\s<>"“”„.,;:!?)\]'’]`)
	mailPattern  = regexp.MustCompile(`\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b`)
	phonePattern = regexp.MustCompile(`[+(]?\b[0-9][0-9 ()./-]{5,24}[0-9]\b`)
	datePattern  = regexp.MustCompile(`^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}$`)
)

const (
	detectLink  = "PKDataDetectorTypeLink"
	detectPhone = "PKDataDetectorTypePhoneNumber"
)

// detect makes links of the addresses and telephone numbers in a field's text, as far as its dataDetectorTypes let it (FLD-6).
func detect(spans []span, f dictionary) []span {
	wanted := func(detector string) bool {
		_, limited := f["dataDetectorTypes"].([]any)
		return !limited || slices.Contains(f.texts("dataDetectorTypes"), detector)
	}
	if wanted(detectLink) {
		spans = linked(spans, webPattern, webAddress)
		spans = linked(spans, mailPattern, func(found string) string { return "mailto:" + found })
	}
	if wanted(detectPhone) {
		spans = linked(spans, phonePattern, dialled)
	}
	return spans
}

// linked makes links of what a pattern finds in the spans that lead nowhere yet.
func linked(spans []span, pattern *regexp.Regexp, address func(found string) string) []span {
	var all []span
	for _, s := range spans {
		if s.URL != "" {
			all = append(all, s)
			continue
		}
		end := 0
		for _, at := range pattern.FindAllStringIndex(s.Text, -1) {
			if found := s.Text[at[0]:at[1]]; address(found) != "" {
				all = append(all, span{Text: s.Text[end:at[0]]}, span{found, safeURL(address(found))})
				end = at[1]
			}
		}
		all = append(all, span{Text: s.Text[end:]})
	}
	return slices.DeleteFunc(all, func(s span) bool { return s.Text == "" })
}

func webAddress(found string) string {
	if strings.HasPrefix(found, "www.") {
		return "https://" + found
	}
	return found
}

// dialled is the address of digits that look like a telephone number: with a country code or a leading zero, and no date.
func dialled(found string) string {
	address := telephone(found)
	digits := strings.TrimLeft(address, "tel:+")
	if !strings.HasPrefix(strings.TrimLeft(found, "+("), "0") && !strings.HasPrefix(found, "+") || len(digits) > 15 || datePattern.MatchString(found) {
		return ""
	}
	return address
}

// telephone is a number without what only groups its digits. https://www.rfc-editor.org/rfc/rfc3966#section-3
func telephone(found string) string {
	return "tel:" + strings.Map(func(r rune) rune {
		if r == '+' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, found)
}

package passjson

import (
	"strconv"
	"strings"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// relevanceRules applies the rules about when a pass comes up on the lock screen.
// https://developer.apple.com/documentation/walletpasses/pass/relevantdates-data.dictionary
func (c *checker) relevanceRules() {
	c.datesOfStyle()
	entries, _ := c.pass["relevantDates"].([]any)
	path := wallet.PointerTo(Root, "relevantDates")
	for i, v := range entries {
		entry, _ := v.(map[string]any)
		c.relevantDate(wallet.PointerTo(path, strconv.Itoa(i)), entry)
		if c.findings.full() {
			return
		}
	}
}

// relevantDate warns of an entry that says two things, or an interval that ends before it begins.
func (c *checker) relevantDate(path string, entry map[string]any) {
	if _, moment := entry["date"]; moment {
		for _, name := range []string{"startDate", "endDate"} {
			if _, ok := entry[name]; ok {
				c.findings.Warnf(wallet.PointerTo(path, name), "RELEVANCE", "give either date, or startDate and endDate; remove one of them")
			}
		}
	}
	c.inOrder(path, entry, "startDate", "endDate")
}

// inOrder warns of a date that is before the one that it should follow.
func (c *checker) inOrder(path string, members map[string]any, earlier, later string) {
	from, ok := dateIn(members, earlier)
	to, both := dateIn(members, later)
	if ok && both && to.Before(from) {
		c.findings.Warnf(wallet.PointerTo(path, later), "DATE-ORDER", "%s is before %s; exchange or mend them", later, earlier)
	}
}

// dateIn reads a date that is well-formed.
func dateIn(members map[string]any, name string) (time.Time, bool) {
	text, _ := members[name].(string)
	if dateFault(text) != "" {
		return time.Time{}, false
	}
	date, err := time.Parse(dateLayout(text), text)
	return date, err == nil
}

// datesOfStyle warns of relevant dates in a style that has no use for them.
func (c *checker) datesOfStyle() {
	styles := stylesIn(c.pass)
	for _, name := range []string{"relevantDate", "relevantDates"} {
		if _, ok := c.pass[name]; !ok || len(styles) == 0 {
			continue
		}
		if fault := c.dateRelevance(styles); fault != "" {
			c.findings.Warnf(wallet.PointerTo(Root, name), "KEY-STYLE", "%s %s", name, fault)
		}
	}
}

// dateRelevance says why none of the styles uses relevant dates, or "".
func (c *checker) dateRelevance(styles []string) string {
	needsPlace := false
	for _, name := range styles {
		switch use := c.table.Styles[name].Relevance.Date; {
		case use == false:
		case use == "together with location":
			needsPlace = true
		default:
			return ""
		}
	}
	if !needsPlace {
		return "has no effect in " + strings.Join(styles, " with ") + "; leave it out"
	}
	if c.pass["locations"] != nil || c.pass["beacons"] != nil {
		return ""
	}
	return "has an effect in " + strings.Join(styles, " with ") + " only together with a place; add locations or beacons"
}

package passjson

import (
	"regexp"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// fieldRules applies R5 to R10, FLD-1 to FLD-8 and TEXT-CUT to the fields of the pass.
func (c *checker) fieldRules(fields []field) {
	c.uniqueKeys(fields)
	c.rowsAreFull(fields)
	for _, f := range fields {
		if c.findings.full() {
			return
		}
		c.numberFormat(f)
		c.dateFormat(f)
		c.displayRules(f)
		c.alignment(f)
		c.rowPlace(f)
		c.changeMessage(f)
	}
	c.textRules(fields)
}

// uniqueKeys is R5: a device finds what changed by comparing fields of the same key. An upcoming event is drawn alone, so
// its keys need only be unique within it.
func (c *checker) uniqueKeys(fields []field) {
	type name struct{ scope, key string }
	first := make(map[name]field, len(fields))
	for _, f := range fields {
		text, ok := f.content["key"].(string)
		if !ok {
			continue
		}
		n := name{Root, text}
		if f.style == "" {
			n.scope = f.parent
		}
		if other, twice := first[n]; twice {
			c.findings.Errorf(f.at("key"), "R5", "the key %.40q is already that of %s; give each field its own", text, other.path())
			continue
		}
		first[n] = f
	}
}

// numberFormat is R6: currencyCode and numberStyle exclude each other and need a number.
func (c *checker) numberFormat(f field) {
	currency, style := f.has("currencyCode"), f.has("numberStyle")
	if currency && style {
		c.findings.Errorf(f.at("numberStyle"), "R6", "currencyCode and numberStyle exclude each other; keep one")
	}
	if v, ok := f.content["value"]; ok && (currency || style) && !isNumber(v) {
		c.findings.Errorf(f.at("value"), "R6", "a field with currencyCode or numberStyle needs a number, not %s", wallet.JSONType(v))
	}
}

// dateFormat is R7: dateStyle and timeStyle need a date with a zone.
func (c *checker) dateFormat(f field) {
	v, ok := f.content["value"]
	if !ok || !f.has("dateStyle") && !f.has("timeStyle") {
		return
	}
	text, ok := v.(string)
	if !ok {
		c.findings.Errorf(f.at("value"), "R7", "a field with dateStyle or timeStyle needs a date string, not %s", wallet.JSONType(v))
		return
	}
	if fault := dateFault(text); fault != "" {
		c.findings.Errorf(f.at("value"), "R7", "a field with dateStyle or timeStyle needs a date, and %.40q %s", text, fault)
	}
}

// alignment is R8: primary and back fields are never aligned.
func (c *checker) alignment(f field) {
	if f.has("textAlignment") && (f.group == "primaryFields" || f.group == "backFields") {
		c.findings.Errorf(f.at("textAlignment"), "R8", "textAlignment is not allowed in %s; remove it", f.group)
	}
}

// rowPlace is the first half of R9: only auxiliary fields of an event ticket have rows.
func (c *checker) rowPlace(f field) {
	if f.has("row") && !f.inRows() {
		c.findings.Errorf(f.at("row"), "R9", "row is for auxiliaryFields of eventTicket alone; remove it")
	}
}

// rowsAreFull is the second half of R9: at most four fields in a row. A field without row is in the first.
func (c *checker) rowsAreFull(fields []field) {
	limit := c.table.Styles[eventTicket].Limits[perRowLimit]
	groups, _ := c.pass[eventTicket].(map[string]any)
	if limit == 0 || !usesRows(groups) {
		return
	}
	count := make(map[float64]int)
	for _, f := range fields {
		if !f.inRows() {
			continue
		}
		row, _ := number(f.content["row"])
		if count[row]++; count[row] == limit+1 {
			c.findings.Errorf(f.path(), "R9", "row %v already has %d fields; move this one to the other row or to backFields", row, limit)
		}
	}
}

func (f field) inRows() bool { return f.style == eventTicket && f.group == auxiliaryFields }

// printfPattern finds what other systems put where a value goes.
var printfPattern = regexp.MustCompile(`%(\d+\$@|(\d+\$)?[dfis]\b)`)

// changeMessage is R10: without %@ a notice does not say the new value, and nothing else is replaced by it.
func (c *checker) changeMessage(f field) {
	text, ok := f.content["changeMessage"].(string)
	if !ok {
		return
	}
	at := f.at("changeMessage")
	switch n := strings.Count(text, "%@"); {
	case printfPattern.MatchString(text):
		c.findings.Warnf(at, "R10", "%s is shown as it is written; only %%@ is replaced, so write that", printfPattern.FindString(text))
	case n == 0:
		c.findings.Warnf(at, "R10", "the message %.40q does not show the new value; put %%@ where it goes", text)
	case n > 1:
		c.findings.Warnf(at, "R10", "the message has %%@ %d times, and there is one value; keep one", n)
	}
}

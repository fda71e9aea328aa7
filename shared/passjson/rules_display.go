package passjson

import (
	"regexp"
	"strings"
)

// tagPattern finds an element of markup: whether it closes, its name, and its attributes.
var tagPattern = regexp.MustCompile(`<\s*(/?)\s*([A-Za-z][A-Za-z0-9]*)([^<>]*)>`)

// breakPattern finds what other languages write for the end of a line.
var breakPattern = regexp.MustCompile(`\\n|<[bB][rR]\s*/?>`)

// displayRules warns of a field that is shown otherwise than its keys ask for.
func (c *checker) displayRules(f field) {
	c.dateStyles(f)
	c.markup(f)
	c.lineBreaks(f)
	c.detectors(f)
}

// dateStyles is FLD-1, FLD-3 and FLD-4: a date is drawn as one only with dateStyle and timeStyle.
func (c *checker) dateStyles(f field) {
	date, time := f.has("dateStyle"), f.has("timeStyle")
	text, _ := f.content["value"].(string)
	switch {
	case date && !time:
		c.findings.Warnf(f.at("dateStyle"), "FLD-3", "the time is drawn in a way that Apple does not say; add timeStyle, "+
			"PKDateStyleNone to hide it")
	case time && !date:
		c.findings.Warnf(f.at("timeStyle"), "FLD-3", "the day is drawn in a way that Apple does not say; add dateStyle, "+
			"PKDateStyleNone to hide it")
	case !date && datePattern.MatchString(text):
		c.findings.Warnf(f.at("value"), "FLD-1", "the date is shown as it is written; add dateStyle and timeStyle")
	}
	if date || time {
		return
	}
	for _, key := range []string{"isRelative", "ignoresTimeZone"} {
		if f.content[key] == true {
			c.findings.Warnf(f.at(key), "FLD-4", "%s has no effect on a field that is not a date; add dateStyle and timeStyle, or "+
				"remove it", key)
		}
	}
}

// markup is FLD-5: links alone are drawn, and only from attributedValue.
func (c *checker) markup(f field) {
	attributed, _ := f.content["attributedValue"].(string)
	if tag := otherTag(attributed); tag != "" {
		c.findings.Warnf(f.at("attributedValue"), "FLD-5", "%.40q is not honoured; only links are: <a href=\"…\">text</a>", tag)
	}
	value, _ := f.content["value"].(string)
	if m := tagPattern.FindStringSubmatch(value); m != nil && strings.EqualFold(m[2], "a") {
		c.findings.Warnf(f.at("value"), "FLD-5", "the link is shown as it is written; put it into attributedValue, and plain text here")
	}
}

// otherTag returns the first element of markup that is no link, or "".
func otherTag(text string) string {
	for m := tagPattern.FindStringSubmatchIndex(text); m != nil; m = tagPattern.FindStringSubmatchIndex(text) {
		closing, name, attributes := m[2] < m[3], text[m[4]:m[5]], text[m[6]:m[7]]
		if !strings.EqualFold(name, "a") || !closing && !strings.Contains(attributes, "href") {
			return text[m[0]:m[1]]
		}
		text = text[m[1]:]
	}
	return ""
}

// lineBreaks is FLD-8: a line ends with U+000A, which JSON writes \n, and with nothing else.
func (c *checker) lineBreaks(f field) {
	value, _ := f.content["value"].(string)
	if !strings.ContainsAny(value, `\<`) { // as most have it, and this is many times as fast
		return
	}
	if found := breakPattern.FindString(value); found != "" {
		c.findings.Warnf(f.at("value"), "FLD-8", "%s is shown as it is written; end the line with a line break, \\n in JSON", found)
	}
}

// detectors is FLD-6: data is detected on the back alone.
func (c *checker) detectors(f field) {
	switch f.group {
	case "backFields", "additionalInfoFields":
		return
	}
	if f.has("dataDetectorTypes") {
		c.findings.Warnf(f.at("dataDetectorTypes"), "FLD-6", "dataDetectorTypes has no effect in %s, only in backFields; remove it", f.group)
	}
}

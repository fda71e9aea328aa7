package preview

import (
	"strings"
	"time"
)

const dateStyleNone = "PKDateStyleNone"

// value returns what a field says in one line, in the viewer's language; anchors are their text.
// https://developer.apple.com/documentation/walletpasses/passfieldcontent
func (d *drawing) value(f dictionary) string {
	var b strings.Builder
	for _, s := range d.spans(f) {
		b.WriteString(s.Text)
	}
	return line(b.String(), maxValue)
}

// spans returns what a field says, with its anchors. attributedValue replaces value (FLD-5).
func (d *drawing) spans(f dictionary) []span {
	if text, ok := f["attributedValue"].(string); ok {
		return anchors(lines(d.translation.text(text), maxBack))
	}
	value := f["value"]
	if f["attributedValue"] != nil {
		value = f["attributedValue"]
	}
	return []span{{Text: lines(d.format(f, value), maxBack)}}
}

// format writes the value of a field in its style (FLD-1, FLD-2, FLD-3). What does not fit its style is written as it is.
func (d *drawing) format(f dictionary, value any) string {
	if text, ok := value.(string); ok {
		if t, ok := date(text); ok && (f.text("dateStyle") != "" || f.text("timeStyle") != "") {
			return d.date(t, styleOr(f, "dateStyle"), styleOr(f, "timeStyle"), f.flag("ignoresTimeZone"))
		}
		return d.translation.text(text)
	}
	n, ok := number(value)
	if !ok {
		return ""
	}
	if code := f.text("currencyCode"); code != "" {
		return d.locale.Currency(n, line(code, len("EUR")))
	}
	return d.locale.Number(n, f.text("numberStyle"))
}

func styleOr(f dictionary, key string) string {
	if style := f.text(key); style != "" {
		return style
	}
	return dateStyleNone
}

// date writes a time where the viewer is, or as it is written (FLD-4).
func (d *drawing) date(t time.Time, dateStyle, timeStyle string, asWritten bool) string {
	if d.viewer.Location != nil && !asWritten {
		t = t.In(d.viewer.Location)
	}
	return d.locale.Date(t, dateStyle, timeStyle)
}

package passjson

import (
	"strconv"
	"unicode"

	"walletpasses.example/server/shared/wallet"
)

// Room is how many characters of common width a row holds at the smallest size that a phone shrinks text to. Apple states
// no widths; these are estimates on the generous side, from the 375 points of a pass at 5 to 12 points a character.
const (
	headerRoom   = 32 // beside the logo
	primaryRoom  = 40
	rowRoom      = 64 // secondary and auxiliary fields
	logoTextRoom = 40
)

// textRules warns of text that does not fit even when shrunk: a phone cuts it (TEXT-CUT). What stands in pass.strings for a
// text is not looked at.
func (c *checker) textRules(fields []field) {
	rows := make(map[string]*row)
	var order []*row
	for _, f := range fields {
		room := roomOf(f)
		if room == 0 {
			continue
		}
		name := c.rowName(f)
		if rows[name] == nil {
			rows[name] = &row{room: room}
			order = append(order, rows[name])
		}
		rows[name].add(f)
	}
	for _, r := range order {
		if r.width > r.room {
			c.findings.Warnf(r.widest.at(r.key), "TEXT-CUT", "%s has room for about %d characters in a row, and these fields have %d; shorten this, "+
				"or move it to backFields", r.widest.group, r.room, r.width)
		}
	}
	if text, _ := c.pass["logoText"].(string); width(text) > logoTextRoom {
		c.findings.Warnf(wallet.PointerTo(Root, "logoText"), "TEXT-CUT", "there is room for about %d characters beside the logo, and this has %d; "+
			"shorten it", logoTextRoom, width(text))
	}
}

// A row is fields that are drawn beside each other.
type row struct {
	room, width int
	widest      field
	key         string // of the widest field: "value" or "label"
	most        int    // its width
}

func (r *row) add(f field) {
	label, value := f.textWidth("label"), 0
	if !f.has("dateStyle") && !f.has("timeStyle") {
		value = f.textWidth("value")
	}
	w, key := value, "value"
	if label > value {
		w, key = label, "label"
	}
	r.width += w
	if w > r.most {
		r.widest, r.key, r.most = f, key, w
	}
}

// roomOf returns the room of the row that a field is drawn in, 0 for the pages behind it, which scroll.
func roomOf(f field) int {
	switch f.group {
	case "headerFields":
		return headerRoom
	case "primaryFields":
		return primaryRoom
	case secondaryFields, auxiliaryFields, "footerFields":
		return rowRoom
	default:
		return 0
	}
}

// rowName tells rows apart: a style's groups, of which some styles draw two in one row, the rows of an event ticket, and each
// field of posterGeneric, which stand below each other.
func (c *checker) rowName(f field) string {
	name := f.parent + "/" + f.group
	switch n, ok := number(f.content["row"]); {
	case (f.group == secondaryFields || f.group == auxiliaryFields) && c.combines(f.style):
		return f.parent + "/" + combinedLimit
	case f.style == posterGeneric:
		return name + "/" + strconv.Itoa(f.index)
	case ok && f.inRows():
		return name + "/" + strconv.FormatFloat(n, 'g', -1, 64)
	default:
		return name
	}
}

// combines reports a style that draws secondary and auxiliary fields in one row.
func (c *checker) combines(styleName string) bool {
	s := c.table.Styles[styleName]
	return s != nil && s.Limits[combinedLimit] > 0
}

func (f field) textWidth(key string) int {
	text, _ := f.content[key].(string)
	return width(text)
}

// width counts characters; those of East Asia are twice as wide.
func width(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r > unicode.MaxLatin1 && unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) {
			n++
		}
	}
	return n
}

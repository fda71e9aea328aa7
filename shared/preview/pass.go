package preview

import "time"

// A dictionary is a JSON object of pass.json, read without trust: a member of the wrong type is as one that is not there.
type dictionary map[string]any

func (d dictionary) text(key string) string {
	text, _ := d[key].(string)
	return text
}

func (d dictionary) flag(key string) bool {
	flag, _ := d[key].(bool)
	return flag
}

func (d dictionary) dictionary(key string) dictionary {
	members, _ := d[key].(map[string]any)
	return members
}

func (d dictionary) list(key string) []any {
	list, _ := d[key].([]any)
	return list
}

// texts returns the texts in a list.
func (d dictionary) texts(key string) []string {
	var texts []string
	for _, v := range d.list(key) {
		if text, ok := v.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// dictionaries returns the objects in a list, at most so many.
func (d dictionary) dictionaries(key string, most int) []dictionary {
	var all []dictionary
	for _, v := range d.list(key) {
		if members, ok := v.(map[string]any); ok && len(all) < most {
			all = append(all, members)
		}
	}
	return all
}

// number is a JSON number, as [wallet.DecodeObject] reads it.
func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	default:
		return 0, false
	}
}

// date reads a W3C date-time with hours, minutes and a zone; seconds and a fraction may follow.
// https://www.w3.org/TR/NOTE-datetime
func date(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

package console

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// order is how people read a document. What else there is follows.
var order = []string{"template", "data", "images", "pass", "voided", "expirationDate"}

// documentText writes a document for an editor. Numbers keep every digit, which they would not on their way through a script.
func documentText(fields map[string]any) (string, error) {
	keys := slices.DeleteFunc(slices.Clone(order), func(key string) bool { _, ok := fields[key]; return !ok })
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(order, key) {
			keys = append(keys, key)
		}
	}
	var text bytes.Buffer
	text.WriteByte('{')
	for i, key := range keys {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString("\n  ")
		if err := writeIndented(&text, key); err != nil {
			return "", err
		}
		text.WriteString(": ")
		if err := writeIndented(&text, fields[key]); err != nil {
			return "", err
		}
	}
	text.WriteString("\n}")
	return text.String(), nil
}

func writeIndented(text *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("  ", "  ")
	if err := encoder.Encode(value); err != nil {
		return err
	}
	text.Truncate(text.Len() - 1) // the line break that the encoder adds
	return nil
}

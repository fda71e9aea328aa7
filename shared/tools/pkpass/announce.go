package main

import (
	"fmt"
	"io"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"walletpasses.example/server/shared/pkpass"
)

// announce prints the notices that a phone would show for an update. There is one for a field of the same key with another
// value and a changeMessage, and for nothing else.
// https://developer.apple.com/documentation/walletpasses/adding-a-web-service-to-update-passes
func announce(out io.Writer, before, after passFile) {
	fmt.Fprintln(out, "a phone would announce")
	changed := announced(before, after)
	if len(changed) == 0 {
		fmt.Fprintln(out, "  nothing")
	}
	for _, f := range changed {
		fmt.Fprintf(out, "  %s\n", printable(notice(f.text("changeMessage"), f.value())))
		for _, language := range slices.Sorted(maps.Keys(after.tables)) {
			value := f.value()
			if _, isText := f.content["value"].(string); isText {
				value = after.localized(language, value)
			}
			if text := notice(after.localized(language, f.text("changeMessage")), value); text != notice(f.text("changeMessage"), f.value()) {
				fmt.Fprintf(out, "    %s: %s\n", printable(language), printable(text))
			}
		}
	}
	if len(changed) > 1 {
		fmt.Fprintln(out, "  (several at once may be shown as one summary)")
	}
}

// announced returns the fields of after whose change is worth a notice. An update of another pass has none.
func announced(before, after passFile) []field {
	if before.text("passTypeIdentifier") != after.text("passTypeIdentifier") || before.text("serialNumber") != after.text("serialNumber") {
		return nil
	}
	old := make(map[string]field)
	for _, f := range before.fields() {
		old[f.text("key")] = f
	}
	var changed []field
	for _, f := range after.fields() {
		was, ok := old[f.text("key")]
		if ok && f.text("changeMessage") != "" && !reflect.DeepEqual(was.content["value"], f.content["value"]) {
			changed = append(changed, f)
		}
	}
	return changed
}

// notice is a changeMessage with the new value in it. A message without a place for it is not shown.
func notice(message, value string) string {
	if !strings.Contains(message, "%@") {
		return "(a generic notice: the changeMessage has no %@ for the new value)"
	}
	return strings.ReplaceAll(message, "%@", value)
}

// kind is what a file is, for a line about its change.
func kind(file pkpass.File) string {
	if path.Ext(file.Name()) == ".png" {
		return dimensions(file)
	}
	return "text"
}

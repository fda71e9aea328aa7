package preview

import (
	"reflect"
	"strings"

	"walletpasses.example/server/shared/pkpass"
)

// maxNotices is how many changes of one update are told.
const maxNotices = 10

// Notices returns what a phone says when one version of a pass replaces another, a line for each field that has a
// changeMessage and another value than before, in the viewer's language. It is empty for a change that nobody is told of.
// https://developer.apple.com/documentation/walletpasses/adding-a-web-service-to-update-passes
func Notices(before, after pkpass.Source, v Viewer) ([]string, error) {
	old, err := open(before, v)
	if err != nil {
		return nil, err
	}
	d, err := open(after, v)
	if err != nil {
		return nil, err
	}
	values := make(map[string]any)
	for _, f := range old.everyField() {
		values[f.text("key")] = f["value"]
	}
	var notices []string
	for _, f := range d.everyField() {
		value, was := values[f.text("key")]
		message := d.line(f.text("changeMessage"), maxLine)
		if !was || message == "" || reflect.DeepEqual(value, f["value"]) || len(notices) == maxNotices {
			continue
		}
		if !strings.Contains(message, placeholder) {
			message = d.word("changed")
		}
		notices = append(notices, line(strings.ReplaceAll(message, placeholder, d.value(f)), maxLine))
	}
	return notices, nil
}

// placeholder stands for the new value in a changeMessage.
const placeholder = "%@"

// everyField returns the fields of the layout that is drawn, in the order of the documentation.
func (d *drawing) everyField() []dictionary {
	var all []dictionary
	for _, group := range []string{
		"headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "footerFields", "additionalInfoFields", "backFields",
	} {
		all = append(all, d.groups.dictionaries(group, maxFields)...)
	}
	return all
}

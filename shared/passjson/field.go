package passjson

import (
	"strconv"

	"walletpasses.example/server/shared/wallet"
)

// A field is one PassFieldContent and where it stands.
// https://developer.apple.com/documentation/walletpasses/passfieldcontent
type field struct {
	parent  string // path of the style, or of the upcoming event
	style   string // empty in an upcoming event
	group   string // for example "primaryFields"
	index   int    // in the group
	content map[string]any
}

// fields lists every field of the pass, styles before upcoming events, each in the table's order.
func (c *checker) fields() []field {
	var all []field
	for _, style := range stylesIn(c.pass) {
		groups, _ := c.pass[style].(map[string]any)
		all = c.appendFields(all, "PassFields", groups, field{parent: wallet.PointerTo(Root, style), style: style})
	}
	path := wallet.PointerTo(Root, upcoming)
	entries, _ := c.pass[upcoming].([]any)
	for i, v := range entries {
		entry, _ := v.(map[string]any)
		all = c.appendFields(all, "UpcomingPassInformationEntry", entry, field{parent: wallet.PointerTo(path, strconv.Itoa(i))})
	}
	return all
}

// appendFields adds the fields of every group of one object. f has its parent and style.
func (c *checker) appendFields(all []field, object string, groups map[string]any, f field) []field {
	content := c.table.Objects["PassFieldContent"]
	for _, k := range c.table.Objects[object].Keys {
		if k.shape.elements == nil || k.shape.elements.object != content {
			continue
		}
		elements, _ := groups[k.Name].([]any)
		for i, v := range elements {
			if members, ok := v.(map[string]any); ok {
				all = append(all, field{f.parent, f.style, k.Name, i, members})
			}
		}
	}
	return all
}

// path is where the field stands.
func (f field) path() string { return f.parent + "/" + f.group + "/" + strconv.Itoa(f.index) }

// at is the path of one member of the field.
func (f field) at(key string) string { return f.path() + "/" + key }

// has reports whether the field has a member.
func (f field) has(key string) bool {
	_, ok := f.content[key]
	return ok
}

package template

import (
	"maps"
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// What is known of Pass Designer's folders is how Apple's own builder reads them: pass.json with designed values in its
// fields, images as PNG or PDF, tooling.json for the editor, and whatever else was there before.
// https://github.com/apple/pass-builder

// itemID is a member by which Pass Designer tells fields and seats apart while they are edited. It is not for phones.
const itemID = "_id"

// cleanDesigned removes from a designed pass.json what belongs to the editor, and with a warning what belongs to the server.
func cleanDesigned(pass map[string]any, path string, findings *wallet.Findings) {
	for _, key := range wallet.ServerOwned {
		if _, ok := pass[key]; ok && key != "formatVersion" {
			findings.Warnf(wallet.PointerTo(path, key), "TPL-IMPORT", "%s belongs to the server, which writes its own; the designed one was left out", key)
		}
		delete(pass, key)
	}
	removeItemIDs(pass)
}

func removeItemIDs(value any) {
	switch v := value.(type) {
	case map[string]any:
		delete(v, itemID)
		for key, member := range v {
			if key != "userInfo" { // the business's own
				removeItemIDs(member)
			}
		}
	case []any:
		for _, element := range v {
			removeItemIDs(element)
		}
	}
}

// openFields lets data replace the value of each field without a placeholder, by the field's key, as Apple's builder
// does. It returns the keys.
func (o object) openFields() []string {
	keys := make(map[string]bool)
	for _, style := range o {
		groups, _ := style.(object)
		for group, fields := range groups {
			if list, ok := fields.(array); ok && strings.HasSuffix(group, "Fields") {
				list.openFields(keys)
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

func (a array) openFields(keys map[string]bool) {
	for _, n := range a {
		content, _ := n.(object)
		key, _ := content["key"].(scalar)
		designed, ok := content["value"].(scalar)
		if name, _ := key.value.(string); ok && name != "" {
			content["value"] = field{key: name, designed: designed}
			keys[name] = true
		}
	}
}

// checkTooling warns when the editor counts on its builder for the classic style of a poster or semantic pass.
func (r *folderReader) checkTooling(text []byte) {
	tooling, _, err := wallet.DecodeObject(text)
	if err != nil {
		r.findings.Warnf(r.path(toolingJSON), "TPL-IMPORT", "was left out; it cannot be read: %v", err)
		return
	}
	if tooling["automaticallyGenerateCompatiblePass"] == true {
		r.findings.Warnf(r.path(toolingJSON), "TPL-IMPORT", "asks for the fields of older systems to be generated from the semantics, which "+
			"this server does not do; design those fields too")
	}
}

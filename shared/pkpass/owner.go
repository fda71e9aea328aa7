package pkpass

import (
	"bytes"
	"encoding/json"

	"walletpasses.example/server/shared/wallet"
)

// An owner is whom a pass belongs to, as pass.json says it.
type owner struct{ passType, team string }

// ownerOf reads the two members of pass.json that name its owner. One that is missing, or no text, is "". All of pass.json must
// be a JSON object (REJ-3), but nothing is made of the rest of it: this is done for every package.
func ownerOf(pass []byte) (owner, error) {
	var o owner
	isObject := scanObject(pass, func(name, value []byte) {
		switch string(textOf(name)) {
		case "passTypeIdentifier":
			o.passType = string(textOf(value))
		case "teamIdentifier":
			o.team = string(textOf(value))
		}
	})
	if !isObject {
		var findings wallet.Findings
		findings.Errorf(passName, "REJ-3", "not valid JSON: %v", json.Unmarshal(pass, new(map[string]any)))
		return owner{}, findings
	}
	return o, nil
}

// textOf returns what a JSON string says, nothing for another value.
func textOf(value []byte) []byte {
	switch {
	case value[0] != '"':
		return nil
	case bytes.IndexByte(value, '\\') < 0:
		return value[1 : len(value)-1]
	default:
		var text string
		_ = json.Unmarshal(value, &text) // what was scanned cannot fail
		return []byte(text)
	}
}

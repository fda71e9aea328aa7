package pkpass

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
)

// Manifest returns manifest.json: an object of file names and the lower-case hexadecimal SHA-1 digests of the files. Its
// keys are sorted and it has no white space, so that equal sources give equal bytes.
//
// https://developer.apple.com/documentation/walletpasses/building-a-pass
func (s Source) Manifest() []byte {
	files := slices.Clone(s)
	sortByName(files)
	return manifestOf(files)
}

// manifestOf writes the manifest of files that are sorted by name.
func manifestOf(files []File) []byte {
	const around = len(`"":"",`)
	size := len("{}")
	for _, f := range files {
		size += len(f.name) + around + hex.EncodedLen(sha1.Size)
	}
	manifest := append(make([]byte, 0, size), '{')
	for i, f := range files {
		if i > 0 {
			manifest = append(manifest, ',')
		}
		manifest = append(appendText(manifest, f.name), ':', '"')
		manifest = append(hex.AppendEncode(manifest, f.sha1[:]), '"')
	}
	return append(manifest, '}')
}

// appendText appends a text as JSON, in the way of encoding/json.
func appendText(dst []byte, text string) []byte {
	if strings.ContainsFunc(text, isEscaped) {
		quoted, _ := json.Marshal(text) // a string cannot fail
		return append(dst, quoted...)
	}
	return append(append(append(dst, '"'), text...), '"')
}

// isEscaped reports what encoding/json may write in another way, and some more.
func isEscaped(r rune) bool {
	return r < ' ' || r > '~' || r == '"' || r == '\\' || r == '<' || r == '>' || r == '&'
}

// ContentHash returns the SHA-256 of a manifest as 64 lower-case hexadecimal characters. It names the content of a pass
// without its signature: equal hashes mean equal files.
func ContentHash(manifest []byte) string {
	sum := sha256.Sum256(manifest)
	return hex.EncodeToString(sum[:])
}

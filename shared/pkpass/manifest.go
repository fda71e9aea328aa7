package pkpass

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Manifest returns manifest.json: an object of file names and the lower-case hexadecimal SHA-1 digests of the files. Its
// keys are sorted and it has no white space, so that equal sources give equal bytes.
//
// https://developer.apple.com/documentation/walletpasses/building-a-pass
func (s Source) Manifest() []byte {
	digests := make(map[string]string, len(s))
	for _, f := range s {
		digests[f.name] = hex.EncodeToString(f.sha1[:])
	}
	manifest, _ := json.Marshal(digests) // a map of strings cannot fail
	return manifest
}

// ContentHash returns the SHA-256 of a manifest as 64 lower-case hexadecimal characters. It names the content of a pass
// without its signature: equal hashes mean equal files.
func ContentHash(manifest []byte) string {
	sum := sha256.Sum256(manifest)
	return hex.EncodeToString(sum[:])
}

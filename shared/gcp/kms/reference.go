package kms

import (
	"fmt"
	"strings"
)

const scheme = "gcpkms://"

// collections are the fixed words in the name of a key version, each followed by an identifier.
var collections = [...]string{"projects", "locations", "keyRings", "cryptoKeys", "cryptoKeyVersions"}

// CheckReference looks at the form of a reference, without a call.
func CheckReference(reference string) error {
	_, err := parseReference(reference)
	return err
}

// parseReference returns the name of the key version that a reference leads to. A key has several versions, and a
// certificate belongs to one.
// https://cloud.google.com/kms/docs/getting-resource-ids
func parseReference(reference string) (name string, err error) {
	name, ok := strings.CutPrefix(reference, scheme)
	parts := strings.Split(name, "/")
	ok = ok && len(parts) == 2*len(collections)
	for i := 0; ok && i < len(parts); i += 2 {
		ok = parts[i] == collections[i/2] && isIdentifier(parts[i+1])
	}
	if !ok {
		return "", fmt.Errorf("%q names no key version: give %sprojects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/V",
			reference, scheme)
	}
	return name, nil
}

// isIdentifier reports letters, digits, "-" and "_", and the "." and ":" of projects that belong to a domain.
func isIdentifier(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return s != "" && strings.Trim(s, letters+"0123456789-_.:") == ""
}

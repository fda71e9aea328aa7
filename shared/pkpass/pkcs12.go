package pkpass

import (
	"crypto"
	"errors"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// ParsePKCS12 reads an identity from a .p12 file (RFC 7292), with the old ciphers of Keychain Access or the present ones of
// OpenSSL 3. An empty password stands for both of its encodings, none and empty text.
func ParsePKCS12(data []byte, password string) (Identity, error) {
	key, first, others, err := pkcs12.DecodeChain(data, password)
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return Identity{}, errors.New("PKCS#12: the password is wrong")
	}
	if err != nil {
		return Identity{}, fmt.Errorf("PKCS#12: %w (export certificate and key together, or send PEM)", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return Identity{}, fmt.Errorf("PKCS#12: a %T cannot sign", key)
	}
	return NewIdentity(signer, append(others, first)...)
}

// Password returns the password of a .p12 file from the text of the file that it is kept in: all but the end of the line, for
// a password may begin or end with a space.
func Password(text []byte) string { return strings.TrimRight(string(text), "\r\n") }

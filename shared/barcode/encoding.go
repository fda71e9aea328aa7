package barcode

import (
	"fmt"
	"strings"

	"golang.org/x/text/encoding/ianaindex"
)

// encode returns the bytes of a message in an encoding, as a string.
func encode(message, encoding string) (string, error) {
	name := strings.ToLower(encoding)
	if usual, ok := aliases[name]; ok {
		name = usual
	}
	charset, err := ianaindex.IANA.Encoding(name)
	if err != nil || charset == nil {
		return "", fmt.Errorf("%.40q is not a known messageEncoding; use iso-8859-1, or utf-8", encoding)
	}
	text, err := charset.NewEncoder().String(message)
	if err != nil {
		return "", fmt.Errorf("the message has a character beyond %s; use utf-8, or other characters", encoding)
	}
	return text, nil
}

// aliases are usual names that are not registered.
var aliases = map[string]string{"utf8": "utf-8", "ascii": "us-ascii"}

package probe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// A verdict is what the oracle says of a request.
type verdict int

const (
	never verdict = iota // whoever sends this has no right to anything
	may                  // it holds what is right, spelled as nobody need spell it
	must                 // it is what a device sends
)

var (
	serialForm   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	passTypeForm = regexp.MustCompile(`^pass\.[A-Za-z0-9.-]{1,120}$`)
	deviceForm   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)
	ourForm      = regexp.MustCompile(`^[1-9][0-9]{0,5}\.[A-Za-z0-9_-]{43}$`)
)

// valid reports an identifier that a pass can have.
func valid(id wallet.PassID) bool {
	return passTypeForm.MatchString(id.PassTypeIdentifier) && serialForm.MatchString(id.SerialNumber) && !reserved(id.SerialNumber)
}

func reserved(name string) bool {
	return name == "." || name == ".." || strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__")
}

// code is the HMAC-SHA-256 over a purpose, a key version and parts, each behind its length: written down anew from the design,
// so that it agrees with the server's by being right.
func code(key []byte, purpose string, version int, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range append([]string{purpose, strconv.Itoa(version)}, parts...) {
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return h.Sum(nil)
}

// derived is the token of a pass under a key version; of a key that was taken away too.
func derived(version int, id wallet.PassID) string {
	mac := code(allKeys[version], "authenticationToken", version, id.PassTypeIdentifier, id.SerialNumber)
	return strconv.Itoa(version) + "." + base64.RawURLEncoding.EncodeToString(mac)
}

// An oracle knows the tokens of every pass. It derives each once.
type oracle map[wallet.PassID][]string

// tokens are those that open a pass: of both live keys, and the one it was imported with, unless that is of our own form.
func (o oracle) tokens(id wallet.PassID) []string {
	if tokens, ok := o[id]; ok {
		return tokens
	}
	var tokens []string
	if valid(id) {
		tokens = []string{derived(1, id), derived(2, id)}
	}
	for _, t := range things {
		if t.id == id && t.imported != "" && !ourForm.MatchString(t.imported) {
			tokens = append(tokens, t.imported)
		}
	}
	o[id] = tokens
	return tokens
}

// judge says what the values of the Authorization header are worth for a pass.
func (o oracle) judge(id wallet.PassID, authorization []string) verdict {
	worth := never
	for _, token := range o.tokens(id) {
		for _, value := range authorization {
			words := strings.Fields(value)
			if len(words) == 2 && strings.EqualFold(words[0], "ApplePass") && words[1] == token {
				worth = may
			}
		}
		if len(authorization) == 1 && authorization[0] == "ApplePass "+token {
			return must
		}
	}
	return worth
}

// lookup reports that to refuse this may cost one read of the pass's package record: it may be a token that came with the
// pass. A token of our own form is decided without, and so is what is no token at all.
func lookup(id wallet.PassID, authorization []string) bool {
	if !valid(id) || len(authorization) == 0 {
		return false
	}
	words := strings.Fields(authorization[0])
	if len(words) < 2 || !strings.EqualFold(words[0], "ApplePass") || len(authorization[0]) > len("ApplePass ")+512 {
		return false
	}
	return len(words) > 2 || !ourForm.MatchString(words[1])
}

package probe

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A role is somebody who holds something. credential is what they have for a pass, or take for it.
type role struct {
	name       string
	credential func(s *shop, r *rand.Rand, target thing) string
}

var roles = []role{
	{"the holder", func(_ *shop, _ *rand.Rand, t thing) string { return derived(2, t.id) }},
	{"the holder since the old key", func(_ *shop, _ *rand.Rand, t thing) string { return derived(1, t.id) }},
	{"whoever has the key that was taken away", func(_ *shop, _ *rand.Rand, t thing) string { return derived(3, t.id) }},
	{"the holder of the imported pass", func(_ *shop, _ *rand.Rand, t thing) string { return t.imported }},
	{"the holder of another imported pass", func(*shop, *rand.Rand, thing) string { return importedToken }},
	{"the holder of another pass", func(_ *shop, r *rand.Rand, _ thing) string {
		return derived(1+r.IntN(2), things[r.IntN(len(things))].id)
	}},
	{"the holder of the serial number's twin", func(_ *shop, _ *rand.Rand, t thing) string {
		twin := map[string]string{loyalty: tickets, tickets: loyalty}[t.id.PassTypeIdentifier]
		return derived(2, id(twin, t.id.SerialNumber))
	}},
	{"the holder of a serial number that begins like it", func(_ *shop, _ *rand.Rand, t thing) string {
		return derived(2, id(t.id.PassTypeIdentifier, t.id.SerialNumber+"0"))
	}},
	{"the holder of the pass where its names are cut otherwise", func(_ *shop, _ *rand.Rand, t thing) string {
		return derived(2, id(t.id.PassTypeIdentifier+t.id.SerialNumber[:1], t.id.SerialNumber[1:]))
	}},
	{"a holder under other letters", func(_ *shop, _ *rand.Rand, t thing) string {
		return derived(2, id(t.id.PassTypeIdentifier, strings.ToLower(t.id.SerialNumber)))
	}},
	{"whoever has a code of another purpose", func(_ *shop, r *rand.Rand, t thing) string {
		purpose := []string{"install", "", "authenticationtoken"}[r.IntN(3)]
		return "2." + base64.RawURLEncoding.EncodeToString(code(liveKeys[2], purpose, 2, t.id.PassTypeIdentifier, t.id.SerialNumber))
	}},
	{"whoever has a code of the other version", func(_ *shop, r *rand.Rand, t thing) string {
		version := 1 + r.IntN(2)
		mac := code(liveKeys[version], "authenticationToken", 3-version, t.id.PassTypeIdentifier, t.id.SerialNumber)
		return strconv.Itoa(version) + "." + base64.RawURLEncoding.EncodeToString(mac)
	}},
	{"who signs with a key of zeros", func(_ *shop, _ *rand.Rand, t thing) string {
		mac := code(make([]byte, 32), "authenticationToken", 2, t.id.PassTypeIdentifier, t.id.SerialNumber)
		return "2." + base64.RawURLEncoding.EncodeToString(mac)
	}},
	{"whoever has a link", func(s *shop, r *rand.Rand, _ thing) string { return s.links[r.IntN(len(s.links))].token }},
	{"whoever knows a device", func(_ *shop, r *rand.Rand, _ thing) string { return []string{aPhone, ticketPhone}[r.IntN(2)] }},
	{"whoever knows a push token", func(*shop, *rand.Rand, thing) string { return "0a0b0c" }},
	{"whoever knows the pass's name", func(_ *shop, _ *rand.Rand, t thing) string { return t.id.SerialNumber }},
	{"an issuer", func(*shop, *rand.Rand, thing) string {
		return "eyJhbGciOiJSUzI1NiJ9.eyJlbWFpbCI6InRpbGxAZXhhbXBsZS5jb20ifQ.c2lnbmF0dXJl"
	}},
	{"a guesser", func(_ *shop, r *rand.Rand, _ thing) string {
		mac := make([]byte, 32)
		for i := range mac {
			mac[i] = byte(r.Uint32())
		}
		return "2." + base64.RawURLEncoding.EncodeToString(mac)
	}},
	{"a stranger", func(*shop, *rand.Rand, thing) string { return "" }},
}

// swap exchanges the key version in front of a token.
func swap(version string) func(*rand.Rand, string) string {
	return func(_ *rand.Rand, token string) string {
		_, mac, _ := strings.Cut(token, ".")
		return version + "." + mac
	}
}

// mac changes the text behind the key version.
func mac(change func(string) string) func(*rand.Rand, string) string {
	return func(_ *rand.Rand, token string) string {
		version, mac, _ := strings.Cut(token, ".")
		return version + "." + change(mac)
	}
}

// at changes one place of a token.
func at(change func(r *rand.Rand, token []byte, i int) []byte) func(*rand.Rand, string) string {
	return func(r *rand.Rand, token string) string {
		if token == "" {
			return token
		}
		return string(change(r, []byte(token), r.IntN(len(token))))
	}
}

func plain(change func(string) string) func(*rand.Rand, string) string {
	return func(_ *rand.Rand, token string) string { return change(token) }
}

// mutations change a token's text.
var mutations = []func(r *rand.Rand, token string) string{
	plain(func(s string) string { return s }),
	at(func(r *rand.Rand, b []byte, i int) []byte { b[i] ^= 1 << r.IntN(8); return b }),
	at(func(r *rand.Rand, b []byte, i int) []byte { b[i] ^= ' '; return b }), // another case
	at(func(_ *rand.Rand, b []byte, i int) []byte { return b[:i] }),
	at(func(_ *rand.Rand, b []byte, i int) []byte { return b[i:] }),
	at(func(_ *rand.Rand, b []byte, i int) []byte { return slices.Delete(b, i, i+1) }),
	at(func(r *rand.Rand, b []byte, i int) []byte { return slices.Insert(b, i, "0A.-_ \t\x00%"[r.IntN(9)]) }),
	at(func(r *rand.Rand, b []byte, i int) []byte { j := r.IntN(len(b)); b[i], b[j] = b[j], b[i]; return b }),
	plain(strings.ToUpper), plain(strings.ToLower),
	plain(func(s string) string { return s + s }), plain(func(s string) string { return s + "." + s }),
	plain(func(s string) string { return s + "=" }), plain(func(s string) string { return s + "==" }),
	plain(func(s string) string { return "\"" + s + "\"" }), plain(func(s string) string { return "'" + s + "'" }),
	plain(func(s string) string { return s + "\x00" }), plain(func(s string) string { return s + "%00" }),
	plain(func(s string) string { return s + "\n" + s }), plain(func(s string) string { return s + "\u200b" }),
	plain(func(s string) string { return s + strings.Repeat("A", 600) }),
	plain(func(s string) string { return strings.Repeat("A", 469) + s }),
	plain(func(s string) string { return s + ", ApplePass " + s }), plain(func(s string) string { return s + ";q=1" }),
	plain(func(s string) string { return "token=" + s }), plain(url.QueryEscape),
	plain(func(s string) string { return strings.ReplaceAll(s, ".", "%2E") }),
	plain(func(s string) string { return strings.ReplaceAll(s, ".", "") }), plain(func(s string) string { return strings.ReplaceAll(s, ".", "..") }),
	plain(func(s string) string { return strings.ReplaceAll(s, ".", "\uff0e") }), // a full stop of another alphabet
	plain(func(s string) string { return strings.NewReplacer("-", "+", "_", "/").Replace(s) }),
	plain(func(s string) string { return strings.NewReplacer("1", "\uff11", "2", "\uff12").Replace(s) }),
	plain(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
	plain(func(s string) string { return hex.EncodeToString([]byte(s)) }),
	plain(func(s string) string { return "{\"authenticationToken\":\"" + s + "\"}" }),
	mac(func(s string) string { return recode(s, base64.StdEncoding.EncodeToString) }),
	mac(func(s string) string { return recode(s, base64.URLEncoding.EncodeToString) }),
	mac(func(s string) string { return recode(s, base64.RawStdEncoding.EncodeToString) }),
	mac(func(s string) string { return recode(s, hex.EncodeToString) }),
	mac(func(s string) string { return recode(s, func(b []byte) string { return string(b) }) }),
	mac(func(s string) string {
		return recode(s, func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b[:16]) })
	}),
	mac(lastLetter), mac(func(string) string { return "" }), mac(func(string) string { return strings.Repeat("A", 43) }),
	mac(func(s string) string { return s[len(s)/2:] + s[:len(s)/2] }),
	swap("1"), swap("2"), swap("3"), swap("0"), swap("01"), swap("02"), swap("000002"), swap("0000002"), swap("-1"), swap("-2"), swap("+2"), swap("2 "),
	swap("2e0"), swap("0x2"), swap("1_0"), swap("4294967298"), swap("18446744073709551618"), swap("999999"), swap("1000000"), swap(""), swap("latest"),
}

// recode writes the bytes of a code in another way.
func recode(text string, encode func([]byte) string) string {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < 16 {
		return text
	}
	return encode(raw)
}

// lastLetter changes the two bits of the last letter that stand for nothing: the bytes are the same, the text is not.
func lastLetter(text string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if text == "" {
		return text
	}
	i := strings.IndexByte(letters, text[len(text)-1])
	return text[:len(text)-1] + letters[(i^1)&63:][:1]
}

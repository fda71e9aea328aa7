package probe

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A canary is a text that occurs nowhere but where it is planted. Wherever else it sings, something leaks.
type canary struct{ name, text string }

// What is planted, beside the keys. The texts have what must be escaped in one place or another.
const (
	pushTokenCanary  = "c94f7b1e60d2a8354be17790fd3c62a51b08e7d4936fa2c05d81b7463ef92a0c"
	secondPushCanary = "7de20b94f1c3865aa0497b2cd8e61f35704bc98a2df1056e93c7b4a82e5d1f60"
	deviceCanary     = "b7e3d1905c6f4a82917d0e6b3fa4c85d"
	importedCanary   = "Zk7-4hJ_pQm93xWv_b2LrTt80nYc"
	signUpCanary     = "hT5u.Q7w9z_x~41Lm0vB8eR2kD6"
	nameCanary       = "Zo\u00eb \"Quartz\" O'Vlinder & <S\u00f6hne>"
	emailCanary      = "z.quartz+vlinder8841@kanarie-2f7q.test"
	phoneCanary      = "+4930889917364401"
	postalCanary     = "QX-77043-ZV"
	dataCanary       = "Nachtigall <7431> & \"Drossel\" \u2014 Amsel/9917%"
	numberCanary     = "83157290461738.5"
)

// tokenKeyCanary are bytes of a key.
var tokenKeyCanary = []byte("\x9b\x01kE7y-c4nary\xff\x00\x7f-Vq83zLm51\x12\xf0-Hn6tRw")

// window is how much of a canary is enough to be told by. A device identifier is logged by its first four letters.
const window = 10

// hexForms are the ways in which a text can come out in hexadecimal, where each character takes two.
func hexForms(text string) []string {
	digits := hex.EncodeToString([]byte(text))
	return []string{digits, strings.ToUpper(digits)}
}

// forms are the other ways in which a text can come out.
func forms(text string) []string {
	quoted, _ := json.Marshal(text)
	list := []string{
		text, strings.ToUpper(text), strings.ToLower(text),
		url.QueryEscape(text), url.PathEscape(text), html.EscapeString(text), unquoted(string(quoted)), unquoted(plainJSON(text)), unquoted(strconv.Quote(text)),
	}
	for skipped := range 3 { // base64 at each of the three places where a text can begin
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", skipped) + text))
			list = append(list, strings.TrimPrefix(encoded[min(4, len(encoded)):], "="))
		}
	}
	// A log is JSON, in which what was quoted is quoted once more.
	for _, form := range slices.Clone(list) {
		again, _ := json.Marshal(form)
		list = append(list, unquoted(string(again)), unquoted(plainJSON(form)))
	}
	return list
}

func unquoted(text string) string { return text[1 : len(text)-1] }

// plainJSON is JSON that escapes nothing for the sake of HTML.
func plainJSON(text string) string {
	var quoted strings.Builder
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string can always be written
	return strings.TrimSpace(quoted.String())
}

// An aviary hears every canary, by any window of any of its forms.
type aviary map[string]string // the name, by the piece of text

func newAviary(canaries []canary) aviary {
	a := make(aviary)
	for _, c := range canaries {
		for _, form := range forms(c.text) {
			a.learn(c.name, form, window)
		}
		for _, form := range hexForms(c.text) {
			a.learn(c.name, form, 2*window)
		}
	}
	return a
}

// learn takes in every piece of a form.
func (a aviary) learn(name, form string, size int) {
	for i := 0; i+size <= len(form); i++ {
		a[form[i:i+size]] = name
	}
}

// sing returns the names of the canaries in a text, sorted, each with the text around it.
func (a aviary) sing(text string) map[string]string {
	found := make(map[string]string)
	for _, size := range []int{window, 2 * window} {
		for i := 0; i+size <= len(text); i++ {
			if name, ok := a[text[i:i+size]]; ok && found[name] == "" {
				found[name] = text[max(0, i-80):min(len(text), i+80)]
			}
		}
	}
	return found
}

// silent wants none of the canaries in a text but those that are allowed there.
func (a aviary) silent(t *testing.T, where, text string, allowed ...string) {
	t.Helper()
	found := a.sing(text)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if !slices.Contains(allowed, name) {
			t.Errorf("%s: %s is heard in …%s…", where, name, found[name])
		}
	}
}

func TestCanariesAreHeard(t *testing.T) {
	for _, c := range []canary{{"a name", nameCanary}, {"a key", string(tokenKeyCanary)}, {"a push token", pushTokenCanary}} {
		a := newAviary([]canary{c})
		quoted, _ := json.Marshal(c.text)
		for _, text := range []string{
			c.text, "x" + c.text + "y", c.text[:window], c.text[len(c.text)-window:], hex.EncodeToString([]byte(c.text)), url.QueryEscape(c.text), string(quoted),
			base64.StdEncoding.EncodeToString([]byte(c.text)), base64.URLEncoding.EncodeToString([]byte("a" + c.text)), base64.StdEncoding.EncodeToString([]byte("ab" + c.text)),
		} {
			if len(a.sing(text)) != 1 {
				t.Errorf("%s is not heard in %q", c.name, text)
			}
		}
		if len(a.sing("nothing of the kind, and "+c.text[:4]+"…")) > 0 {
			t.Errorf("%s is heard where it is not", c.name)
		}
	}
}

package template

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// A node is one value of a template's pass.json. fill copies it with its placeholders replaced. Nothing of the copy is shared
// with the template but immutable text.
type node interface {
	fill(f *filling) any
}

type (
	object      map[string]node
	array       []node
	scalar      struct{ value any } // text without placeholders, a number, true, false or null
	placeholder string              // text that is one placeholder and nothing else: it takes the value's type
	text        []fragment          // placeholders within longer text
	field       struct {            // the value of a designed field, which data may replace by the field's key
		key      string
		designed scalar
	}
)

// A fragment is literal text, followed by a placeholder unless its name is empty.
type fragment struct{ literal, name string }

// maxFilled bounds the text that comes of filling a template, in bytes. The sizes of template and data do not: a short template
// can ask for a long value many thousand times.
const maxFilled = 2 << 20

// A filling is one document's values on their way into a template.
type filling struct {
	values map[string]any // one for each placeholder
	left   int            // bytes of text that there is room for; below 0, there was too much
}

// value returns a value that stands alone, where of several languages one is written.
func (f *filling) value(name string) any {
	value := f.values[name]
	switch v := value.(type) {
	case string:
		f.left -= len(v)
	case translations:
		f.left -= v.longest()
	}
	return value
}

func (o object) fill(f *filling) any {
	filled := make(map[string]any, len(o)+len(wallet.ServerOwned))
	for key, n := range o {
		filled[key] = n.fill(f)
	}
	return filled
}

func (a array) fill(f *filling) any {
	filled := make([]any, len(a))
	for i, n := range a {
		filled[i] = n.fill(f)
	}
	return filled
}

func (s scalar) fill(*filling) any { return s.value }

func (p placeholder) fill(f *filling) any { return f.value(string(p)) }

func (d field) fill(f *filling) any {
	if _, ok := f.values[d.key]; ok {
		return f.value(d.key)
	}
	return d.designed.value
}

func (t text) fill(f *filling) any {
	for _, part := range t {
		if one, ok := f.values[part.name].(translations); ok {
			return t.translate(f, one)
		}
	}
	return t.write(f, "")
}

// write returns the text with the values in it, those that have several languages in the one that is given. Where there is no
// room for all of it, it ends early.
func (t text) write(f *filling, language string) string {
	var b strings.Builder
	for _, part := range t {
		if f.left < 0 {
			break
		}
		value := plain(f.values[part.name], language)
		f.left -= len(part.literal) + len(value)
		b.WriteString(part.literal)
		b.WriteString(value)
	}
	return b.String()
}

// plain writes a value within text: numbers without exponent, whole ones without fraction.
func plain(value any, language string) string {
	switch v := value.(type) {
	case nil: // after the last placeholder
		return ""
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case translations:
		return v.texts[language]
	default:
		return v.(string) // Render admits nothing else
	}
}

var placeholderPattern = regexp.MustCompile(`\{\{ *([A-Za-z][A-Za-z0-9_]*) *\}\}`)

// findPlaceholder returns the first placeholder in a text, or "".
func findPlaceholder(text string) string {
	if !strings.Contains(text, "{{") { // most texts, and many of them
		return ""
	}
	return placeholderPattern.FindString(text)
}

// maxFaults is how many bad placeholders are worth naming.
const maxFaults = 100

// A parser makes nodes of decoded JSON and collects the names of the placeholders.
type parser struct {
	findings *wallet.Findings
	names    map[string]bool
	faults   int
}

func (p *parser) object(members map[string]any, path string) object {
	o := make(object, len(members))
	for _, key := range slices.Sorted(maps.Keys(members)) {
		o[key] = p.node(members[key], wallet.PointerTo(path, key))
	}
	return o
}

func (p *parser) node(value any, path string) node {
	switch v := value.(type) {
	case map[string]any:
		return p.object(v, path)
	case []any:
		a := make(array, len(v))
		for i, e := range v {
			a[i] = p.node(e, wallet.PointerTo(path, strconv.Itoa(i)))
		}
		return a
	case string:
		return p.text(v, path)
	default:
		return scalar{v}
	}
}

func (p *parser) text(s, path string) node {
	var t text
	end := 0
	for _, m := range placeholderPattern.FindAllStringSubmatchIndex(s, -1) {
		t = append(t, fragment{literal: s[end:m[0]], name: s[m[2]:m[3]]})
		end = m[1]
	}
	t = append(t, fragment{literal: s[end:]})
	for _, f := range t {
		if f.name != "" {
			p.names[f.name] = true
		}
		if !strings.Contains(f.literal, "{{") && !strings.Contains(f.literal, "}}") {
			continue
		}
		if p.faults++; p.faults <= maxFaults {
			p.findings.Errorf(path, "TPL-PLACEHOLDER", "%q is no placeholder; write {{name}} with a letter first, "+
				"then letters, digits and _", f.literal)
		}
	}
	switch {
	case len(t) == 1:
		return scalar{s}
	case len(t) == 2 && t[0].literal == "" && t[1].literal == "":
		return placeholder(t[0].name)
	default:
		return t
	}
}

// warnUnfilled warns of placeholders in a document's patch: only a template's are replaced, so that data never becomes more
// than a value.
func warnUnfilled(value any, path string, findings *wallet.Findings) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			warnUnfilled(v[key], wallet.PointerTo(path, key), findings)
		}
	case []any:
		for i, element := range v {
			warnUnfilled(element, wallet.PointerTo(path, strconv.Itoa(i)), findings)
		}
	case string:
		if found := findPlaceholder(v); found != "" && len(*findings) < maxFaults {
			findings.Warnf(path, "TPL-PLACEHOLDER", "%.60q stays as it is: placeholders are replaced in templates alone; write the value", found)
		}
	}
}

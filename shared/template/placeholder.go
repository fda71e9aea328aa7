package template

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// A node is one value of a template's pass.json. fill copies it with its placeholders replaced; values has one for each
// of them. Nothing of the copy is shared with the template but immutable text.
type node interface {
	fill(values map[string]any) any
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

func (o object) fill(values map[string]any) any {
	filled := make(map[string]any, len(o)+len(wallet.ServerOwned))
	for key, n := range o {
		filled[key] = n.fill(values)
	}
	return filled
}

func (a array) fill(values map[string]any) any {
	filled := make([]any, len(a))
	for i, n := range a {
		filled[i] = n.fill(values)
	}
	return filled
}

func (s scalar) fill(map[string]any) any { return s.value }

func (p placeholder) fill(values map[string]any) any { return values[string(p)] }

func (f field) fill(values map[string]any) any {
	if value, ok := values[f.key]; ok {
		return value
	}
	return f.designed.value
}

func (t text) fill(values map[string]any) any {
	for _, f := range t {
		if one, ok := values[f.name].(translations); ok {
			return t.translate(values, one)
		}
	}
	var b strings.Builder
	for _, f := range t {
		b.WriteString(f.literal)
		if f.name != "" {
			b.WriteString(plain(values[f.name]))
		}
	}
	return b.String()
}

// plain writes a value within text: numbers without exponent, whole ones without fraction.
func plain(value any) string {
	switch v := value.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
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

package passjson

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// object checks one JSON object against its entry in the table, and everything in it.
func (c *checker) object(at pointer, o *object, members map[string]any) {
	known := 0
	for _, k := range o.Keys {
		aliased := c.alias(at, k, members)
		if aliased {
			known++
		}
		v, ok := members[k.Name]
		if !ok {
			if !aliased {
				c.absent(at, o, k)
			}
			continue
		}
		known++
		there := at.to(k.Name)
		c.value(there, k, k.shape, v)
		c.requires(there, k, members)
		c.deprecated(there, k, members)
	}
	c.eitherOf(at, o, members)
	if known < len(members) {
		c.unknown(at, o, members)
	}
}

// alias checks the value that a key has under its other name, and reports whether there is one.
func (c *checker) alias(at pointer, k *key, members map[string]any) bool {
	if k.Alias == "" {
		return false
	}
	v, ok := members[k.Alias]
	if ok {
		c.value(at.to(k.Alias), k, k.aliasShape(v), v)
	}
	return ok
}

// aliasShape is the shape of a value under the name in Apple's own tool, where a list may also be its only element.
func (k *key) aliasShape(v any) shape {
	if k.shape.elements != nil && isString(v) {
		return *k.shape.elements
	}
	return k.shape
}

// absent reports a required key that is not there: REJ-13 in a field, REJ-4 elsewhere. Conditions have their own rules.
func (c *checker) absent(at pointer, o *object, k *key) {
	if k.Required != always {
		return
	}
	rule := "REJ-4"
	if o.name == "PassFieldContent" {
		rule = "REJ-13"
	}
	c.findings.Errorf(at.to(k.Name).String(), rule, "%s is required; add it, as %s", k.Name, k.shape.want())
}

// eitherOf reports an object that has none of the keys of which it needs one.
func (c *checker) eitherOf(at pointer, o *object, members map[string]any) {
	if len(o.eitherOf) == 0 || slices.ContainsFunc(o.eitherOf, func(name string) bool { _, ok := members[name]; return ok }) {
		return
	}
	c.findings.Errorf(at.String(), "REJ-4", "one of %s is required; add it", strings.Join(o.eitherOf, ", "))
}

// deprecated warns of an old key whose successor is not there.
func (c *checker) deprecated(at pointer, k *key, members map[string]any) {
	if k.newer == "" {
		return
	}
	if _, ok := members[k.newer]; !ok {
		c.findings.Warnf(at.String(), "KEY-DEPRECATED", "%s is deprecated; add %s beside it", k.Name, k.newer)
	}
}

func (c *checker) unknown(at pointer, o *object, members map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if o.byName[name] == nil {
			c.findings.Warnf(at.to(name).String(), "KEY-UNKNOWN", "no key %.40q is known here; check its spelling, or keep private data "+
				"in userInfo", name)
		}
		if c.findings.full() {
			return
		}
	}
}

// value checks one value of a key, or one element of it, against a shape.
func (c *checker) value(at pointer, k *key, s shape, v any) {
	switch {
	case s.elements != nil:
		elements, ok := v.([]any)
		if !ok {
			c.wrongType(at, s, v)
			return
		}
		c.tooManyItems(at, k, elements)
		for i, element := range elements {
			if c.findings.full() {
				return
			}
			c.value(at.to(strconv.Itoa(i)), k, *s.elements, element)
		}
	case s.object != nil:
		members, ok := v.(map[string]any)
		if !ok {
			c.wrongType(at, s, v)
			return
		}
		c.object(at, s.object, members)
	case !s.scalar.holds(v):
		c.wrongType(at, s, v)
	default:
		c.constraints(at, k, s.scalar, v)
	}
}

// wrongType reports P-37 for a number written as a string, and REJ-4 for any other type.
func (c *checker) wrongType(at pointer, s shape, v any) {
	if text, ok := v.(string); ok && s.isNumeric() {
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			c.findings.Errorf(at.String(), "P-37", "the number is written as the string %.40q; remove the quotes", text)
			return
		}
	}
	if isNumber(v) && s.isNumeric() {
		c.findings.Errorf(at.String(), "REJ-4", "must be %s, not %v", s.want(), v)
		return
	}
	c.findings.Errorf(at.String(), "REJ-4", "must be %s, not %s", s.want(), wallet.JSONType(v))
}

// want says which values a shape takes.
func (s shape) want() string {
	switch {
	case s.elements != nil:
		return "an array"
	case s.object != nil:
		return "an object"
	default:
		return s.scalar.want
	}
}

func (s shape) isNumeric() bool { return s.scalar != nil && s.scalar.holds(int64(0)) }

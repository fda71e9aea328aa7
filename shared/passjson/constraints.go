package passjson

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// constraints checks a value of the right type against what the table says of its key.
func (c *checker) constraints(at pointer, k *key, s *scalar, v any) {
	if k.Const != nil && !equal(v, k.Const) {
		c.findings.Errorf(at.String(), "REJ-4", "must be %v", k.Const)
	}
	if k.Enum != nil && !slices.ContainsFunc(k.Enum, func(e any) bool { return equal(v, e) }) {
		c.findings.Errorf(at.String(), enumRule(k), "%s must be one of %s", k.Name, list(k.Enum))
	}
	if n, ok := number(v); ok {
		c.inRange(at, k, n)
	}
	if text, ok := v.(string); ok {
		c.text(at, k, s, text)
	}
}

func (c *checker) inRange(at pointer, k *key, n float64) {
	if k.Minimum != nil && n < *k.Minimum {
		c.findings.Errorf(at.String(), "KEY-RANGE", "%s must be at least %v", k.Name, *k.Minimum)
	}
	if k.Maximum != nil && n > *k.Maximum {
		c.findings.Errorf(at.String(), "KEY-RANGE", "%s must be at most %v", k.Name, *k.Maximum)
	}
}

// text never shows the value where it may be a secret: only texts of a wrong form are quoted, and no secret has one.
func (c *checker) text(at pointer, k *key, s *scalar, text string) {
	wellFormed := s.format == nil || c.format(at, k, s, text)
	if k.pattern != nil && !k.pattern.MatchString(text) {
		c.findings.Errorf(at.String(), "KEY-FORMAT", "%.40q does not have the form %s", text, k.Pattern)
		wellFormed = false
	}
	if wellFormed {
		c.unknownCode(at, k, text)
	}
	if n := utf8.RuneCountInString(text); n < k.MinLength {
		c.findings.Errorf(at.String(), minLengthRule(k), "%s has %d characters; use at least %d", k.Name, n, k.MinLength)
	}
	c.tooManyBytes(at, k, text)
}

// format reports whether a text has its form. The address of the web service has its own rule, WS-3, and its own option.
func (c *checker) format(at pointer, k *key, s *scalar, text string) bool {
	rule := s.rule
	if k.Name == "webServiceURL" {
		rule = "WS-3"
		if rest, http := strings.CutPrefix(text, "http://"); http && c.options.AllowHTTP {
			text = "https://" + rest
		}
	}
	fault := s.format(text)
	if fault != "" {
		c.findings.Errorf(at.String(), rule, "%.60q %s", text, fault)
	}
	return fault == ""
}

// equal compares a value with one of the table, where every number is a float64.
func equal(v, want any) bool {
	if n, ok := number(v); ok {
		return n == want
	}
	text, ok := v.(string)
	return ok && text == want
}

// list joins values of the table for a message.
func list(values []any) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, ", ")
}

package passjson

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed pass-keys.json
var passKeysJSON []byte

// passKeys is the table, read and indexed on first use.
var passKeys = sync.OnceValue(func() *table {
	t, err := parseTable(passKeysJSON)
	if err != nil {
		panic("pass-keys.json: " + err.Error()) // the file is compiled in, and every test reads it
	}
	return t
})

// A table is pass-keys.json.
type table struct {
	Objects map[string]*object   `json:"objects"`
	Styles  map[string]*style    `json:"styles"`
	Schemes map[string]scheme    `json:"styleSchemes"`
	Images  map[string]imageRule `json:"images"`

	pass       *object  // Objects["Pass"]
	styleNames []string // the style keys of a pass, in the table's order
}

// An object is one kind of JSON object and the keys that it may have.
type object struct {
	Keys []*key `json:"keys"`

	name     string
	byName   map[string]*key // aliases included
	eitherOf []string        // keys of which at least one is needed
}

// A key is one member of an object.
type key struct {
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Required   requirement       `json:"required"`
	Const      any               `json:"const"`
	Enum       []any             `json:"enum"`
	EnumMinIOS map[string]string `json:"enumMinIOS"` // the first system that knows a value
	Pattern    string            `json:"pattern"`
	MinLength  int               `json:"minLength"` // characters
	MaxBytes   int               `json:"maxBytes"`  // of UTF-8
	MaxItems   int               `json:"maxItems"`
	Minimum    *float64          `json:"minimum"`
	Maximum    *float64          `json:"maximum"`
	Requires   []string          `json:"requires"`   // keys that must stand beside it
	Styles     []string          `json:"styles"`     // "style" or "style:scheme"; nil for every style
	Group      string            `json:"group"`      // of the keys of a pass: what it is about, for example "eventGuide"
	AppliesTo  string            `json:"appliesTo"`  // of a semantic tag: the passes that it is for, in words
	Alias      string            `json:"alias"`      // the name that Apple's own tool uses, or early systems did
	Deprecated string            `json:"deprecated"` // "since (use newer)"
	Note       string            `json:"note"`

	shape   shape
	pattern *regexp.Regexp
	newer   string // the key that replaces a deprecated one

	tagStyles []string // of a semantic tag: the styles that have a use for it; nil for all
	without   string   // of a semantic tag: the word that Wallet adds itself
}

// A requirement is "true", "false" or the name of a condition.
type requirement string

const (
	always         requirement = "true"
	oneOfStyle     requirement = "one-of-style"
	dateOrInterval requirement = "date-or-interval"
)

// UnmarshalJSON reads a boolean or a string.
func (r *requirement) UnmarshalJSON(text []byte) error {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	*r = requirement(fmt.Sprint(v))
	return nil
}

// A style is what one of the style keys draws.
type style struct {
	Images    []string       `json:"images"`
	Limits    map[string]int `json:"limits"` // of fields, by group or by a name that limits.go knows
	Relevance struct {
		Date any `json:"date"` // true, false, or "together with location"; nil where Apple does not say
	} `json:"relevance"`

	limitNames []string // of Limits, sorted
}

// A scheme is a richer drawing of a style, asked for in preferredStyleSchemes, and what a pass must have for it.
type scheme struct {
	Style  string   `json:"style"`
	Images []string `json:"images"`

	TransitType                string   `json:"transitType"` // "" for any
	RequiredSemantics          []string `json:"requiredSemantics"`
	RequiredForSports          []string `json:"requiredForSports"`
	RequiredForLivePerformance []string `json:"requiredForLivePerformance"`
	Requires                   []string `json:"requires"` // keys of the pass, and a text about images
}

func parseTable(text []byte) (*table, error) {
	t := new(table)
	if err := json.Unmarshal(text, t); err != nil {
		return nil, err
	}
	for name, o := range t.Objects {
		o.name = name
		o.byName = make(map[string]*key, len(o.Keys))
		for _, k := range o.Keys {
			if err := t.index(o, k); err != nil {
				return nil, fmt.Errorf("%s.%s: %w", name, k.Name, err)
			}
		}
	}
	for _, s := range t.Styles {
		s.limitNames = slices.Sorted(maps.Keys(s.Limits))
	}
	if t.pass = t.Objects["Pass"]; t.pass == nil {
		return nil, errors.New("there is no object Pass")
	}
	for _, k := range t.pass.Keys {
		if k.Required == oneOfStyle {
			if t.Styles[k.Name] == nil {
				return nil, fmt.Errorf("there is no style %s", k.Name)
			}
			t.styleNames = append(t.styleNames, k.Name)
		}
	}
	return t, nil
}

var (
	newerPattern   = regexp.MustCompile(`\(use (\w+)\)`)
	withoutPattern = regexp.MustCompile(`^Without the word (\w+)\.$`)
	earlyPattern   = regexp.MustCompile(`\bused the name (\w+)`)
)

// index fills in what is derived from the text of one key.
func (t *table) index(o *object, k *key) (err error) {
	o.byName[k.Name] = k
	if m := earlyPattern.FindStringSubmatch(k.Note); m != nil {
		k.Alias = m[1]
	}
	if k.Alias != "" {
		o.byName[k.Alias] = k
	}
	if k.Required == dateOrInterval {
		o.eitherOf = append(o.eitherOf, k.Name)
	}
	if m := newerPattern.FindStringSubmatch(k.Deprecated); m != nil {
		k.newer = m[1]
	}
	if m := withoutPattern.FindStringSubmatch(k.Note); m != nil {
		k.without = m[1]
	}
	k.tagStyles = stylesInWords(k.AppliesTo)
	if k.Pattern != "" {
		if k.pattern, err = regexp.Compile(k.Pattern); err != nil {
			return err
		}
	}
	if k.Type == "uint16" {
		k.Minimum, k.Maximum = new(0.0), new(float64(math.MaxUint16))
	}
	k.shape, err = t.parseShape(k.Type)
	return err
}

// stylesInWords reads which styles a text such as "boarding pass or event ticket" names.
func stylesInWords(text string) []string {
	var styles []string
	for _, s := range []struct{ words, style string }{
		{"boarding pass", boardingPass}, {"event ticket", eventTicket}, {"store card", "storeCard"},
	} {
		if strings.Contains(text, s.words) {
			styles = append(styles, s.style)
		}
	}
	return styles
}

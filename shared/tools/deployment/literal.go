package deployment

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// problems reads literals and collects what is wrong with them.
type problems struct{ found []error }

func (p *problems) err() error { return errors.Join(p.found...) }

func (p *problems) add(at hcl.Range, format string, args ...any) {
	p.found = append(p.found, fmt.Errorf("%s:%d: %s", at.Filename, at.Start.Line, fmt.Sprintf(format, args...)))
}

// local returns what the locals blocks of a file set a name to.
func (p *problems) local(folder fs.FS, file, name string) hcl.Expression {
	text, err := fs.ReadFile(folder, file)
	if err != nil {
		p.found = append(p.found, err)
		return nil
	}
	parsed, diagnostics := hclsyntax.ParseConfig(text, file, hcl.InitialPos)
	if diagnostics.HasErrors() {
		p.found = append(p.found, diagnostics.Errs()...)
		return nil
	}
	var value hcl.Expression
	for _, block := range parsed.Body.(*hclsyntax.Body).Blocks {
		attribute, set := block.Body.Attributes[name]
		switch {
		case block.Type != "locals" || !set:
		case value != nil:
			p.add(attribute.SrcRange, "%s is set a second time: leave one", name)
		default:
			value = attribute.Expr
		}
	}
	if value == nil {
		p.found = append(p.found, fmt.Errorf("%s: no locals block sets %s: add it", file, name))
	}
	return value
}

// list returns the elements of a literal list.
func (p *problems) list(name string, e hcl.Expression) []hcl.Expression {
	elements, diagnostics := hcl.ExprList(e)
	if diagnostics.HasErrors() {
		p.add(e.Range(), "%s is no list: write [ … ]", name)
	}
	return elements
}

// value evaluates an expression that refers to nothing, and reports whether it is of the type wanted.
func (p *problems) value(name string, e hcl.Expression, want cty.Type, form string) (cty.Value, bool) {
	v, diagnostics := e.Value(nil)
	if diagnostics.HasErrors() {
		p.add(e.Range(), "%s is no literal (%s): write %s", name, diagnostics[0].Summary, form)
		return v, false
	}
	switch {
	case v.IsNull():
		p.add(e.Range(), "%s is null: write %s", name, form)
	case v.Type() != want:
		p.add(e.Range(), "%s is %s: write %s", name, v.Type().FriendlyName(), form)
	default:
		return v, true
	}
	return v, false
}

func (p *problems) text(name string, e hcl.Expression) string {
	v, ok := p.value(name, e, cty.String, "a text in quotes")
	if !ok {
		return ""
	}
	return v.AsString()
}

func (p *problems) number(name string, e hcl.Expression) int {
	const form = "a whole number without quotes"
	v, ok := p.value(name, e, cty.Number, form)
	if !ok {
		return 0
	}
	n, accuracy := v.AsBigFloat().Int64()
	if accuracy != big.Exact {
		p.add(e.Range(), "%s is a fraction or too large: write %s", name, form)
	}
	return int(n)
}

// object returns the attributes of a literal object.
func (p *problems) object(name string, e hcl.Expression) object {
	o := object{problems: p, name: name, at: e.Range(), attributes: make(map[string]hcl.Expression)}
	pairs, diagnostics := hcl.ExprMap(e)
	if diagnostics.HasErrors() {
		p.add(o.at, "%s is no object: write { … }", name)
	}
	for _, pair := range pairs {
		key := p.text("the name of an attribute of "+name, pair.Key)
		if _, twice := o.attributes[key]; twice {
			p.add(pair.Key.Range(), "%s has %s twice: leave one", name, key)
		}
		o.attributes[key] = pair.Value
	}
	return o
}

// An object is a literal object, whose attributes are taken one by one.
type object struct {
	*problems
	name       string
	at         hcl.Range
	attributes map[string]hcl.Expression
}

func (o object) names() []string { return slices.Sorted(maps.Keys(o.attributes)) }

// take returns an attribute and takes it out; nil, and a problem, when it is missing.
func (o object) take(attribute string) hcl.Expression {
	e, given := o.attributes[attribute]
	if !given {
		o.add(o.at, "%s lacks %s: add it", o.name, attribute)
		return nil
	}
	delete(o.attributes, attribute)
	return e
}

// end notes the attributes that nobody has taken.
func (o object) end() {
	for _, name := range o.names() {
		o.add(o.attributes[name].Range(), "%s has %s, which nothing reads: correct its name or leave it out", o.name, name)
	}
}

func (o object) text(attribute string) string {
	if e := o.take(attribute); e != nil {
		return o.problems.text(o.path(attribute), e)
	}
	return ""
}

// textOrNull is text, where null means the empty text.
func (o object) textOrNull(attribute string) string {
	e := o.take(attribute)
	if e == nil {
		return ""
	}
	if v, diagnostics := e.Value(nil); !diagnostics.HasErrors() && v.IsNull() {
		return ""
	}
	return o.problems.text(o.path(attribute), e)
}

func (o object) number(attribute string) int {
	if e := o.take(attribute); e != nil {
		return o.problems.number(o.path(attribute), e)
	}
	return 0
}

func (o object) texts(attribute string) []string {
	e := o.take(attribute)
	if e == nil {
		return nil
	}
	texts := []string{}
	for _, element := range o.list(o.path(attribute), e) {
		texts = append(texts, o.problems.text(o.path(attribute), element))
	}
	return texts
}

func (o object) path(attribute string) string { return o.name + "." + attribute }

package template

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// A Set finds templates by name. A name that it does not have is an [UnknownError]; a template that is broken is
// [wallet.Findings]; any other error means that the template could not be read.
type Set interface {
	Template(ctx context.Context, name string) (*Template, error)
}

// A Refresher is a [Set] that keeps templates for a while. Fresh is Template without what was kept.
type Refresher interface {
	Fresh(ctx context.Context, name string) (*Template, error)
}

// An UnknownError says that a set has no template of a name. It unwraps to a finding about the document's field
// template, and so is of kind [wallet.ErrInvalid].
type UnknownError struct {
	Name  string
	Known []string // the names that there are
}

// Error names the template and those there are.
func (e *UnknownError) Error() string { return e.Findings().Error() }

// Unwrap returns the finding, so that the error is of kind [wallet.ErrInvalid].
func (e *UnknownError) Unwrap() error { return e.Findings() }

// Findings returns the finding TPL-UNKNOWN. It says so where no template can have the name.
func (e *UnknownError) Findings() wallet.Findings {
	var findings wallet.Findings
	var why string
	if !ValidName(e.Name) {
		why = ", since " + nameRule
	}
	known := strings.Join(slices.Compact(slices.Sorted(slices.Values(e.Known))), ", ")
	if known == "" {
		known = "none"
	}
	findings.Errorf("/template", "TPL-UNKNOWN", "there is no template %.60q%s; there are: %s", e.Name, why, known)
	return findings
}

// Templates is a [Set] in memory, by name.
type Templates map[string]*Template

// Template returns the template of a name, or an [UnknownError].
func (ts Templates) Template(_ context.Context, name string) (*Template, error) {
	t, ok := ts[name]
	if !ok {
		return nil, &UnknownError{Name: name, Known: slices.Collect(maps.Keys(ts))}
	}
	return t, nil
}

// LoadAll loads every folder of fsys whose name ends in ".pass" or ".pkpasstemplate". Everything wrong with any of them
// comes back at once, as [wallet.Findings].
func LoadAll(fsys fs.FS) (Templates, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("load templates: %w", err)
	}
	templates := make(Templates)
	var all wallet.Findings
	for _, name := range templateNames(entries) {
		t, err := Load(fsys, name)
		if findings, ok := errors.AsType[wallet.Findings](err); ok {
			all = append(all, findings...)
			continue
		}
		if err != nil {
			return nil, err
		}
		templates[name] = t
	}
	if all != nil {
		return nil, all
	}
	return templates, nil
}

// templateNames returns the names of the templates among the entries of a folder, in their order, each once.
func templateNames(entries []fs.DirEntry) []string {
	var names []string
	for _, entry := range entries {
		for _, extension := range []string{sourceFolder, designerFolder} {
			name, ok := strings.CutSuffix(entry.Name(), extension)
			if ok && !ignored(entry.Name()) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Sets looks in several sets. Where two have a template of the same name, the later one wins.
type Sets []Set

// Template returns the template of the last set that has the name, or an [UnknownError] with the names of all.
func (ss Sets) Template(ctx context.Context, name string) (*Template, error) {
	return ss.find(name, func(set Set) (*Template, error) { return set.Template(ctx, name) })
}

// Fresh is Template without what any of the sets has kept.
func (ss Sets) Fresh(ctx context.Context, name string) (*Template, error) {
	return ss.find(name, func(set Set) (*Template, error) {
		if keeping, ok := set.(Refresher); ok {
			return keeping.Fresh(ctx, name)
		}
		return set.Template(ctx, name)
	})
}

func (ss Sets) find(name string, look func(Set) (*Template, error)) (*Template, error) {
	unknown := &UnknownError{Name: name}
	for _, set := range slices.Backward(ss) {
		t, err := look(set)
		missing, ok := errors.AsType[*UnknownError](err)
		if !ok {
			return t, err
		}
		unknown.Known = append(unknown.Known, missing.Known...)
	}
	return nil, unknown
}

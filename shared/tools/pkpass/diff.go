package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"walletpasses.example/server/shared/wallet"
)

// diff prints what changed from one package to another.
func (t tool) diff(args []string) error {
	files, err := parse(flag.NewFlagSet("diff", flag.ContinueOnError), args)
	if err == nil {
		err = count(files, 2)
	}
	if err != nil {
		return err
	}
	before, err := readPassFile(files[0], t.now())
	if err != nil {
		return err
	}
	after, err := readPassFile(files[1], t.now())
	if err != nil {
		return err
	}
	d := comparison{before: before, after: after}
	d.identity()
	d.values("pass.json#", before.pass, after.pass)
	d.files()
	d.print(t.stdout)
	announce(t.stdout, before, after)
	return nil
}

// A comparison collects the lines that tell two packages apart.
type comparison struct {
	before, after passFile
	lines         []string
}

func (d *comparison) say(format string, args ...any) {
	d.lines = append(d.lines, printable(fmt.Sprintf(format, args...)))
}

func (d *comparison) print(out io.Writer) {
	fmt.Fprintln(out, "changed")
	if len(d.lines) == 0 {
		fmt.Fprintln(out, "  nothing: the files are the same")
	}
	for _, line := range d.lines {
		fmt.Fprintln(out, "  "+line)
	}
}

// identity points out what an update cannot change.
func (d *comparison) identity() {
	for _, key := range []string{"passTypeIdentifier", "serialNumber"} {
		if d.before.text(key) != d.after.text(key) {
			d.say("! %s differs: these are two passes, and no update of one another", key)
		}
	}
	if !bytes.Equal(tokenOf(d.before), tokenOf(d.after)) {
		d.say("! authenticationToken differs: an update cannot change it, so the phone keeps the first one")
	}
}

func tokenOf(p passFile) []byte {
	token, _ := p.pass["authenticationToken"].(string)
	return []byte(token)
}

// values compares two JSON values and what is in them. Fields are compared by their key, as the device does.
func (d *comparison) values(path string, before, after any) {
	if reflect.DeepEqual(before, after) || path == "pass.json#/authenticationToken" {
		return
	}
	a, b := members(before), members(after)
	if a == nil || b == nil {
		d.say("~ %s: %s → %s", path, short(before), short(after))
		return
	}
	for _, name := range union(a, b) {
		at := wallet.PointerTo(path, name)
		old, was := a[name]
		now, is := b[name]
		switch {
		case !was && at != "pass.json#/authenticationToken":
			d.say("+ %s: %s", at, short(now))
		case !is && at != "pass.json#/authenticationToken":
			d.say("- %s: %s", at, short(old))
		default:
			d.values(at, old, now)
		}
	}
}

// members names the parts of an object, and of an array: fields by their key, other elements by their place. It is nil for
// anything else.
func members(v any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return v
	case []any:
		named := make(map[string]any, len(v))
		for i, element := range v {
			name := strconv.Itoa(i)
			if key, ok := object(element)["key"].(string); ok {
				name = key
			}
			named[name] = element
		}
		return named
	default:
		return nil
	}
}

// union is the names of both, sorted.
func union(a, b map[string]any) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	return slices.Compact(names)
}

// short is a value in few words.
func short(v any) string {
	switch v := v.(type) {
	case []any:
		return plural(len(v), "element")
	case map[string]any:
		if value, ok := v["value"]; ok {
			return short(value)
		}
		return plural(len(v), "key")
	case string:
		if runes := []rune(v); len(runes) > 60 {
			return `"` + string(runes[:60]) + `…"`
		}
		return quoted(v)
	default:
		return plain(v)
	}
}

// files compares everything but pass.json.
func (d *comparison) files() {
	for _, file := range d.before.contents.Source {
		other, ok := d.after.contents.Source.File(file.Name())
		switch {
		case !ok:
			d.say("- %s", file.Name())
		case file.Name() != "pass.json" && !bytes.Equal(file.Data(), other.Data()):
			d.say("~ %s: %s, %d bytes → %s, %d bytes", file.Name(), kind(file), len(file.Data()), kind(other), len(other.Data()))
		}
	}
	for _, file := range d.after.contents.Source {
		if _, ok := d.before.contents.Source.File(file.Name()); !ok {
			d.say("+ %s: %s, %d bytes", file.Name(), kind(file), len(file.Data()))
		}
	}
}

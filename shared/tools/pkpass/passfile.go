package main

import (
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"walletpasses.example/server/shared/passjson"
	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/template/passstrings"
	"walletpasses.example/server/shared/wallet"
)

// A passFile is a package opened for people to look into. Nothing says that a phone would take it.
type passFile struct {
	name     string
	size     int // bytes
	contents *pkpass.Contents
	pass     map[string]any               // pass.json; empty when it cannot be read
	tables   map[string]passstrings.Table // the texts that could be read, by language: "de", "pt-BR"
}

// readPassFile opens one package.
func readPassFile(name string, now time.Time) (passFile, error) {
	file, size, err := open(name)
	if err != nil {
		return passFile{}, err
	}
	defer file.Close()
	if size > pkpass.MaxPackageSize {
		return passFile{}, fmt.Errorf("%s has %d bytes, and a package at most %d", name, size, pkpass.MaxPackageSize)
	}
	data, err := io.ReadAll(io.LimitReader(file, size))
	if err != nil {
		return passFile{}, err
	}
	return newPassFile(name, data, now)
}

func newPassFile(name string, data []byte, now time.Time) (passFile, error) {
	contents, findings := pkpass.Verify(data, pkpass.VerifyOptions{Now: now})
	if contents == nil {
		return passFile{}, fmt.Errorf("%s is no package: %s", name, findings[0].Message)
	}
	p := passFile{name: name, size: len(data), contents: contents, tables: make(map[string]passstrings.Table)}
	p.pass, _, _ = wallet.DecodeObject(contents.PassJSON) // what is wrong with it is for verify to say
	for _, file := range contents.Source {
		language, inFolder := strings.CutSuffix(path.Dir(file.Name()), ".lproj")
		if !inFolder || path.Base(file.Name()) != "pass.strings" {
			continue
		}
		if table, err := passstrings.Parse(file.Data()); err == nil {
			p.tables[language] = table
		}
	}
	return p, nil
}

// text returns a key's string for a terminal, or "".
func (p passFile) text(key string) string {
	text, _ := p.pass[key].(string)
	return printable(text)
}

// style names what the pass looks like: its style keys, and the designs that it prefers.
func (p passFile) style() string {
	var names []string
	for _, name := range styles {
		if _, ok := p.pass[name]; ok {
			names = append(names, name)
		}
	}
	if style, ok := passjson.Style(p.pass); ok && len(names) > 1 {
		names = append(names, "with "+style+" as the fallback")
	}
	if schemes := list(p.pass["preferredStyleSchemes"]); len(schemes) > 0 {
		names = append(names, "preferring "+join(schemes))
	}
	return strings.Join(names, ", ")
}

func list(v any) []any { values, _ := v.([]any); return values }

func object(v any) map[string]any { members, _ := v.(map[string]any); return members }

func join(values []any) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = printable(fmt.Sprint(v))
	}
	return strings.Join(texts, ", ")
}

package template

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

const passJSON = "pass.json"

var namePattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// Load reads the folder name+".pass" of fsys. What is wrong with it comes back as [wallet.Findings], all at once, with
// paths such as "stamps.pass/pass.json#/teamIdentifier". When there is no such folder the error is [fs.ErrNotExist];
// any other error means that reading failed.
func Load(fsys fs.FS, name string) (*Template, error) {
	root := name + ".pass"
	var findings wallet.Findings
	if !namePattern.MatchString(name) {
		findings.Errorf(root, "TPL-NAME", "a template's name has 1 to 40 characters of a-z, 0-9 and -")
		return nil, findings
	}
	files, findings, err := readFolder(fsys, root)
	if err != nil {
		return nil, fmt.Errorf("load template %s: %w", name, err)
	}
	if files == nil {
		return nil, findings
	}
	t := &Template{name: name, revision: revision(files), imageSizes: make(map[string]image.Point)}
	t.compile(files, &findings)
	checkLanguages(root, files, &findings)
	if findings != nil {
		return nil, findings
	}
	return t, nil
}

// compile computes all that rendering needs from the files.
func (t *Template) compile(files map[string][]byte, findings *wallet.Findings) {
	root := t.name + ".pass/"
	text, ok := files[passJSON]
	if !ok {
		findings.Errorf(root+passJSON, "PKG-2", "is missing; a template needs one")
	} else {
		t.parsePass(root+passJSON, text, findings)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == passJSON {
			continue
		}
		t.files = append(t.files, pkpass.NewFile(name, files[name]))
		if !strings.HasSuffix(name, ".png") {
			continue
		}
		config, err := png.DecodeConfig(bytes.NewReader(files[name]))
		if err != nil {
			findings.Errorf(root+name, "TPL-PNG", "is not a PNG image (%v)", err)
			continue
		}
		t.imageSizes[name] = image.Pt(config.Width, config.Height)
	}
}

// parsePass reads pass.json and refuses in it what belongs to the server.
func (t *Template) parsePass(path string, text []byte, findings *wallet.Findings) {
	pass, problems, err := wallet.DecodeObject(text)
	if err != nil {
		findings.Errorf(path, "REJ-3", "%v", err)
		return
	}
	for _, p := range problems {
		p.Path = path + "#" + p.Path
		*findings = append(*findings, p)
	}
	for _, key := range wallet.ServerOwned {
		if _, ok := pass[key]; ok {
			findings.Errorf(wallet.PointerTo(path+"#", key), "TPL-SERVER-OWNED", "%s belongs to the server; leave it out", key)
		}
	}
	p := parser{findings: findings, names: make(map[string]bool)}
	t.pass = p.object(pass, path+"#")
	t.placeholders = slices.Sorted(maps.Keys(p.names))
}

// revision hashes names and contents, each with its length in front, so that no two folders give the same bytes.
func revision(files map[string][]byte) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%d:%s%d:", len(name), name, len(files[name]))
		h.Write(files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

package template

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"walletpasses.example/server/shared/pkpass"
	"walletpasses.example/server/shared/wallet"
)

const (
	passJSON            = "pass.json"
	passStrings         = "pass.strings"
	personalizationJSON = "personalization.json" // the sign-up form of a reward card
)

var namePattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// nameRule says in words what names are valid.
const nameRule = "a template's name has 1 to 40 characters of a-z, 0-9 and -"

// ValidName reports that a template may have the name: 1 to 40 characters of a-z, 0-9 and -. No [Set] has one of another name.
func ValidName(name string) bool { return namePattern.MatchString(name) }

// Load reads the folder name+".pass" of fsys, or name+".pkpasstemplate" as Pass Designer saves it. What is wrong with it
// comes back as [wallet.Findings], all at once, with paths such as "stamps.pass/pass.json#/teamIdentifier". When there is
// no such folder the error is [fs.ErrNotExist]; any other error means that reading failed.
//
// Of a .pkpasstemplate, what has no place in a template is left out with a warning, not refused: see [Template.Warnings].
// Data can replace the value of any field in it by the field's key: see [Template.Fields].
// https://developer.apple.com/documentation/walletpasses/creating-a-pass-with-pass-designer
func Load(fsys fs.FS, name string) (*Template, error) {
	if !ValidName(name) {
		var findings wallet.Findings
		findings.Errorf(name+sourceFolder, "TPL-NAME", nameRule)
		return nil, findings
	}
	root, findings, err := find(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("load template %s: %w", name, err)
	}
	files, more, err := readFolder(fsys, root)
	if err != nil {
		return nil, fmt.Errorf("load template %s: %w", name, err)
	}
	findings = append(findings, more...)
	if files == nil {
		return nil, findings
	}
	t := &Template{name: name, revision: revision(files), imageSizes: make(map[string]image.Point)}
	t.compile(root, files, &findings)
	if findings.Err() != nil {
		return nil, findings
	}
	t.warnings = findings
	return t, nil
}

// Extensions of a template's folder.
const (
	sourceFolder   = ".pass"
	designerFolder = ".pkpasstemplate"
)

// find returns the template's folder. There may be only one.
func find(fsys fs.FS, name string) (root string, findings wallet.Findings, err error) {
	_, err = fs.Lstat(fsys, name+sourceFolder)
	_, errDesigner := fs.Lstat(fsys, name+designerFolder)
	switch {
	case err == nil && errDesigner == nil:
		findings.Errorf(name+designerFolder, "TPL-NAME", "there is a %s too; remove one of the two", name+sourceFolder)
	case errors.Is(err, fs.ErrNotExist) && errDesigner == nil:
		return name + designerFolder, nil, nil
	}
	return name + sourceFolder, findings, err
}

// compile computes all that rendering needs from the files.
func (t *Template) compile(root string, files map[string][]byte, findings *wallet.Findings) {
	p := parser{findings: findings, names: make(map[string]bool)}
	if text, ok := files[passJSON]; ok {
		t.pass = p.pass(text, root)
	} else {
		findings.Errorf(root+"/"+passJSON, "PKG-2", "is missing; a template needs one")
	}
	if strings.HasSuffix(root, designerFolder) {
		t.fields = t.pass.openFields()
	}
	if text, ok := files[personalizationJSON]; ok {
		t.form = p.form(text, root)
	}
	t.placeholders = slices.Sorted(maps.Keys(p.names))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(name, ".png") {
			continue
		}
		size, err := checkPNG(files[name])
		if err != nil {
			findings.Errorf(root+"/"+name, "TPL-PNG", "%v", err)
			continue
		}
		t.imageSizes[name] = size
	}
	t.compileLanguages(root, files, findings)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name != passJSON && name != personalizationJSON {
			t.files = append(t.files, pkpass.NewFile(name, files[name]))
		}
	}
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

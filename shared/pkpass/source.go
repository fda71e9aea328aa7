package pkpass

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// MaxPackageSize bounds a package, in bytes. Apple documents no limit; passes of more than a megabyte are slow to add.
const MaxPackageSize = 10 << 20

// A Source is what a pass is made of, without manifest and signature. Names are unique; order does not matter.
type Source []File

// File returns the file of that name, and whether there is one.
func (s Source) File(name string) (File, bool) {
	for _, f := range s {
		if f.name == name {
			return f, true
		}
	}
	return File{}, false
}

// Check finds what makes a phone refuse a package for its files, whatever is in them: names that are bad, reserved or
// there twice, a missing pass.json or icon, a size beyond [MaxPackageSize].
func (s Source) Check() wallet.Findings {
	var findings wallet.Findings
	seen := make(map[string]bool, len(s))
	size := 0
	for _, f := range s {
		if rule, problem := checkName(f.name); problem != "" {
			findings.Errorf(f.name, rule, "%s", problem)
		}
		if f.name == manifestName || f.name == signatureName {
			findings.Errorf(f.name, "MAN-2", "%s is made when the pass is signed; leave it out of the source", f.name)
		}
		if seen[f.name] {
			findings.Errorf(f.name, "PKG-6", "the file is there twice; keep one")
		}
		if f.name == passName && len(f.data) > maxPart {
			findings.Errorf(f.name, "PKG-SIZE", "the file has %d bytes; at most %d", len(f.data), maxPart)
		}
		seen[f.name] = true
		size += len(f.data)
	}
	if size > MaxPackageSize {
		findings.Errorf("", "PKG-SIZE", "the files have %d bytes; at most %d", size, MaxPackageSize)
	}
	if !seen[passName] {
		findings.Errorf(passName, "REJ-2", "there is no pass.json at the root")
	}
	s.checkIcon(&findings)
	return findings
}

// checkIcon wants an icon at one scale at least, at the root or in a language folder.
func (s Source) checkIcon(findings *wallet.Findings) {
	scales := map[string]bool{}
	for _, f := range s {
		if dir := path.Dir(f.name); dir == "." || strings.HasSuffix(dir, ".lproj") {
			scales[path.Base(f.name)] = true
		}
	}
	if !scales["icon.png"] && !scales["icon@2x.png"] && !scales["icon@3x.png"] {
		findings.Errorf("icon.png", "PKG-2", "there is no icon; add icon.png (38 × 38 points), icon@2x.png and icon@3x.png")
		return
	}
	for _, name := range []string{"icon@2x.png", "icon@3x.png"} {
		if !scales[name] {
			findings.Warnf(name, "PKG-2", "the icon is missing at this scale and will be blurred on today's screens")
		}
	}
}

// checkName returns the rule that a name breaks and what is wrong with it, or nothing.
func checkName(name string) (rule, problem string) {
	if !fs.ValidPath(name) || name == "." || strings.ContainsFunc(name, isUnsafe) {
		return "PKG-6", fmt.Sprintf("the name %q is not a plain relative path with forward slashes", name)
	}
	for element := range strings.SplitSeq(name, "/") {
		if element == ".DS_Store" || element == "__MACOSX" || element == "Thumbs.db" || strings.HasPrefix(element, "._") {
			return "PKG-5", fmt.Sprintf("%q is left behind by a file browser and breaks the pass; leave it out", name)
		}
	}
	return "", ""
}

// isUnsafe reports characters that some systems read as something other than part of a name.
func isUnsafe(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }

package pkpass

import (
	"slices"
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

func sortByName(files []File) {
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.name, b.name) })
}

// Check finds what makes a phone refuse a package for its files, whatever is in them: names that are bad, reserved or
// there twice, a missing pass.json or icon, more files or bytes than a package may have ([MaxPackageSize]). What it accepts,
// [Read] accepts as well, once it is signed.
func (s Source) Check() wallet.Findings {
	var findings wallet.Findings
	seen := newNames(len(s))
	for _, f := range s {
		if rule, problem := checkName(f.name); problem != "" {
			findings.Errorf(f.name, rule, "%s", problem)
		}
		if made := strings.ToLower(f.name); made == manifestName || made == signatureName {
			findings.Errorf(f.name, "MAN-2", "%s is made when the pass is signed; leave it out of the source", made)
		}
		if problem := seen.add(f.name); problem != "" {
			findings.Errorf(f.name, "PKG-6", "%s", problem)
		}
		if f.name == passName && len(f.data) > maxPart {
			findings.Errorf(f.name, "PKG-SIZE", "the file has %d bytes; at most %d", len(f.data), maxPart)
		}
	}
	if len(s) > maxEntries-2 { // manifest.json and signature come to it
		findings.Errorf("", "PKG-SIZE", "there are %d files; at most %d", len(s), maxEntries-2)
	}
	s.checkSize(&findings)
	if !seen.has(passName) {
		findings.Errorf(passName, "REJ-2", "there is no pass.json at the root")
	}
	seen.checkIcon(&findings)
	return findings
}

// signatureRoom is what a package keeps free for its signature, in bytes. With Apple's certificates it takes about a fifth of that.
const signatureRoom = 16 << 10

// checkSize bounds what the files become: manifest.json, and an archive that has room for the signature.
func (s Source) checkSize(findings *wallet.Findings) {
	manifest := manifestOf(s) // in this order or another, its size is the same
	if len(manifest) > maxPart {
		findings.Errorf(manifestName, "PKG-SIZE", "it would have %d bytes; at most %d: shorten the names of the files", len(manifest), maxPart)
	}
	made := []File{{name: manifestName, data: manifest}, {name: signatureName}}
	if size := zipSize(slices.Concat(s, made)); size > MaxPackageSize-signatureRoom {
		findings.Errorf("", "PKG-SIZE", "the package would have %d bytes without its signature; at most %d", size, MaxPackageSize-signatureRoom)
	}
}

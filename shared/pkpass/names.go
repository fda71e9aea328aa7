package pkpass

import (
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// names are those of the files and folders of a package. A phone tells upper from lower case; the Mac, which shows passes
// too, does not.
type names struct {
	exact  map[string]bool
	folded map[string]string // the last name of those that differ in case alone, by what all of them are in lower case
}

func newNames(expected int) names {
	return names{exact: make(map[string]bool, expected), folded: make(map[string]string, expected)}
}

// add takes a name, and says why it cannot stand beside the others.
func (n names) add(name string) (problem string) {
	folded := strings.ToLower(name)
	other, taken := n.folded[folded]
	n.folded[folded] = name
	if n.exact[name] {
		return "the name is there twice; keep one"
	}
	n.exact[name] = true
	if taken {
		return fmt.Sprintf("the name differs from %q in upper and lower case alone; keep one", other)
	}
	return ""
}

// has reports a name that was added.
func (n names) has(name string) bool { return n.exact[name] }

// iconScales are the names of an icon, by scale.
var iconScales = [...]string{"icon.png", "icon@2x.png", "icon@3x.png"}

// checkIcon wants an icon at one scale at least, at the root or in a language folder.
func (n names) checkIcon(findings *wallet.Findings) {
	var found [len(iconScales)]bool
	for name := range n.exact {
		folder, file := path.Split(name)
		if scale := slices.Index(iconScales[:], file); scale >= 0 && (folder == "" || strings.HasSuffix(folder, ".lproj/")) {
			found[scale] = true
		}
	}
	if !slices.Contains(found[:], true) {
		findings.Errorf("icon.png", "PKG-2", "there is no icon; add icon.png (38 × 38 points), icon@2x.png and icon@3x.png")
		return
	}
	for scale, name := range iconScales {
		if scale > 0 && !found[scale] {
			findings.Warnf(name, "PKG-2", "the icon is missing at this scale and will be blurred on today's screens")
		}
	}
}

// maxName is the length of the longest name that an archive has room for, in bytes.
const maxName = math.MaxUint16

// checkName returns the rule that a name breaks and what is wrong with it, or nothing.
func checkName(name string) (rule, problem string) {
	if len(name) > maxName {
		return "PKG-6", fmt.Sprintf("the name has %d bytes; at most %d", len(name), maxName)
	}
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

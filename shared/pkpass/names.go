package pkpass

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// names are those of the files and folders of a package, by what is left of them on a system that does not tell upper from
// lower case. A phone does; the Mac, which shows passes too, does not.
type names map[string][]string

// add takes a name, and says why it cannot stand beside the others.
func (n names) add(name string) (problem string) {
	folded := strings.ToLower(name)
	others := n[folded]
	n[folded] = append(others, name)
	switch {
	case slices.Contains(others, name):
		return "the name is there twice; keep one"
	case len(others) > 0:
		return fmt.Sprintf("the name differs from %q in upper and lower case alone; keep one", others[0])
	}
	return ""
}

// has reports a name that was added.
func (n names) has(name string) bool { return slices.Contains(n[strings.ToLower(name)], name) }

// checkIcon wants an icon at one scale at least, at the root or in a language folder.
func (n names) checkIcon(findings *wallet.Findings) {
	scales := map[string]bool{}
	for _, spellings := range n {
		for _, name := range spellings {
			if dir := path.Dir(name); dir == "." || strings.HasSuffix(dir, ".lproj") {
				scales[path.Base(name)] = true
			}
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

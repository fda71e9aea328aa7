package pkpass

import (
	"fmt"
	"path"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// Bounds of a bundle.
// https://developer.apple.com/documentation/walletpasses/distributing-and-updating-a-pass
const (
	maxBundleEntries = 10
	maxBundleSize    = 150 << 20 // bytes
)

// A BundleEntry is one signed pass of a bundle.
type BundleEntry struct {
	Name string // distinct, without folders, ending in ".pkpass"
	Data []byte // the package
}

// Bundle returns a .pkpasses archive: 1 to 10 signed passes that are added together. It has no signature of its own. What
// is wrong with the entries is returned as [wallet.Findings].
func Bundle(entries []BundleEntry) ([]byte, error) {
	if err := checkBundle(entries).Err(); err != nil {
		return nil, fmt.Errorf("bundle passes: %w", err)
	}
	files := make([]File, len(entries))
	for i, e := range entries {
		files[i] = NewFile(e.Name, e.Data)
	}
	archive, err := appendZip(nil, files)
	if err != nil {
		return nil, fmt.Errorf("bundle passes: %w", err)
	}
	return archive, nil
}

func checkBundle(entries []BundleEntry) wallet.Findings {
	var findings wallet.Findings
	if len(entries) == 0 || len(entries) > maxBundleEntries {
		findings.Errorf("", "BUN-2", "%d passes; a bundle has 1 to %d", len(entries), maxBundleEntries)
	}
	seen := make(map[string]bool)
	size := 0
	for _, e := range entries {
		checkBundleName(&findings, seen, e.Name)
		if _, problems := Read(e.Data); problems.Err() != nil {
			findings.Errorf(e.Name, "BUN-1", "not a complete signed pass: %v", problems.Err())
		}
		size += len(e.Data)
	}
	if size > maxBundleSize {
		findings.Errorf("", "BUN-2", "the passes have %d bytes; at most %d", size, maxBundleSize)
	}
	return findings
}

// checkBundleName is BUN-3: a name of the form name.pkpass, once.
func checkBundleName(findings *wallet.Findings, seen map[string]bool, name string) {
	if _, problem := checkName(name); problem != "" || path.Base(name) != name || !strings.HasSuffix(name, ".pkpass") {
		findings.Errorf(name, "BUN-3", "the name %q is not of the form name.pkpass", name)
	}
	if seen[name] {
		findings.Errorf(name, "BUN-3", "the name is there twice")
	}
	seen[name] = true
}

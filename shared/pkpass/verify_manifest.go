package pkpass

import (
	"encoding/hex"
	"maps"
	"regexp"
	"slices"

	"walletpasses.example/server/shared/wallet"
)

var (
	sha1Pattern   = regexp.MustCompile(`^[0-9a-f]{40}$`)
	sha256Pattern = regexp.MustCompile(`^[0-9A-Fa-f]{64}$`)
)

// manifest holds the list of digests against the files, both ways.
func (v *verifier) manifest() {
	digests, findings, err := wallet.DecodeObject(v.Manifest)
	if err != nil {
		v.findings.Errorf(manifestName, "MAN-1", "%v", err)
		return
	}
	for _, f := range findings {
		v.findings.Errorf(manifestName+"#"+f.Path, "MAN-1", "%s", f.Message)
	}
	files := make(map[string]File, len(v.Source))
	for _, f := range v.Source {
		files[f.name] = f
	}
	for _, name := range slices.Sorted(maps.Keys(digests)) {
		v.digest(name, digests[name], files)
	}
	for _, f := range v.Source {
		if _, ok := digests[f.name]; !ok {
			v.findings.Errorf(f.name, "MAN-2", "the file is not listed in manifest.json")
		}
	}
}

// digest checks one line of the manifest against the files by name.
func (v *verifier) digest(name string, value any, files map[string]File) {
	at := wallet.PointerTo(manifestName+"#", name)
	digest, _ := value.(string)
	if sha256Pattern.MatchString(digest) {
		v.findings.Errorf(at, "MAN-4", "the digest of %q is not SHA-1, the only one that Wallet knows", name)
		return
	}
	if !sha1Pattern.MatchString(digest) {
		v.findings.Errorf(at, "MAN-1", "the digest of %q is not 40 lower-case hexadecimal characters", name)
		return
	}
	if name == manifestName || name == signatureName {
		v.findings.Errorf(at, "MAN-2", "manifest.json must not list %q", name)
		return
	}
	file, ok := files[name]
	if !ok && v.names.has(name) {
		return // reported: it is there, and could not be taken over
	}
	if !ok {
		v.findings.Errorf(at, "MAN-3", "manifest.json lists %q, which is not there", name)
		return
	}
	if has := hex.EncodeToString(file.sha1[:]); has != digest {
		v.findings.Errorf(name, "REJ-7", "the file has the digest %s, manifest.json says %s: it was changed", has, digest)
	}
}

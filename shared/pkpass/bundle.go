package pkpass

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"

	"walletpasses.example/server/shared/wallet"
)

// Bounds of a bundle.
// https://developer.apple.com/documentation/walletpasses/distributing-and-updating-a-pass
const (
	maxBundleEntries = 10
	maxBundleSize    = 150 << 20 // bytes
	maxBundleList    = 1 << 20   // bytes of the list of files at its end
)

// A BundleEntry is one signed pass of a bundle.
type BundleEntry struct {
	Name string // distinct, without folders, ending in ".pkpass"
	Data []byte // the package
}

// A BundleReader reads the passes of a .pkpasses archive, one at a time, without believing anything in it.
type BundleReader struct {
	entries  []*zip.File
	findings wallet.Findings
}

// OpenBundle reads the directory of an archive of size bytes. It is false for what is no bundle: not a zip archive without
// comment, or one that has its own pass.json, or no file named like a pass.
// https://developer.apple.com/documentation/walletpasses/distributing-and-updating-a-pass
func OpenBundle(archive io.ReaderAt, size int64) (*BundleReader, bool) {
	if !hasShortList(archive, size) {
		return nil, false
	}
	directory, err := zip.NewReader(archive, size)
	if err != nil {
		return nil, false
	}
	passes := 0
	for _, entry := range directory.File {
		if entry.Name == passName {
			return nil, false
		}
		if path.Ext(entry.Name) == ".pkpass" {
			passes++
		}
	}
	if passes == 0 {
		return nil, false
	}
	b := &BundleReader{entries: directory.File}
	b.count(size)
	return b, true
}

// hasShortList reports that the archive ends as plain ones do, with a list of files right before that is not too long to be
// read into memory.
func hasShortList(archive io.ReaderAt, size int64) bool {
	end := make([]byte, endSize)
	if _, err := archive.ReadAt(end, size-endSize); size < endSize || err != nil && err != io.EOF || !bytes.HasPrefix(end, []byte("PK\x05\x06")) {
		return false
	}
	length, offset := int64(binary.LittleEndian.Uint32(end[12:])), int64(binary.LittleEndian.Uint32(end[16:]))
	return length <= maxBundleList && offset+length+endSize == size
}

// count is BUN-2.
func (b *BundleReader) count(size int64) {
	if len(b.entries) > maxBundleEntries {
		b.findings.Errorf("", "BUN-2", "%d files; a bundle has 1 to %d passes", len(b.entries), maxBundleEntries)
		b.entries = b.entries[:maxBundleEntries]
	}
	if size > maxBundleSize {
		b.findings.Errorf("", "BUN-2", "the bundle has %d bytes; at most %d", size, maxBundleSize)
	}
}

// Passes yields each pass that can be read. What is wrong with the others, and with the names, is in Findings afterwards.
func (b *BundleReader) Passes() iter.Seq[BundleEntry] {
	return func(yield func(BundleEntry) bool) {
		seen := make(map[string]bool)
		for _, entry := range b.entries {
			checkBundleName(&b.findings, seen, entry.Name)
			data, err := readBundled(entry)
			if err != nil {
				b.findings.Errorf(entry.Name, "BUN-1", "cannot be read from the bundle: %v", err)
				continue
			}
			if !yield(BundleEntry{Name: entry.Name, Data: data}) {
				return
			}
		}
	}
}

// Findings is what is wrong with the bundle itself, so far. The passes in it are not looked at: that is [Verify].
func (b *BundleReader) Findings() wallet.Findings { return b.findings }

// readBundled unpacks one pass.
func readBundled(entry *zip.File) ([]byte, error) {
	if entry.UncompressedSize64 > MaxPackageSize {
		return nil, fmt.Errorf("more than %d bytes when unpacked", MaxPackageSize)
	}
	content, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
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

package pkpass

import (
	"archive/zip"
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// Bounds of what is read from an archive of unknown origin.
const (
	maxUncompressed = 50 << 20 // bytes of all entries together
	maxEntries      = 1000
	// maxPart bounds pass.json, manifest.json and signature, each in bytes: checking them takes many times their size.
	maxPart = 256 << 10
)

// Contents is what a package holds. A part that is missing or unreadable is nil, and there is a finding about it.
type Contents struct {
	PassJSON  []byte
	Manifest  []byte
	Signature []byte
	Source    Source // every file but manifest.json and signature, in the order of the archive

	names names // of all entries, also of those that could not be taken over

	// Set by Verify alone.
	SigningTime time.Time         // as the signature claims it, UTC
	Certificate *x509.Certificate // the pass certificate that the signature names
}

// Read opens a package without believing anything in it, and returns what is wrong with the archive and its list of files.
// It checks no digest and no signature: that is [Verify]. Contents is nil when data is no zip archive at all.
func Read(data []byte) (*Contents, wallet.Findings) {
	r := reader{contents: &Contents{names: newNames(0)}, left: maxUncompressed}
	archive := r.open(data)
	if archive == nil {
		return nil, r.findings
	}
	for _, entry := range archive.File {
		r.entry(entry)
	}
	r.required(archive)
	return r.contents, r.findings
}

type reader struct {
	contents *Contents
	findings wallet.Findings
	left     int64 // uncompressed bytes that may still be read
}

// open reads the directory of the archive.
func (r *reader) open(data []byte) *zip.Reader {
	if len(data) > MaxPackageSize {
		r.findings.Errorf("", "PKG-SIZE", "the package has %d bytes; at most %d", len(data), MaxPackageSize)
		return nil
	}
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		r.findings.Errorf("", "REJ-1", "not a zip archive: it does not begin with a file")
		return nil
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		r.findings.Errorf("", "REJ-1", "not a zip archive: %v", err)
		return nil
	}
	if len(archive.File) > maxEntries {
		r.findings.Errorf("", "PKG-SIZE", "the archive has %d entries; at most %d", len(archive.File), maxEntries)
		return nil
	}
	checkLayout(data, archive, &r.findings)
	return archive
}

// entry takes one file over, or says why not.
func (r *reader) entry(entry *zip.File) {
	name := strings.TrimSuffix(entry.Name, "/")
	problems := len(r.findings)
	if rule, problem := checkName(name); problem != "" {
		r.findings.Errorf(name, rule, "%s", problem)
	}
	if problem := r.contents.names.add(name); problem != "" {
		r.findings.Errorf(name, "PKG-6", "%s", problem)
	}
	if entry.Mode()&fs.ModeSymlink != 0 {
		r.findings.Errorf(name, "PKG-5", "a symbolic link; put the file itself there")
	}
	if entry.Flags&1 != 0 {
		r.findings.Errorf(name, "PKG-6", "the entry is encrypted")
	}
	if isZIP64(entry) {
		r.findings.Errorf(name, "PKG-6", "the entry uses ZIP64; write plain zip")
	}
	if entry.Method != zip.Store && entry.Method != zip.Deflate {
		r.findings.Errorf(name, "PKG-6", "compression method %d; use stored (0) or deflate (8)", entry.Method)
	}
	if len(r.findings) > problems || strings.HasSuffix(entry.Name, "/") {
		return
	}
	if isPart(name) && entry.UncompressedSize64 > maxPart {
		r.findings.Errorf(name, "PKG-SIZE", "the file has %d bytes; at most %d", entry.UncompressedSize64, maxPart)
		return
	}
	data, err := r.read(entry)
	if err != nil {
		r.findings.Errorf(name, "PKG-6", "cannot be read from the archive: %v", err)
		return
	}
	r.take(name, data)
}

// read unpacks an entry. What comes out is bounded by what the entry says of itself, which archive/zip holds it to, and
// counts as much as that: an entry that is broken off has cost the memory too.
func (r *reader) read(entry *zip.File) ([]byte, error) {
	if entry.UncompressedSize64 > uint64(r.left) {
		return nil, fmt.Errorf("more than %d bytes when unpacked", maxUncompressed)
	}
	r.left -= int64(entry.UncompressedSize64)
	content, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	var data bytes.Buffer
	data.Grow(int(entry.UncompressedSize64) + bytes.MinRead)
	_, err = data.ReadFrom(content)
	return data.Bytes(), err
}

// isPart reports the files that [Verify] looks into.
func isPart(name string) bool {
	return name == passName || name == manifestName || name == signatureName
}

func (r *reader) take(name string, data []byte) {
	switch name {
	case manifestName:
		r.contents.Manifest = data
	case signatureName:
		r.contents.Signature = data
	default:
		if name == passName {
			r.contents.PassJSON = data
		}
		r.contents.Source = append(r.contents.Source, NewFile(name, data))
	}
}

// required looks for the files that every package has, and for the folder that they are often packed in by mistake.
func (r *reader) required(archive *zip.Reader) {
	if folder, ok := enclosingFolder(archive); ok {
		r.findings.Errorf(folder, "PKG-1", "all files lie in the folder %q; zip its content, not the folder", folder)
		return
	}
	for _, name := range []string{passName, manifestName, signatureName} {
		if !r.contents.names.has(name) {
			r.findings.Errorf(name, "REJ-2", "there is no %s at the root", name)
		}
	}
	r.contents.names.checkIcon(&r.findings)
}

// enclosingFolder returns the one folder that pass.json lies in instead of the root.
func enclosingFolder(archive *zip.Reader) (string, bool) {
	folder := ""
	for _, entry := range archive.File {
		if entry.Name == passName {
			return "", false
		}
		if top, ok := strings.CutSuffix(entry.Name, "/"+passName); ok && folder == "" {
			folder = top
		}
	}
	return folder, folder != ""
}

// isZIP64 looks for the version and the extra field (number 1) of the long form.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT section 4.5.3
func isZIP64(entry *zip.File) bool {
	if entry.ReaderVersion >= 45 {
		return true
	}
	for extra := entry.Extra; len(extra) >= 4; {
		if binary.LittleEndian.Uint16(extra) == 1 {
			return true
		}
		extra = extra[min(len(extra), 4+int(binary.LittleEndian.Uint16(extra[2:]))):]
	}
	return false
}

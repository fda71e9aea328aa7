package pkpass

import (
	"crypto/sha1"
	"hash/crc32"
)

// A File is one file of a pass source: its path from the package root with forward slashes, its bytes, and all that can
// be known of them beforehand. Make it once with [NewFile] and use it in as many packages as you like.
type File struct {
	name string
	data []byte
	sha1 [sha1.Size]byte // the manifest's digest; Apple knows no other
	crc  uint32          // the zip entry's checksum
}

// NewFile computes the digests of a file. It keeps data, which must not change afterwards.
func NewFile(name string, data []byte) File {
	return File{name: name, data: data, sha1: sha1.Sum(data), crc: crc32.ChecksumIEEE(data)}
}

// unlisted is a file that stands in no manifest.
func unlisted(name string, data []byte) File {
	return File{name: name, data: data, crc: crc32.ChecksumIEEE(data)}
}

// Name is the path from the package root, for example "de.lproj/pass.strings".
func (f File) Name() string { return f.name }

// Data is the content. Do not change it.
func (f File) Data() []byte { return f.data }

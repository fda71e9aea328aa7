package pkpass

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// zipDate is 1 January 1980, the first day that an archive can name, in MS-DOS form. All entries bear it, so that equal
// files give equal archives.
const zipDate = 1<<5 | 1

// appendZip appends an archive of the files, sorted by name, to dst. Nothing is compressed: images are compressed already,
// and deflating them costs six times the signature for a third of a percent. Sizes and checksums are known beforehand, so
// there are no data descriptors.
func appendZip(dst []byte, files []File) ([]byte, error) {
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.name, b.name) })
	archive := bytes.NewBuffer(slices.Grow(dst, zipSize(files)))
	w := zip.NewWriter(archive)
	for _, f := range files {
		entry, err := w.CreateRaw(&zip.FileHeader{
			Name:               f.name,
			Method:             zip.Store,
			Flags:              nameFlag(f.name),
			ModifiedDate:       zipDate, //lint:ignore SA1019 CreateRaw writes this field and not Modified
			CRC32:              f.crc,
			CompressedSize64:   uint64(len(f.data)),
			UncompressedSize64: uint64(len(f.data)),
		})
		if err != nil {
			return nil, fmt.Errorf("zip entry %q: %w", f.name, err)
		}
		if _, err := entry.Write(f.data); err != nil {
			return nil, fmt.Errorf("zip entry %q: %w", f.name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("zip directory: %w", err)
	}
	return archive.Bytes(), nil
}

// zipSize is the exact length of the archive: a local header of 30 bytes and a directory entry of 46 for each file, both
// with the name, and 22 bytes at the end.
func zipSize(files []File) int {
	size := 22
	for _, f := range files {
		size += 30 + 46 + 2*len(f.name) + len(f.data)
	}
	return size
}

// nameFlag is the flag of UTF-8 names, set only where a name needs it.
func nameFlag(name string) uint16 {
	for i := range len(name) {
		if name[i] >= 0x80 {
			return 1 << 11
		}
	}
	return 0
}

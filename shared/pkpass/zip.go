package pkpass

import (
	"encoding/binary"
	"slices"
)

// What the fixed parts of an archive say, apart from its files. APPNOTE.TXT sections 4.4.2 to 4.4.6
const (
	zipVersion = 10 // 1.0, the first one: files are stored, in no folders
	zipStored  = 0
	// zipDate is 1 January 1980, the first day that an archive can name, in MS-DOS form. All entries bear it, so that equal
	// files give equal archives.
	zipDate = 1<<5 | 1
)

// appendZip appends an archive of the files, in their order, to dst. Nothing is compressed: images are compressed already,
// and deflating them costs six times the signature for a third of a percent. Sizes and checksums are known beforehand, so
// there are no data descriptors. What [Source.Check] accepts has no need of the long form of archives, ZIP64.
func appendZip(dst []byte, files []File) []byte {
	dst = slices.Grow(dst, zipSize(files))
	start := len(dst)
	for _, f := range files {
		dst = append(dst, "PK\x03\x04"...)
		dst = f.appendHeader(dst)
		dst = append(append(dst, f.name...), f.data...)
	}
	list, offset := len(dst), 0
	for _, f := range files {
		dst = append(dst, "PK\x01\x02"...)
		dst = binary.LittleEndian.AppendUint16(dst, zipVersion) // of the writer
		dst = f.appendHeader(dst)
		dst = append(dst, make([]byte, 10)...) // no comment, on the first disk, with no attributes
		dst = binary.LittleEndian.AppendUint32(dst, uint32(offset))
		dst = append(dst, f.name...)
		offset += localSize + len(f.name) + len(f.data)
	}
	end := len(dst)
	dst = append(dst, "PK\x05\x06\x00\x00\x00\x00"...) // the only disk
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(files)))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(files)))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(end-list))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(list-start))
	return binary.LittleEndian.AppendUint16(dst, 0) // no comment
}

// appendHeader appends what an archive says of a file both before it and in the list at its end.
func (f File) appendHeader(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, zipVersion) // that a reader needs
	dst = binary.LittleEndian.AppendUint16(dst, nameFlag(f.name))
	dst = binary.LittleEndian.AppendUint16(dst, zipStored)
	dst = binary.LittleEndian.AppendUint16(dst, 0) // midnight
	dst = binary.LittleEndian.AppendUint16(dst, zipDate)
	dst = binary.LittleEndian.AppendUint32(dst, f.crc)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(f.data))) // in the archive
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(f.data)))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(f.name)))
	return binary.LittleEndian.AppendUint16(dst, 0) // nothing extra
}

// zipSize is the exact length of the archive: a header and a line of the list for each file, both with the name, and the end.
func zipSize(files []File) int {
	size := endSize
	for _, f := range files {
		size += localSize + directorySize + 2*len(f.name) + len(f.data)
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

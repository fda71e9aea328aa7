package pkpass

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"walletpasses.example/server/shared/wallet"
)

// Lengths of the fixed parts of an archive, in bytes.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.3.7, 4.3.12 and 4.3.16
const (
	localSize     = 30
	directorySize = 46
	endSize       = 22
)

// checkLayout holds an archive to one meaning. It says everything twice: before each file, and in the list of files at its end.
// archive/zip believes the list; a reader that begins at the front believes the other. Where the two differ, entries share
// bytes, or there are bytes that no entry of the list has, a phone may find another pass than the one that was verified.
func checkLayout(data []byte, archive *zip.Reader, findings *wallet.Findings) {
	endOffset := len(data) - len(archive.Comment) - endSize
	end := data[endOffset:]
	if !bytes.HasPrefix(end, []byte("PK\x05\x06")) {
		findings.Errorf("", "PKG-6", "there are bytes after the end of the archive")
		return
	}
	if binary.LittleEndian.Uint32(end[4:]) != 0 {
		findings.Errorf("", "PKG-6", "the archive is part of a set of several; make it one file")
		return
	}
	size, offset := binary.LittleEndian.Uint32(end[12:]), binary.LittleEndian.Uint32(end[16:])
	if uint64(size)+uint64(offset) != uint64(endOffset) {
		findings.Errorf("", "PKG-6", "the list of files is not where the end of the archive says (bytes before or between, or ZIP64); write plain zip")
		return
	}
	checkPlaces(data[:offset], data[offset:endOffset], findings)
}

// A place is what an entry takes of the archive: its local header, its name, its content, and what is said behind that.
type place struct {
	name       string
	start, end int
}

// checkPlaces compares the list of files with the files that stand before it.
func checkPlaces(files, list []byte, findings *wallet.Findings) {
	var places []place
	for len(list) >= directorySize && bytes.HasPrefix(list, []byte("PK\x01\x02")) {
		p, problem := placeOf(files, list)
		if problem != "" {
			findings.Errorf(p.name, "PKG-6", "%s", problem)
		}
		places = append(places, p)
		list = list[min(len(list), directorySize+length(list[28:])+length(list[30:])+length(list[32:])):]
	}
	if len(list) > 0 {
		findings.Errorf("", "PKG-6", "there are %d bytes after the list of files", len(list))
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.start, b.start) })
	reached := 0
	for _, p := range places {
		switch {
		case p.start < reached:
			findings.Errorf(p.name, "PKG-6", "the entry overlaps another one")
		case p.start > reached:
			findings.Errorf(p.name, "PKG-6", "there are %d bytes before the entry that belong to no file", p.start-reached)
		}
		reached = max(reached, p.end)
	}
	if reached < len(files) {
		findings.Errorf("", "PKG-6", "there are %d bytes behind the last entry that belong to no file", len(files)-reached)
	}
}

// placeOf reads the entry at the beginning of the list, and says how its local header contradicts it.
func placeOf(files, list []byte) (p place, problem string) {
	p.name = string(list[directorySize:min(len(list), directorySize+length(list[28:]))])
	p.start = int(binary.LittleEndian.Uint32(list[42:]))
	p.end = p.start
	if p.start > len(files)-localSize || !bytes.HasPrefix(files[p.start:], []byte("PK\x03\x04")) {
		return p, "the list of files leads to a place where no file begins"
	}
	local := files[p.start:]
	content := localSize + length(local[26:]) + length(local[28:])
	p.end = p.start + content + int(binary.LittleEndian.Uint32(list[20:]))
	if local[6]&hasDescriptor != 0 && p.end <= len(files) {
		p.end += descriptorSize(files[p.end:], list[16:28])
	}
	switch {
	case p.end > len(files):
		return p, "the entry is longer than the archive"
	case string(local[localSize:localSize+length(local[26:])]) != p.name:
		return p, "the entry has another name than in the list of files"
	case !bytes.Equal(local[8:10], list[10:12]) || (local[6]^list[8])&1 != 0:
		return p, "the entry is packed in another way than the list of files says"
	case local[6]&hasDescriptor == 0 && !bytes.Equal(local[14:26], list[16:28]):
		return p, "the entry has another checksum or size than in the list of files"
	}
	return p, ""
}

// hasDescriptor is the flag of entries whose checksum and sizes follow the content.
const hasDescriptor = 1 << 3

// descriptorSize is the length of what repeats checksum and sizes behind a content, most often with a signature of its own
// in front: 0 where something else stands. APPNOTE.TXT section 4.3.9
func descriptorSize(behind, checksumAndSizes []byte) int {
	const signature = "PK\x07\x08"
	switch {
	case bytes.HasPrefix(behind, checksumAndSizes):
		return len(checksumAndSizes)
	case bytes.HasPrefix(behind, append([]byte(signature), checksumAndSizes...)):
		return len(signature) + len(checksumAndSizes)
	default:
		return 0
	}
}

// length reads the length of a name, an extra field, or a comment.
func length(field []byte) int { return int(binary.LittleEndian.Uint16(field)) }
